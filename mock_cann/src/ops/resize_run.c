/*
 * Axis after axis, those that shrink the tensor most first. Each pass sees its tensor as [outer, axis, inner]:
 * with a long inner stretch rows are added up, with none every output gathers. Nearest neighbours are copied
 * whatever their type; sums are float for floats and double for everything else, integers being rounded to the
 * nearest and saturated.
 */
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/resize.h"
#include "ops/widen.h"

enum { WORK = 16 << 10 };

typedef struct pass {
  const mc_resize_axis *a;
  int64_t inner;
  size_t unit; /* bytes of one element, for copies */
  const char *x;
  char *y;
} pass;

/* Rows [begin, end) of outer * out. */
static void copy_rows(void *arg, int64_t begin, int64_t end) {
  const pass *p = arg;
  const mc_resize_axis *a = p->a;
  const size_t row = (size_t)p->inner * p->unit;
  for (int64_t at = begin; at < end; ++at) {
    memcpy(p->y + (size_t)at * row, p->x + (size_t)(at / a->out * a->in + a->index[at % a->out]) * row, row);
  }
}

#define COPY_EACH(type)                                                                                      \
  for (int64_t o = begin; o < end; ++o) {                                                                    \
    const type *x = (const type *)(const void *)p->x + o * a->in;                                            \
    type *y = (type *)(void *)p->y + o * a->out;                                                             \
    for (int64_t i = 0; i < a->out; ++i) {                                                                   \
      y[i] = x[a->index[i]];                                                                                 \
    }                                                                                                        \
  }

/* Outers [begin, end) with single elements along the axis. */
static void copy_elements(void *arg, int64_t begin, int64_t end) {
  const pass *p = arg;
  const mc_resize_axis *a = p->a;
  if (p->unit == 1) {
    COPY_EACH(uint8_t)
  } else if (p->unit == 2) {
    COPY_EACH(uint16_t)
  } else if (p->unit == 4) {
    COPY_EACH(uint32_t)
  } else {
    COPY_EACH(uint64_t)
  }
}

#define SUMS(type, weights)                                                                                  \
  static void rows_##type(void *arg, int64_t begin, int64_t end) {                                           \
    const pass *p = arg;                                                                                     \
    const mc_resize_axis *a = p->a;                                                                          \
    const int64_t n = p->inner;                                                                              \
    for (int64_t at = begin; at < end; ++at) {                                                               \
      const type *x = (const type *)(const void *)p->x + at / a->out * a->in * n;                            \
      type *restrict y = (type *)(void *)p->y + at * n;                                                      \
      const int64_t *index = a->index + at % a->out * a->taps;                                               \
      const type *w = a->weights + at % a->out * a->taps;                                                    \
      for (int64_t i = 0; i < n; ++i) {                                                                      \
        y[i] = w[0] * x[index[0] * n + i];                                                                   \
      }                                                                                                      \
      for (int t = 1; t < a->taps; ++t) {                                                                    \
        const type *row = x + index[t] * n;                                                                  \
        const type weight = w[t];                                                                            \
        for (int64_t i = 0; weight != 0 && i < n; ++i) {                                                     \
          y[i] += weight * row[i];                                                                           \
        }                                                                                                    \
      }                                                                                                      \
    }                                                                                                        \
  }                                                                                                          \
                                                                                                             \
  static void elements_##type(void *arg, int64_t begin, int64_t end) {                                       \
    const pass *p = arg;                                                                                     \
    const mc_resize_axis *a = p->a;                                                                          \
    for (int64_t o = begin; o < end; ++o) {                                                                  \
      const type *x = (const type *)(const void *)p->x + o * a->in;                                          \
      type *y = (type *)(void *)p->y + o * a->out;                                                           \
      for (int64_t i = 0; i < a->out; ++i) {                                                                 \
        const int64_t *index = a->index + i * a->taps;                                                       \
        const type *w = a->weights + i * a->taps;                                                            \
        type sum = w[0] * x[index[0]];                                                                       \
        for (int t = 1; t < a->taps; ++t) {                                                                  \
          sum += w[t] == 0 ? 0 : w[t] * x[index[t]];                                                         \
        }                                                                                                    \
        y[i] = sum;                                                                                          \
      }                                                                                                      \
    }                                                                                                        \
  }

SUMS(float, weight)
SUMS(double, exact)

typedef void pass_body(void *arg, int64_t begin, int64_t end);

