/*
 * Slices of x sent to several tensors and brought back into one, as TensorFlow has it: DynamicPartition gives output p the
 * slices whose entry of `partitions` is p, in order; DynamicStitch puts slice i of x[m] where indices[m][i] says, later ones
 * over earlier ones. Places that no index names are zeros.
 */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"

#define TYPES (MC_T_MOVABLE & ~(MC_DTYPE_BIT(MC_UINT32) | MC_DTYPE_BIT(MC_UINT64) | MC_DTYPE_BIT(MC_BF16) | MC_T_FLOAT8))

/* `shape` begins with the dims of `front`. */
static bool begins_with(const mc_shape *shape, const mc_shape *front) {
  return shape->rank >= front->rank &&
         memcmp(shape->dims, front->dims, sizeof(int64_t) * (size_t)front->rank) == 0;
}

/* `count` slices of what stands behind the first `front` dims of x. */
static mc_desc slices(const mc_desc *x, int front, int64_t count) {
  mc_desc y = {x->dtype, MC_FORMAT_ND, {1, {count}}};
  for (int i = front; i < x->shape.rank; ++i) {
    y.shape.dims[y.shape.rank++] = x->shape.dims[i];
  }
  return y;
}

static size_t slice_bytes(const mc_desc *x, int front) {
  return (size_t)mc_dims_product(&x->shape, front, x->shape.rank) * mc_dtype_size(x->dtype);
}

/* ---- DynamicPartition ---- */

static int check_partition(const mc_op_call *call) {
  char tx[MC_SHAPE_TEXT], tp[MC_SHAPE_TEXT];
  const mc_desc *x = &call->in[0].desc, *p = &call->in[1].desc;
  const int64_t parts = mc_attrs_int(call->attrs, "num_partitions", 1);
  if (parts < 1 || parts != call->n_out) {
    return mc_op_error(call, "num_partitions is %lld and the node has %d outputs; they must be equal and at least 1",
                       (long long)parts, call->n_out);
  }
  if (p->dtype != MC_INT32 || !begins_with(&x->shape, &p->shape) || x->shape.rank - p->shape.rank >= MC_MAX_RANK) {
    return mc_op_error(call, "partitions is %s %.80s; it must be DT_INT32 with the first dims of x %.80s",
                       mc_dtype_name(p->dtype), mc_shape_text(&p->shape, tp), mc_shape_text(&x->shape, tx));
  }
  return MC_OK;
}

static int infer_partition(mc_op_call *call) {
  const int status = check_partition(call);
  const mc_desc *x = &call->in[0].desc;
  const mc_shape *shape = &call->in[1].desc.shape;
  const int32_t *partitions = call->in[1].value;
  int64_t *counts = status != MC_OK ? NULL : mc_op_alloc(call, sizeof(int64_t) * ((size_t)call->n_out + 1));
  if (counts == NULL) {
    return status != MC_OK ? status : mc_op_error(call, "out of memory for %d counts", call->n_out);
  }
  for (int64_t i = 0; i < mc_shape_count(shape); ++i) {
    if (partitions[i] < 0 || partitions[i] >= call->n_out) {
      return mc_op_error(call, "partitions[%lld] is %d; it must be in [0, %d)", (long long)i, (int)partitions[i],
                         call->n_out);
    }
    ++counts[partitions[i]];
  }
  for (int p = 0; p < call->n_out; ++p) {
    call->out[p].desc = slices(x, shape->rank, counts[p]);
  }
  return mc_check_sizes(call);
}

static int guess_partition(mc_op_call *call, int64_t count) {
  const int status = check_partition(call);
  for (int p = 0; status == MC_OK && p < call->n_out; ++p) {
    call->out[p].desc = slices(&call->in[0].desc, call->in[1].desc.shape.rank, count);
  }
  return status;
}

static int run_partition(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const mc_shape *shape = &call->in[1].desc.shape;
  const size_t bytes = slice_bytes(&call->in[0].desc, shape->rank);
  const int32_t *partitions = in[1];
  int64_t *next = scratch;
  memset(next, 0, sizeof(int64_t) * (size_t)call->n_out);
  for (int64_t i = 0; bytes > 0 && i < mc_shape_count(shape); ++i) {
    const int32_t p = partitions[i];
    memcpy((char *)out[p] + (size_t)next[p]++ * bytes, (const char *)in[0] + (size_t)i * bytes, bytes);
  }
  return MC_OK;
}

static int prepare_partition(mc_op_call *call) {
  call->scratch = sizeof(int64_t) * (size_t)call->n_out;
  mc_op_cost(call, 50 + (double)mc_desc_bytes(&call->in[0].desc) / 8);
  call->run = run_partition;
  return MC_OK;
}

/* ---- DynamicStitch ---- */

