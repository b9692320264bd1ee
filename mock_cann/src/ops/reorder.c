/* Elements moved along an axis: Roll turns it round, RepeatInterleave repeats what is on it. */
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/move.h"

enum { PIECE_BYTES = 64 << 10, FLATTENED = 1000 };

/* y[o, i, :] = x[o, from[i], :], the same for every o. */
typedef struct rows_state {
  int64_t outer, n, source, inner; /* n places of y, `source` places of x; `inner` in bytes */
  const int64_t *from;
} rows_state;

typedef struct job {
  const rows_state *s;
  const char *in;
  char *out;
} job;

static void copy_rows(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const rows_state *s = j->s;
  for (int64_t row = begin; row < end; ++row) {
    const int64_t from = row / s->n * s->source + s->from[row % s->n];
    memcpy(j->out + row * s->inner, j->in + from * s->inner, (size_t)s->inner);
  }
}

static int run_rows(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const rows_state *s = call->state;
  job j = {s, in[0], out[0]};
  if (mc_shape_count(&call->out[0].desc.shape) > 0) {
    mc_parallel_for(s->outer * s->n, PIECE_BYTES / (s->inner + 1) + 1, copy_rows, &j);
  }
  return MC_OK;
}

static int prepare_rows(mc_op_call *call, const rows_state *from) {
  rows_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  *s = *from;
  mc_op_cost(call, 30 + (double)mc_desc_bytes(&call->out[0].desc) / 8);
  call->state = s;
  call->run = run_rows;
  return MC_OK;
}

/* ---- Roll: one strided copy for every choice of "before the seam" or "behind it" along the rolled axes ---- */

static int read_shifts(const mc_op_call *call, const mc_shape *x, int64_t shift[MC_MAX_RANK]) {
  const int64_t *shifts = NULL;
  size_t count = 0;
  size_t axes = 0;
  int status = mc_need_ints(call, "shifts", -1, &shifts, &count);
  const int64_t *dims = mc_attrs_ints(call->attrs, "dims", &axes);
  memset(shift, 0, sizeof(int64_t) * MC_MAX_RANK);
  if (status == MC_OK && count != (axes == 0 ? 1 : axes)) {
    return mc_op_error(call, "attribute shifts has %zu values and dims %zu; each dim has one shift", count, axes);
  }
  for (size_t i = 0; status == MC_OK && i < count; ++i) {
    int axis = 0;
    status = axes == 0 ? MC_OK : mc_check_axis(call, "attribute dims", dims[i], x->rank, &axis);
    const int64_t length = status == MC_OK && x->rank > axis ? x->dims[axis] : 0;
    if (length > 0) {
      shift[axis] = ((shift[axis] + shifts[i] % length) % length + length) % length;
    }
  }
  return status;
}

/* Without dims the tensor rolls as one long row. */
static mc_shape rolled_shape(const mc_op_call *call) {
  size_t axes = 0;
  mc_attrs_ints(call->attrs, "dims", &axes);
  const mc_shape *x = &call->in[0].desc.shape;
  return axes == 0 ? (mc_shape){1, {mc_shape_count(x)}} : *x;
}

static int infer_roll(mc_op_call *call) {
  const mc_shape shape = rolled_shape(call);
  int64_t shift[MC_MAX_RANK];
  call->out[0].desc = call->in[0].desc;
  return read_shifts(call, &shape, shift);
}

static int prepare_roll(mc_op_call *call) {
  const mc_shape shape = rolled_shape(call);
  int64_t shift[MC_MAX_RANK];
  int status = read_shifts(call, &shape, shift);
  int rolled[MC_MAX_RANK];
  int count = 0;
  for (int i = 0; i < shape.rank; ++i) {
    if (shift[i] != 0) {
      rolled[count++] = i;
    }
  }
  if (status == MC_OK && count > 10) {
    return mc_op_error(call, "%d dims are rolled at once; at most 10 are supported", count);
  }
  mc_moves *moves = NULL;
  status = status != MC_OK ? status : mc_moves_begin(call, 1 << count, &moves);
  if (status != MC_OK) {
    return status;
  }
  int64_t strides[MC_MAX_RANK];
  mc_dense_strides(&shape, strides);
  const int64_t size = (int64_t)mc_dtype_size(call->in[0].desc.dtype);
  for (int part = 0; part < 1 << count; ++part) {
    mc_move *move = &moves->items[part];
    int64_t dims[MC_MAX_RANK];
    memcpy(dims, shape.dims, sizeof(dims));
    for (int k = 0; k < count; ++k) {
      const int axis = rolled[k];
      const bool wraps = (part >> k & 1) != 0; /* the last `shift` elements come first */
      dims[axis] = wraps ? shift[axis] : shape.dims[axis] - shift[axis];
      move->src += (wraps ? shape.dims[axis] - shift[axis] : 0) * strides[axis] * size;
      move->dst += (wraps ? 0 : shift[axis]) * strides[axis] * size;
    }
    mc_strided_plan(&move->plan, shape.rank, dims, strides, strides, (size_t)size);
  }
  return mc_moves_done(call);
}