/* All passes from x to y; `rooms` are two buffers for what lies between. */
static void run_passes(const mc_resize *r, const mc_shape *shape, const void *x, void *y, char *const rooms[2],
                       size_t unit, pass_body *rows, pass_body *elements) {
  mc_shape now = *shape;
  for (int i = 0; i < r->count; ++i) {
    const mc_resize_axis *a = &r->axes[i];
    pass p = {.a = a, .inner = mc_dims_product(&now, a->axis + 1, now.rank), .unit = unit, .x = x};
    const int64_t outer = mc_dims_product(&now, 0, a->axis);
    p.y = i + 1 == r->count ? y : rooms[i % 2];
    if (p.inner == 1) {
      mc_parallel_for(outer, WORK / (a->out * a->taps + 1) + 1, elements, &p);
    } else {
      mc_parallel_for(outer * a->out, WORK / (p.inner * a->taps + 1) + 1, rows, &p);
    }
    now.dims[a->axis] = a->out;
    x = p.y;
  }
}

/* Puts the value where some axis is outside its image. */
static void extrapolate(const mc_resize *r, const mc_shape *shape, void *y, size_t unit, const void *value) {
  for (int i = 0; i < r->count; ++i) {
    const mc_resize_axis *a = &r->axes[i];
    const int64_t inner = mc_dims_product(shape, a->axis + 1, shape->rank);
    const int64_t outer = mc_dims_product(shape, 0, a->axis);
    for (int64_t at = 0; a->outside != NULL && at < outer * a->out; ++at) {
      for (int64_t k = 0; a->outside[at % a->out] != 0 && k < inner; ++k) {
        memcpy((char *)y + (size_t)(at * inner + k) * unit, value, unit);
      }
    }
  }
}

/* Elements of the largest tensor between two passes. */
static int64_t largest_between(const mc_resize *r, const mc_shape *shape) {
  int64_t largest = 0;
  mc_shape now = *shape;
  for (int i = 0; i + 1 < r->count; ++i) {
    now.dims[r->axes[i].axis] = r->axes[i].out;
    const int64_t count = mc_shape_count(&now);
    if (count < 0 || count > INT64_MAX / 64) {
      return -1;
    }
    largest = count > largest ? count : largest;
  }
  return (largest + 15) / 16 * 16;
}

static int run_nearest(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const mc_resize *r = call->state;
  const mc_desc *x = &call->in[0].desc;
  const size_t unit = mc_dtype_size(x->dtype);
  char *rooms[2] = {scratch, (char *)scratch + (size_t)largest_between(r, &x->shape) * unit};
  if (r->count == 0) {
    memcpy(out[0], in[0], (size_t)mc_desc_bytes(x));
    return MC_OK;
  }
  run_passes(r, &x->shape, in[0], out[0], rooms, unit, copy_rows, copy_elements);
  char value[8];
  mc_convert_for(MC_DOUBLE, x->dtype)(&r->extrapolation, value, 1);
  extrapolate(r, &call->out[0].desc.shape, out[0], unit, value);
  return MC_OK;
}

static int run_floats(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const mc_resize *r = call->state;
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t count = mc_shape_count(&call->out[0].desc.shape);
  char *rooms[2] = {scratch, (char *)scratch + (size_t)largest_between(r, x) * sizeof(float)};
  float *y = out[0];
  if (r->count == 0) {
    memcpy(y, in[0], (size_t)count * sizeof(float));
  } else if (r->nearest) {
    run_passes(r, x, in[0], y, rooms, sizeof(float), copy_rows, copy_elements);
  } else {
    run_passes(r, x, in[0], y, rooms, sizeof(float), rows_float, elements_float);
  }
  const float value = (float)r->extrapolation;
  extrapolate(r, &call->out[0].desc.shape, y, sizeof(float), &value);
  for (int64_t i = 0; r->factor != 1.0f && i < count; ++i) {
    y[i] *= r->factor;
  }
  return MC_OK;
}