static int check_stitch(const mc_op_call *call) {
  char tx[MC_SHAPE_TEXT], ti[MC_SHAPE_TEXT];
  const int count = call->slot_count[0];
  const int64_t n = mc_attrs_int(call->attrs, "N", count);
  if (count < 1 || call->slot_count[1] != count || (n != count && n != 1)) {
    return mc_op_error(call, "%d indices, %d tensors x and N %lld; they must be as many, and at least 1", count,
                       call->slot_count[1], (long long)n);
  }
  const mc_desc *first = &call->in[call->slot_first[1]].desc;
  const int front = call->in[call->slot_first[0]].desc.shape.rank;
  if ((TYPES >> first->dtype & 1) == 0) {
    return mc_op_error(call, "x0 has dtype %s, which is not supported", mc_dtype_name(first->dtype));
  }
  for (int m = 0; m < count; ++m) {
    const mc_desc *index = &call->in[call->slot_first[0] + m].desc, *x = &call->in[call->slot_first[1] + m].desc;
    if (x->shape.rank - index->shape.rank >= MC_MAX_RANK) {
      return mc_op_error(call, "x%d has rank %d; the result's rank would exceed %d", m, x->shape.rank, MC_MAX_RANK);
    }
    const mc_desc rest = slices(x, index->shape.rank > x->shape.rank ? x->shape.rank : index->shape.rank, 1);
    const mc_desc wanted = slices(first, front > first->shape.rank ? first->shape.rank : front, 1);
    if (index->dtype != MC_INT32 || x->dtype != first->dtype || !begins_with(&x->shape, &index->shape) ||
        !mc_shape_equal(&rest.shape, &wanted.shape)) {
      return mc_op_error(call,
                         "indices%d %s %.60s and x%d %s %.60s do not fit: x has the dims of its DT_INT32 indices, then "
                         "those of a slice, and all x are alike", m, mc_dtype_name(index->dtype),
                         mc_shape_text(&index->shape, ti), m, mc_dtype_name(x->dtype), mc_shape_text(&x->shape, tx));
    }
  }
  return MC_OK;
}

static int guess_stitch(mc_op_call *call, int64_t count) {
  const int status = check_stitch(call);
  if (status == MC_OK) {
    call->out[0].desc = slices(&call->in[call->slot_first[1]].desc, call->in[call->slot_first[0]].desc.shape.rank, count);
  }
  return status;
}

static int infer_stitch(mc_op_call *call) {
  const int status = check_stitch(call);
  int64_t length = 0;
  for (int m = 0; status == MC_OK && m < call->slot_count[0]; ++m) {
    const mc_op_value *index = &call->in[call->slot_first[0] + m];
    for (int64_t i = 0; i < mc_shape_count(&index->desc.shape); ++i) {
      const int32_t at = ((const int32_t *)index->value)[i];
      if (at < 0) {
        return mc_op_error(call, "indices%d[%lld] is %d; it must be 0 or more", m, (long long)i, (int)at);
      }
      length = at >= length ? (int64_t)at + 1 : length;
    }
  }
  if (status != MC_OK) {
    return status;
  }
  guess_stitch(call, length);
  return mc_check_sizes(call);
}

static int run_stitch(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const size_t bytes = slice_bytes(&call->out[0].desc, 1);
  if (mc_desc_bytes(&call->out[0].desc) == 0) {
    return MC_OK;
  }
  memset(out[0], 0, (size_t)mc_desc_bytes(&call->out[0].desc));
  for (int m = 0; m < call->slot_count[0]; ++m) {
    const int index = call->slot_first[0] + m;
    const char *x = in[call->slot_first[1] + m];
    for (int64_t i = 0; i < mc_shape_count(&call->in[index].desc.shape); ++i) {
      memcpy((char *)out[0] + (size_t)((const int32_t *)in[index])[i] * bytes, x + (size_t)i * bytes, bytes);
    }
  }
  return MC_OK;
}

static int prepare_stitch(mc_op_call *call) {
  mc_op_cost(call, 50 + (double)mc_desc_bytes(&call->out[0].desc) / 8);
  call->run = run_stitch;
  return MC_OK;
}

static const mc_op_def kOps[] = {
    {.type = "DynamicPartition", .inputs = "x partitions", .outputs = "y*", .dtypes = TYPES, .value_inputs = 1u << 1,
     .infer = infer_partition, .prepare = prepare_partition, .guess = guess_partition},
    {.type = "DynamicStitch", .inputs = "indices* x*", .outputs = "y", .dtypes = MC_DTYPE_BIT(MC_INT32),
     .value_inputs = 1u << 0, .infer = infer_stitch, .prepare = prepare_stitch, .guess = guess_stitch},
};
MC_OP_FAMILY(partition, kOps);