/* ---- RepeatInterleave ---- */

static int read_repeats(const mc_op_call *call, int *axis, const int64_t **repeats, int64_t *count, int64_t *n) {
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t asked = mc_attrs_int(call->attrs, "axis", FLATTENED);
  *axis = -1;
  const int status = asked == FLATTENED ? MC_OK : mc_check_axis(call, "attribute axis", asked, x->rank, axis);
  *n = *axis < 0 ? mc_shape_count(x) : x->dims[*axis];
  *repeats = status != MC_OK ? NULL : mc_op_ints(call, 1, count);
  if (*repeats == NULL) {
    return MC_RT_PARAM;
  }
  if (*count != 1 && *count != *n) {
    return mc_op_error(call, "input repeats has %lld values; it must have one, or one for each of %lld elements",
                       (long long)*count, (long long)*n);
  }
  for (int64_t i = 0; i < *count; ++i) {
    if ((*repeats)[i] < 0) {
      return mc_op_error(call, "input repeats holds %lld; it must not be negative", (long long)(*repeats)[i]);
    }
  }
  return MC_OK;
}

static int infer_repeat(mc_op_call *call) {
  const int64_t *repeats = NULL;
  int64_t count = 0;
  int64_t n = 0;
  int axis = 0;
  const int status = read_repeats(call, &axis, &repeats, &count, &n);
  if (status != MC_OK) {
    return status;
  }
  int64_t total = 0;
  for (int64_t i = 0; i < n; ++i) {
    if (__builtin_add_overflow(total, repeats[count == 1 ? 0 : i], &total)) {
      return mc_op_error(call, "input repeats asks for more elements than a tensor can have");
    }
  }
  call->out[0].desc = call->in[0].desc;
  if (axis < 0) {
    call->out[0].desc.shape = (mc_shape){1, {total}};
  } else {
    call->out[0].desc.shape.dims[axis] = total;
  }
  return mc_check_sizes(call);
}

static int prepare_repeat(mc_op_call *call) {
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t *repeats = NULL;
  int64_t count = 0;
  int64_t n = 0;
  int axis = 0;
  const int status = read_repeats(call, &axis, &repeats, &count, &n);
  if (status != MC_OK) {
    return status;
  }
  const int64_t total = axis < 0 ? call->out[0].desc.shape.dims[0] : call->out[0].desc.shape.dims[axis];
  int64_t *from = mc_op_alloc(call, sizeof(int64_t) * (size_t)(total + 1));
  if (from == NULL) {
    return mc_op_error(call, "out of memory for %lld places", (long long)total);
  }
  for (int64_t i = 0, at = 0; i < n; ++i) {
    for (int64_t k = repeats[count == 1 ? 0 : i]; k > 0; --k) {
      from[at++] = i;
    }
  }
  const rows_state s = {
      .outer = axis < 0 ? 1 : mc_dims_product(x, 0, axis),
      .n = total,
      .source = n,
      .inner = (axis < 0 ? 1 : mc_dims_product(x, axis + 1, x->rank)) * (int64_t)mc_dtype_size(call->in[0].desc.dtype),
      .from = from};
  return prepare_rows(call, &s);
}

static const mc_op_def kOps[] = {
    {.type = "Roll", .inputs = "x", .outputs = "y",
     .dtypes = MC_T_FLOATS | MC_DTYPE_BIT(MC_INT32) | MC_DTYPE_BIT(MC_UINT32) | MC_DTYPE_BIT(MC_INT8) |
               MC_DTYPE_BIT(MC_UINT8) | MC_DTYPE_BIT(MC_INT64),
     .infer = infer_roll, .prepare = prepare_roll},
    {.type = "RepeatInterleave", .inputs = "x repeats", .outputs = "y", .dtypes = MC_T_MOVABLE & ~MC_T_BOOL,
     .value_inputs = 2, .infer = infer_repeat, .prepare = prepare_repeat},
};
MC_OP_FAMILY(reorder, kOps);