/* Scratch: x as double | y as double | rooms. */
static int run_doubles(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const mc_resize *r = call->state;
  const mc_desc *x = &call->in[0].desc;
  const mc_desc *y = &call->out[0].desc;
  const int64_t n = mc_shape_count(&x->shape);
  const int64_t count = mc_shape_count(&y->shape);
  double *from = scratch;
  double *to = from + n;
  double *between = to + count;
  char *rooms[2] = {(char *)between, (char *)(between + largest_between(r, &x->shape))};
  mc_convert_for(x->dtype, MC_DOUBLE)(in[0], from, n);
  if (r->count == 0) {
    memcpy(to, from, (size_t)count * sizeof(double));
  } else {
    run_passes(r, &x->shape, from, to, rooms, sizeof(double), rows_double, elements_double);
  }
  extrapolate(r, &y->shape, to, sizeof(double), &r->extrapolation);
  for (int64_t i = 0; !mc_dtype_is_float(y->dtype) && i < count; ++i) {
    to[i] = rint(to[i]);
  }
  mc_convert_for(MC_DOUBLE, y->dtype)(to, out[0], count);
  return MC_OK;
}

int mc_resize_prepare(mc_op_call *call, mc_resize *r) {
  const mc_desc *x = &call->in[0].desc;
  const mc_desc *y = &call->out[0].desc;
  /* Those that shrink first: whatever they leave is less for the others. */
  for (int i = 1; i < r->count; ++i) {
    for (int k = i; k > 0 && (double)r->axes[k].out / (double)r->axes[k].in <
                                 (double)r->axes[k - 1].out / (double)r->axes[k - 1].in; --k) {
      const mc_resize_axis a = r->axes[k];
      r->axes[k] = r->axes[k - 1];
      r->axes[k - 1] = a;
    }
  }
  const int64_t between = largest_between(r, &x->shape);
  if (between < 0) {
    return mc_op_error(call, "the tensors between the axes' passes are too large");
  }
  const int64_t count = mc_shape_count(&y->shape);
  double ns = 100;
  for (int i = 0; i < r->count; ++i) {
    ns += (double)count * (r->nearest ? 0.5 : 0.3 * r->axes[i].taps);
  }
  mc_op_cost(call, ns);
  call->state = r;
  if (r->nearest && y->dtype == x->dtype && r->factor == 1.0f) {
    call->scratch = 2 * (size_t)between * mc_dtype_size(x->dtype);
    call->run = run_nearest;
    return MC_OK;
  }
  if ((MC_T_FLOATS & MC_DTYPE_BIT(x->dtype)) != 0 || r->nearest) {
    call->scratch = 2 * (size_t)between * sizeof(float);
    return mc_widen_prepare(call, run_floats, 1u, 1u);
  }
  call->scratch = ((size_t)mc_shape_count(&x->shape) + (size_t)count + 2 * (size_t)between) * sizeof(double);
  call->run = run_doubles;
  return MC_OK;
}

int mc_resize_add(mc_op_call *call, mc_resize *r, int axis, const mc_resize_rule *rule,
                  const mc_resize_line *line, int64_t shift, int64_t origin, int64_t length) {
  mc_resize_axis *a = &r->axes[r->count];
  const int taps = mc_resize_taps(rule, line);
  *a = (mc_resize_axis){.axis = axis, .taps = taps, .in = length, .out = line->out};
  if (length == 0 || line->out == 0) {
    return line->out == 0 ? MC_OK : mc_op_error(call, "axis %d of x has no element to resize", axis);
  }
  const size_t entries = (size_t)line->out * (size_t)taps;
  double *weight = mc_op_alloc(call, entries * sizeof(double));
  a->exact = weight;
  a->index = mc_op_alloc(call, entries * sizeof(int64_t));
  a->weight = mc_op_alloc(call, entries * sizeof(float));
  uint8_t *outside = mc_op_alloc(call, (size_t)line->out);
  if (weight == NULL || a->index == NULL || a->weight == NULL || outside == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  bool same = length == line->out;
  mc_resize_line part = *line;
  part.in = length;
  for (int64_t o = 0; o < line->out; ++o) {
    const double x = mc_resize_source(rule, line, (double)(o + shift)) - (double)origin;
    int64_t *index = a->index + o * taps;
    mc_resize_weigh(rule, &part, x, index, weight + o * taps);
    same = same && x == (double)o;
    if (rule->coordinate == MC_RESIZE_TF_CROP_AND_RESIZE && !(x >= 0 && x <= (double)(length - 1))) {
      outside[o] = 1;
      a->outside = outside;
    }
    for (int t = 0; t < taps; ++t) {
      a->weight[o * taps + t] = (float)weight[o * taps + t];
    }
  }
  r->count += same ? 0 : 1;
  return MC_OK;
}
