/* OneHot: a new axis on which the place an index names shows on_value and every other off_value. */
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"

enum { PIECE_BYTES = 64 << 10 };

typedef struct one_hot_state {
  int64_t outer, depth, inner; /* y: [outer, depth, inner], x: [outer, inner] */
  size_t size;
  int x_dtype;
  int on, off; /* inputs */
} one_hot_state;

static bool by_attribute(const mc_op_call *call) {
  return strcmp(call->def->type, "OneHotD") == 0;
}

static int read_depth(const mc_op_call *call, int64_t *depth, int *axis) {
  const int status = by_attribute(call) ? mc_need_int(call, "depth", depth) : mc_need_scalar(call, 1, depth);
  if (status != MC_OK) {
    return status;
  }
  if (*depth < 0) {
    return mc_op_error(call, "depth %lld: it must be at least 0", (long long)*depth);
  }
  return mc_check_axis(call, "axis", mc_attrs_int(call->attrs, "axis", -1), call->in[0].desc.shape.rank + 1,
                       axis);
}

static int one_hot_infer(mc_op_call *call) {
  int64_t depth = 0;
  int axis = 0;
  const int status = read_depth(call, &depth, &axis);
  if (status != MC_OK) {
    return status;
  }
  const int on = by_attribute(call) ? 1 : 2;
  for (int i = on; i <= on + 1; ++i) {
    if (mc_shape_count(&call->in[i].desc.shape) != 1 || mc_dtype_size(call->in[i].desc.dtype) == 0) {
      return mc_op_error(
          call, "%s has %lld elements of %s; it must be one element", i == on ? "on_value" : "off_value",
          (long long)mc_shape_count(&call->in[i].desc.shape), mc_dtype_name(call->in[i].desc.dtype));
    }
  }
  if (mc_check_same_dtype(call, on, on + 1) != MC_OK) {
    return MC_RT_PARAM;
  }
  const mc_shape *x = &call->in[0].desc.shape;
  if (x->rank == MC_MAX_RANK) {
    return mc_op_error(call, "x has rank %d; the result's rank would exceed %d", x->rank, MC_MAX_RANK);
  }
  mc_shape y = {x->rank + 1, {0}};
  for (int i = 0; i < y.rank; ++i) {
    y.dims[i] = i == axis ? depth : x->dims[i < axis ? i : i - 1];
  }
  call->out[0].desc = (mc_desc){call->in[on].desc.dtype, MC_FORMAT_ND, y};
  return mc_check_sizes(call);
}

typedef struct job {
  const one_hot_state *state;
  const void *x, *on, *off;
  char *y;
} job;

static int64_t index_at(const void *x, int dtype, int64_t i) {
  switch (dtype) {
  case MC_UINT8:
    return ((const uint8_t *)x)[i];
  case MC_INT32:
    return ((const int32_t *)x)[i];
  default:
    return ((const int64_t *)x)[i];
  }
}

static void fill_slabs(void *arg, int64_t begin, int64_t end) {
  const job *work = arg;
  const one_hot_state *s = work->state;
  const int64_t size = (int64_t)s->size;
  for (int64_t o = begin; o < end; ++o) {
    char *slab = work->y + o * s->depth * s->inner * size;
    for (int64_t i = 0; i < s->depth * s->inner; ++i) {
      memcpy(slab + i * size, work->off, s->size);
    }
    for (int64_t i = 0; i < s->inner; ++i) {
      const int64_t index = index_at(work->x, s->x_dtype, o * s->inner + i);
      if (index >= 0 && index < s->depth) {
        memcpy(slab + (index * s->inner + i) * size, work->on, s->size);
      }
    }
  }
}

static int run_one_hot(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const one_hot_state *s = call->state;
  if (s->outer == 0 || s->depth == 0 || s->inner == 0) {
    return MC_OK;
  }
  job work = {s, in[0], in[s->on], in[s->off], out[0]};
  const int64_t slab = s->depth * s->inner * (int64_t)s->size;
  mc_parallel_for(s->outer, PIECE_BYTES / slab + 1, fill_slabs, &work);
  return MC_OK;
}

static int one_hot_prepare(mc_op_call *call) {
  int64_t depth = 0;
  int axis = 0;
  const int status = read_depth(call, &depth, &axis);
  one_hot_state *s = mc_op_alloc(call, sizeof(*s));
  if (status != MC_OK || s == NULL) {
    return status != MC_OK ? status : mc_op_error(call, "out of memory for the plan");
  }
  call->state = s;
  call->run = run_one_hot;
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t count = mc_shape_count(&call->out[0].desc.shape);
  if (count == 0) {
    return MC_OK;
  }
  s->outer = mc_dims_product(x, 0, axis);
  s->inner = mc_dims_product(x, axis, x->rank);
  s->depth = depth;
  s->size = mc_dtype_size(call->out[0].desc.dtype);
  s->x_dtype = call->in[0].desc.dtype;
  s->on = by_attribute(call) ? 1 : 2;
  s->off = s->on + 1;
  mc_op_cost(call, 30 + (double)count);
  return MC_OK;
}

static const mc_op_def kOps[] = {
    {.type = "OneHot",
     .inputs = "x depth on_value off_value",
     .outputs = "y",
     .dtypes = MC_T_INDEX | MC_DTYPE_BIT(MC_UINT8),
     .value_inputs = 1u << 1,
     .infer = one_hot_infer,
     .prepare = one_hot_prepare},
    {.type = "OneHotD",
     .inputs = "x on_value off_value",
     .outputs = "y",
     .dtypes = MC_T_INDEX | MC_DTYPE_BIT(MC_UINT8),
     .infer = one_hot_infer,
     .prepare = one_hot_prepare},
};
MC_OP_FAMILY(one_hot, kOps);
