/* Rows along one axis put or combined where a vector of indices says: ScatterUpdate, ScatterAdd, InplaceUpdate,
 * InplaceAdd, IndexAdd, and Scatter, which writes slices of a cache. Updates are applied in order. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/combine.h"
#include "ops/family.h"

/* Negative indices count from the end in InplaceUpdate and InplaceAdd (wrapping is what makes them safe there),
 * nowhere else. */
enum { FIRST_AXIS = 0, BY_AXIS = 8, WRAPS = 16, KIND = 7 };

typedef struct rows_state {
  mc_combine_kind how;
  int64_t outer, n, inner; /* var: [outer, n, inner] */
  int64_t count;           /* indices; updates: [outer, count, inner] */
} rows_state;

static int64_t index_at(const mc_op_call *call, const void *indices, int64_t i) {
  return call->in[1].desc.dtype == MC_INT64 ? ((const int64_t *)indices)[i] : ((const int32_t *)indices)[i];
}

static int read_rows(const mc_op_call *call, rows_state *s) {
  char text[MC_SHAPE_TEXT];
  char wanted_text[MC_SHAPE_TEXT];
  const int variant = call->def->variant;
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *index = &call->in[1].desc.shape;
  int axis = 0;
  int status = mc_check_same_dtype(call, 0, 2);
  status = status != MC_OK ? status
                           : mc_check_axis(call, "attribute axis",
                                           variant & BY_AXIS ? mc_attrs_int(call->attrs, "axis", 0) : 0, x->rank,
                                           &axis);
  if (status != MC_OK) {
    return status;
  }
  if ((MC_T_INDEX >> call->in[1].desc.dtype & 1) == 0) {
    return mc_op_error(call, "input indices is %s; it must be DT_INT32 or DT_INT64",
                       mc_dtype_name(call->in[1].desc.dtype));
  }
  /* One row for each index, in the place of the axis; several index dims stand where the one stood. */
  mc_shape wanted = {0, {0}};
  for (int i = 0; i < x->rank + index->rank - 1 && i < MC_MAX_RANK; ++i) {
    wanted.dims[wanted.rank++] = i < axis                 ? x->dims[i]
                                 : i < axis + index->rank ? index->dims[i - axis]
                                                          : x->dims[i - index->rank + 1];
  }
  if (index->rank == 0 && x->rank > 0 && call->in[2].desc.shape.rank == x->rank) {
    wanted = *x; /* a scalar index may also update a slice that keeps its axis */
    wanted.dims[axis] = 1;
  }
  if (!mc_shape_equal(&wanted, &call->in[2].desc.shape)) {
    return mc_op_error(call, "updates have shape %.90s; with these indices they must have %.90s",
                       mc_shape_text(&call->in[2].desc.shape, text), mc_shape_text(&wanted, wanted_text));
  }
  *s = (rows_state){.how = (mc_combine_kind)(variant & KIND),
                    .outer = mc_dims_product(x, 0, axis),
                    .n = x->dims[axis],
                    .inner = mc_dims_product(x, axis + 1, x->rank),
                    .count = mc_shape_count(index)};
  return MC_OK;
}

static int infer_rows(mc_op_call *call) {
  rows_state s;
  call->out[0].desc = call->in[0].desc;
  return read_rows(call, &s);
}

static int run_rows(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const rows_state *s = call->state;
  const int dtype = call->in[0].desc.dtype;
  const int64_t run = s->inner * (int64_t)mc_dtype_size(dtype);
  const int64_t bytes = mc_desc_bytes(&call->out[0].desc);
  if (bytes > 0 && out[0] != in[0]) {
    memcpy(out[0], in[0], (size_t)bytes);
  }
  for (int64_t i = 0; i < s->count; ++i) {
    const int64_t index = index_at(call, in[1], i);
    const int64_t row = index < 0 && call->def->variant & WRAPS ? index + s->n : index;
    if (row < 0 || row >= s->n) {
      return mc_op_error(call, "element %lld of the indices is %lld; it must be in [%lld, %lld)", (long long)i,
                         (long long)index, (long long)(call->def->variant & WRAPS ? -s->n : 0), (long long)s->n);
    }
    for (int64_t o = 0; o < s->outer && bytes > 0; ++o) {
      mc_combine(dtype, s->how, (char *)out[0] + (o * s->n + row) * run,
                 (const char *)in[2] + (o * s->count + i) * run, s->inner);
    }
  }
  return MC_OK;
}

static int finish(mc_op_call *call) {
  mc_op_cost(call, 30 + (double)mc_desc_bytes(&call->out[0].desc) / 8);
  return MC_OK;
}

static int prepare_rows(mc_op_call *call) {
  rows_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_rows(call, s);
  call->state = s;
  call->run = run_rows;
  return status != MC_OK ? status : finish(call);
}

