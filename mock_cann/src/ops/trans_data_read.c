/* Between which orders TransData converts, and the shapes on both sides. */
#include <string.h>

#include "ops/checks.h"
#include "ops/trans_data.h"

enum { PIECE_BYTES = 32 };

static const struct {
  const char *name;
  int format;
} kLayouts[LAYOUTS] = {{"NCHW", MC_FORMAT_NCHW}, {"NHWC", MC_FORMAT_NHWC}, {"HWCN", MC_FORMAT_HWCN}, {"ND", MC_FORMAT_ND},
                       {"NC1HWC0", 3},           {"FRACTAL_NZ", 29},       {"FRACTAL_Z", 4}};

int mc_trans_data_format(mc_layout_kind layout) { return kLayouts[layout].format; }

static int64_t blocks(int64_t count, int64_t size) { return count / size + (count % size != 0); }

/* Saturates: only an empty tensor has dims that could overflow. */
static int64_t times(int64_t a, int64_t b) {
  int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

static bool is_plain(mc_layout_kind l) { return l == NCHW || l == NHWC || l == HWCN; }

static int read_layout(const mc_op_call *call, const char *attribute, mc_layout_kind *l) {
  const char *name = mc_attrs_string(call->attrs, attribute, "");
  for (int i = 0; i < LAYOUTS; ++i) {
    if (strcmp(kLayouts[i].name, name) == 0) {
      *l = (mc_layout_kind)i;
      return 0;
    }
  }
  return mc_op_error(call,
                     "from src_format \"%.32s\" to dst_format \"%.32s\" is not emulated; emulated are NCHW, NHWC, HWCN, "
                     "ND, NC1HWC0, FRACTAL_NZ and FRACTAL_Z",
                     mc_attrs_string(call->attrs, "src_format", ""), mc_attrs_string(call->attrs, "dst_format", ""));
}

static int read_layouts(const mc_op_call *call, mc_trans_data *t) {
  static const char *const kNames[] = {"groups", "src_subformat", "dst_subformat"};
  int status = read_layout(call, "src_format", &t->from);
  status = status == 0 ? read_layout(call, "dst_format", &t->to) : status;
  if (status != 0) {
    return status;
  }
  /* Groups are the sub-format of FRACTAL_Z. */
  for (int i = 0; i < 3; ++i) {
    const int64_t value = mc_attrs_int(call->attrs, kNames[i], 0);
    if (value != 0 && value != 1) {
      return mc_op_error(call, "attribute %s is %lld; emulated is one group", kNames[i], (long long)value);
    }
  }
  const bool images = is_plain(t->from) || t->from == NC1HWC0 || t->from == FRACTAL_Z;
  const bool fits = images ? is_plain(t->to) || (is_plain(t->from) && (t->to == NC1HWC0 || t->to == FRACTAL_Z))
                           : (t->from == ND) != (t->to == ND) && (t->from == FRACTAL_NZ) != (t->to == FRACTAL_NZ) &&
                                 !is_plain(t->to);
  if (t->from != t->to && !fits) {
    return mc_op_error(call, "from src_format \"%s\" to dst_format \"%s\" is not emulated", kLayouts[t->from].name,
                       kLayouts[t->to].name);
  }
  const size_t size = mc_dtype_size(call->in[0].desc.dtype);
  t->c0 = size == 0 ? 0 : PIECE_BYTES / (int64_t)size;
  if (t->from != t->to && size > 4 && (t->from >= NC1HWC0 || t->to >= NC1HWC0)) {
    return mc_op_error(call, "dtype %s has no blocked storage; its elements have more than 4 bytes",
                       mc_dtype_name(call->in[0].desc.dtype));
  }
  return 0;
}

static int refuse_shape(const mc_op_call *call, const mc_trans_data *t, const char *rule) {
  char text[MC_SHAPE_TEXT];
  return mc_op_error(call, "input src has shape %.100s; in src_format %s it must be %s",
                     mc_shape_text(&call->in[0].desc.shape, text), kLayouts[t->from].name, rule);
}

static void plain_dims(mc_trans_data *t, mc_layout_kind l, const int64_t *d) {
  t->n = d[l == HWCN ? 3 : 0];
  t->c = d[l == NCHW ? 1 : l == HWCN ? 2 : 3];
  t->h = d[l == NCHW ? 2 : l == HWCN ? 0 : 1];
  t->w = d[l == NCHW ? 3 : l == HWCN ? 1 : 2];
}

static mc_shape plain_shape(const mc_trans_data *t, mc_layout_kind l) {
  switch (l) {
  case NCHW: return (mc_shape){4, {t->n, t->c, t->h, t->w}};
  case NHWC: return (mc_shape){4, {t->n, t->h, t->w, t->c}};
  default: return (mc_shape){4, {t->h, t->w, t->c, t->n}};
  }
}

/* What the graph declares the output to be: blocks do not tell how far they are filled. */
static const int64_t *declared(const mc_op_call *call, int rank) {
  const mc_desc *desc = call->out[0].declared;
  return desc != NULL && rank > 0 && desc->shape.rank == rank && mc_shape_known(&desc->shape) ? desc->shape.dims : NULL;
}

static bool fills(int64_t count, int64_t whole, int64_t size) { return count <= whole && whole - count < size; }

static int refuse_declared(const mc_op_call *call, const mc_trans_data *t) {
  char a[MC_SHAPE_TEXT], b[MC_SHAPE_TEXT];
  return mc_op_error(call, "output dst is declared as %s %.80s, which is not what %s %.80s holds", kLayouts[t->to].name,
                     mc_shape_text(&call->out[0].declared->shape, a), kLayouts[t->from].name,
                     mc_shape_text(&call->in[0].desc.shape, b));
}

/* From blocks: the dims that are declared, or everything that the blocks hold. */
static int from_blocks(const mc_op_call *call, mc_trans_data *t, mc_shape *y) {
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t *d = x->dims;
  const int r = x->rank;
  if (t->from == FRACTAL_NZ) {
    if (r < 4 || d[r - 2] != MC_FRACTAL || d[r - 1] != t->c0) {
      return refuse_shape(call, t, "[..., N1, M1, 16, C0], with C0 elements in 32 bytes");
    }
    *y = (mc_shape){.rank = r - 2};
    memcpy(y->dims, d, (size_t)(r - 4) * sizeof *d);
    y->dims[r - 4] = times(d[r - 3], MC_FRACTAL);
    y->dims[r - 3] = times(d[r - 4], t->c0);
    const int64_t *want = declared(call, r - 2);
    if (want != NULL) {
      if (memcmp(want, d, (size_t)(r - 4) * sizeof *d) != 0 || !fills(want[r - 4], y->dims[r - 4], MC_FRACTAL) ||
          !fills(want[r - 3], y->dims[r - 3], t->c0)) {
        return refuse_declared(call, t);
      }
      memcpy(y->dims, want, (size_t)y->rank * sizeof *want);
    }
    return 0;
  }
  const int64_t *want = declared(call, 4);
  if (t->from == NC1HWC0) {
    if (r != 5 || d[4] != t->c0) {
      return refuse_shape(call, t, "[N, C1, H, W, C0], with C0 elements in 32 bytes");
    }
    *t = (mc_trans_data){t->from, t->to, t->c0, d[0], times(d[1], t->c0), d[2], d[3]};
  } else if (want == NULL || r != 4 || d[2] != MC_FRACTAL || d[3] != t->c0) {
    return refuse_shape(call, t, "[C1 * H * W, N1, 16, C0], with C0 elements in 32 bytes, and the shape of dst declared");
  }
  if (want != NULL) {
    const mc_trans_data whole = *t;
    plain_dims(t, t->to, want);
    const bool same = t->from == NC1HWC0
                          ? t->n == whole.n && t->h == whole.h && t->w == whole.w && fills(t->c, whole.c, t->c0)
                          : times(times(blocks(t->c, t->c0), t->h), t->w) == d[0] &&
                                fills(t->n, times(d[1], MC_FRACTAL), MC_FRACTAL);
    if (!same) {
      return refuse_declared(call, t);
    }
  }
  *y = plain_shape(t, t->to);
  return 0;
}

static int to_blocks(const mc_op_call *call, mc_trans_data *t, mc_shape *y) {
  const mc_shape *x = &call->in[0].desc.shape;
  const int r = x->rank;
  if (t->from == ND) {
    if (r < 2 || r + 2 > MC_MAX_RANK) {
      return refuse_shape(call, t, "[..., M, N]");
    }
    *y = *x;
    y->rank = r + 2;
    y->dims[r - 2] = blocks(x->dims[r - 1], t->c0);
    y->dims[r - 1] = blocks(x->dims[r - 2], MC_FRACTAL);
    y->dims[r] = MC_FRACTAL;
    y->dims[r + 1] = t->c0;
    return 0;
  }
  if (r != 4) {
    return refuse_shape(call, t, "of 4 dims");
  }
  plain_dims(t, t->from, x->dims);
  const int64_t c1 = blocks(t->c, t->c0 == 0 ? 1 : t->c0);
  *y = t->to == NC1HWC0 ? (mc_shape){5, {t->n, c1, t->h, t->w, t->c0}}
       : t->to == FRACTAL_Z
           ? (mc_shape){4, {times(times(c1, t->h), t->w), blocks(t->n, MC_FRACTAL), MC_FRACTAL, t->c0}}
           : plain_shape(t, t->to);
  return 0;
}

int mc_trans_data_read(const mc_op_call *call, mc_trans_data *t, mc_shape *y) {
  const int status = read_layouts(call, t);
  if (status != 0) {
    return status;
  }
  if (t->from == t->to) {
    *y = call->in[0].desc.shape;
    return 0;
  }
  return t->from >= NC1HWC0 ? from_blocks(call, t, y) : to_blocks(call, t, y);
}
