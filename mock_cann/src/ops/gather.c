/*
 * Operators that pick slices of x by an index tensor. The work is `batches` x `outer` x `count` runs of `run`
 * bytes; an index outside the axis is an error that names its value and place, never a read.
 */
#include <stdatomic.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"

enum { PIECE_BYTES = 64 << 10 };

typedef struct gather_state {
  int64_t batches, outer, length, count; /* x: [batches, outer, length, run], indices: [batches, count] */
  int64_t run;                           /* bytes */
  bool wide, negative;                   /* int64 indices; -length..-1 count from the end */
} gather_state;

typedef struct job {
  const gather_state *state;
  const char *x;
  const void *indices;
  char *y;
  _Atomic int64_t bad; /* some place whose index is outside; -1: none */
} job;

static int64_t index_at(const void *indices, bool wide, int64_t i) {
  return wide ? ((const int64_t *)indices)[i] : ((const int32_t *)indices)[i];
}

static void gather_runs(void *arg, int64_t begin, int64_t end) {
  job *work = arg;
  const gather_state *s = work->state;
  for (int64_t r = begin; r < end; ++r) {
    const int64_t place = r % s->count;
    const int64_t slab = r / s->count; /* batch and outer */
    const int64_t which = slab / s->outer * s->count + place;
    int64_t index = index_at(work->indices, s->wide, which);
    if (index < 0 && s->negative && index >= -s->length) {
      index += s->length;
    }
    if (index < 0 || index >= s->length) {
      atomic_store(&work->bad, which);
      return;
    }
    char *to = work->y + r * s->run;
    const char *from = work->x + (slab * s->length + index) * s->run;
    switch (s->run) {
    case 4:
      memcpy(to, from, 4);
      break;
    case 8:
      memcpy(to, from, 8);
      break;
    default:
      memcpy(to, from, (size_t)s->run);
    }
  }
}

static int run_gather(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const gather_state *s = call->state;
  const int64_t runs = s->batches * s->outer * s->count;
  if (runs == 0 || s->run == 0) {
    return MC_OK;
  }
  job work = {s, in[0], in[1], out[0], -1};
  mc_parallel_for(runs, PIECE_BYTES / (s->run + 8) + 1, gather_runs, &work);
  const int64_t bad = atomic_load(&work.bad);
  if (bad >= 0) {
    return mc_op_error(call, "indices[%lld] is %lld; it must be in [%lld, %lld)", (long long)bad,
                       (long long)index_at(in[1], s->wide, bad), (long long)(s->negative ? -s->length : 0),
                       (long long)s->length);
  }
  return MC_OK;
}

/* The axis and how many leading axes x and indices share. */
static int read_axis(const mc_op_call *call, int *axis, int *batch) {
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *indices = &call->in[1].desc.shape;
  char a[MC_SHAPE_TEXT];
  char b[MC_SHAPE_TEXT];
  const int64_t batch_dims = mc_attrs_int(call->attrs, "batch_dims", 0);
  const int64_t shared = batch_dims < 0 ? batch_dims + indices->rank : batch_dims;
  if (shared < 0 || shared > indices->rank || shared >= x->rank) {
    return mc_op_error(call, "batch_dims %lld: x has rank %d and indices rank %d", (long long)batch_dims,
                       x->rank, indices->rank);
  }
  for (int i = 0; i < (int)shared; ++i) {
    if (x->dims[i] != indices->dims[i]) {
      return mc_op_error(call, "x %.80s and indices %.80s differ in the first %lld dims (batch_dims)",
                         mc_shape_text(x, a), mc_shape_text(indices, b), (long long)shared);
    }
  }
  int64_t at = shared;
  if (call->n_in > 2) {
    const int status = mc_need_scalar(call, 2, &at);
    if (status != MC_OK) {
      return status;
    }
  }
  const int status = mc_check_axis(call, "axis", at, x->rank, axis);
  if (status == MC_OK && *axis < shared) {
    return mc_op_error(call, "axis %lld is before batch_dims %lld", (long long)at, (long long)shared);
  }
  *batch = (int)shared;
  return status;
}

static int gather_infer(mc_op_call *call) {
  int axis = 0;
  int batch = 0;
  if ((MC_T_INDEX & MC_DTYPE_BIT(call->in[1].desc.dtype)) == 0) {
    return mc_op_error(call, "indices has dtype %s; it must be DT_INT32 or DT_INT64",
                       mc_dtype_name(call->in[1].desc.dtype));
  }
  const int status = read_axis(call, &axis, &batch);
  if (status != MC_OK) {
    return status;
  }
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *indices = &call->in[1].desc.shape;
  mc_shape y = {0, {0}};
  if (x->rank - 1 + indices->rank - batch > MC_MAX_RANK) {
    return mc_op_error(call, "x of rank %d and indices of rank %d give a rank above %d", x->rank,
                       indices->rank, MC_MAX_RANK);
  }
  for (int i = 0; i < axis; ++i) {
    y.dims[y.rank++] = x->dims[i];
  }
  for (int i = batch; i < indices->rank; ++i) {
    y.dims[y.rank++] = indices->dims[i];
  }
  for (int i = axis + 1; i < x->rank; ++i) {
    y.dims[y.rank++] = x->dims[i];
  }
  call->out[0].desc = (mc_desc){call->in[0].desc.dtype, MC_FORMAT_ND, y};
  return mc_check_sizes(call);
}

static int gather_prepare(mc_op_call *call) {
  int axis = 0;
  int batch = 0;
  const int status = read_axis(call, &axis, &batch);
  gather_state *s = mc_op_alloc(call, sizeof(*s));
  if (status != MC_OK || s == NULL) {
    return status != MC_OK ? status : mc_op_error(call, "out of memory for the plan");
  }
  call->state = s;
  call->run = run_gather;
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *indices = &call->in[1].desc.shape;
  const int64_t elements = mc_shape_count(&call->out[0].desc.shape);
  if (elements == 0) {
    return MC_OK;
  }
  s->batches = mc_dims_product(x, 0, batch);
  s->outer = mc_dims_product(x, batch, axis);
  s->length = x->dims[axis];
  s->count = mc_dims_product(indices, batch, indices->rank);
  s->run = mc_dims_product(x, axis + 1, x->rank) * (int64_t)mc_dtype_size(call->in[0].desc.dtype);
  s->wide = call->in[1].desc.dtype == MC_INT64;
  s->negative = mc_attrs_bool(call->attrs, "negative_index_support", false);
  mc_op_cost(call, 30 + (double)elements * (double)mc_dtype_size(call->in[0].desc.dtype) / 6);
  return MC_OK;
}

static const mc_op_def kOps[] = {
    {.type = "GatherV2",
     .inputs = "x indices axis",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 2,
     .infer = gather_infer,
     .prepare = gather_prepare},
    {.type = "Gather",
     .inputs = "x indices",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = gather_infer,
     .prepare = gather_prepare},
};
MC_OP_FAMILY(gather, kOps);