/* Scatter writes updates into var at the place indices[b] along `axis`, for every b of the first axis. */
static int infer_cache(mc_op_call *call) {
  char text_x[MC_SHAPE_TEXT];
  char text_u[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *updates = &call->in[2].desc.shape;
  const char *reduce = mc_attrs_string(call->attrs, "reduce", "");
  int axis = 0;
  call->out[0].desc = call->in[0].desc;
  int status = mc_check_same_dtype(call, 0, 2);
  status = status != MC_OK ? status
                           : mc_check_axis(call, "attribute axis", mc_attrs_int(call->attrs, "axis", 0), x->rank,
                                           &axis);
  if (status != MC_OK) {
    return status;
  }
  if (strcmp(reduce, "update") != 0) {
    return mc_op_error(call, "attribute reduce is \"%.40s\"; it must be \"update\"", reduce);
  }
  if (axis == 0) {
    return mc_op_error(call, "attribute axis names axis 0, along which the indices themselves lie");
  }
  bool fits = updates->rank == x->rank;
  for (int i = 0; fits && i < x->rank; ++i) {
    fits = i == axis ? updates->dims[i] <= x->dims[i] : updates->dims[i] == x->dims[i];
  }
  if (!fits || (MC_T_INDEX >> call->in[1].desc.dtype & 1) == 0 || call->in[1].desc.shape.rank != 1 ||
      call->in[1].desc.shape.dims[0] != x->dims[0]) {
    return mc_op_error(call,
                       "var is %.80s and updates %.80s; they may differ along axis %d only, and there is one "
                       "integer index for each of the first axis",
                       mc_shape_text(x, text_x), mc_shape_text(updates, text_u), axis);
  }
  return MC_OK;
}

static int run_cache(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t bytes = mc_desc_bytes(&call->out[0].desc);
  const int axis = mc_axis(mc_attrs_int(call->attrs, "axis", 0), x->rank);
  const int64_t length = call->in[2].desc.shape.dims[axis];
  if (bytes > 0 && out[0] != in[0]) {
    memcpy(out[0], in[0], (size_t)bytes);
  }
  if (bytes == 0 || length == 0) {
    return MC_OK;
  }
  const int64_t inner = mc_dims_product(x, axis + 1, x->rank) * (int64_t)mc_dtype_size(call->in[0].desc.dtype);
  const int64_t middle = mc_dims_product(x, 1, axis);
  for (int64_t b = 0; b < x->dims[0]; ++b) {
    const int64_t at = index_at(call, in[1], b);
    if (at < 0 || at > x->dims[axis] - length) {
      return mc_op_error(call, "element %lld of the indices is %lld; it must be in [0, %lld]", (long long)b,
                         (long long)at, (long long)(x->dims[axis] - length));
    }
    for (int64_t m = b * middle; m < (b + 1) * middle; ++m) {
      memcpy((char *)out[0] + (m * x->dims[axis] + at) * inner, (const char *)in[2] + m * length * inner,
             (size_t)(length * inner));
    }
  }
  return MC_OK;
}

static int prepare_cache(mc_op_call *call) {
  call->run = run_cache;
  return finish(call);
}

#define SMALL                                                                                                \
  (MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_INT32) | MC_DTYPE_BIT(MC_INT8) | MC_DTYPE_BIT(MC_UINT8))
#define ROWS(name, names, result, types, kind, more)                                                         \
  {.type = (name), .inputs = (names), .outputs = (result), .dtypes = (types), .inplace = 1, .flags = (more), \
   .infer = infer_rows, .prepare = prepare_rows, .variant = (int)(kind)}

static const mc_op_def kOps[] = {
    ROWS("ScatterUpdate", "var indices updates", "var", SMALL | MC_DTYPE_BIT(MC_BF16) | MC_DTYPE_BIT(MC_INT64),
         (int)MC_PUT | FIRST_AXIS, MC_OP_REF),
    ROWS("ScatterAdd", "var indices updates", "var", SMALL, (int)MC_PLUS | FIRST_AXIS, MC_OP_REF),
    ROWS("InplaceUpdate", "x indices v", "y", MC_T_MOVABLE & ~MC_T_BOOL, (int)MC_PUT | WRAPS, 0),
    ROWS("InplaceAdd", "x indices v", "y", MC_T_NUMBERS, (int)MC_PLUS | WRAPS, 0),
    ROWS("IndexAdd", "var indices updates", "var_out", SMALL, (int)MC_PLUS | BY_AXIS, 0),
    {.type = "Scatter", .inputs = "var indices updates", .outputs = "var", .dtypes = SMALL | MC_DTYPE_BIT(MC_BF16),
     .inplace = 1, .flags = MC_OP_REF, .infer = infer_cache, .prepare = prepare_cache},
};
MC_OP_FAMILY(scatter_rows, kOps);
