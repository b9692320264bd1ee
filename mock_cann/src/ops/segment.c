/* Sums and maxima of rows that belong together: SegmentSum, whose ids ascend, and UnsortedSegmentSum and -Max. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/combine.h"
#include "ops/family.h"
#include "ops/lane.h"

static int64_t id_at(const mc_op_call *call, const void *ids, int64_t i) {
  return call->in[1].desc.dtype == MC_INT64 ? ((const int64_t *)ids)[i] : ((const int32_t *)ids)[i];
}

/* The ids' dims lead x's. */
static int check_ids(const mc_op_call *call) {
  char text_x[MC_SHAPE_TEXT];
  char text_ids[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *ids = &call->in[1].desc.shape;
  bool leads = ids->rank >= 1 && ids->rank <= x->rank;
  for (int i = 0; leads && i < ids->rank; ++i) {
    leads = ids->dims[i] == x->dims[i];
  }
  if (!leads || (MC_T_INDEX >> call->in[1].desc.dtype & 1) == 0) {
    return mc_op_error(call, "input segment_ids is %s %.80s; it must be integers in the leading dims of x %.80s",
                       mc_dtype_name(call->in[1].desc.dtype), mc_shape_text(ids, text_ids),
                       mc_shape_text(x, text_x));
  }
  return MC_OK;
}

static void describe(mc_op_call *call, int64_t segments) {
  const mc_shape *x = &call->in[0].desc.shape;
  mc_shape y = {1, {segments}};
  for (int i = call->in[1].desc.shape.rank; i < x->rank; ++i) {
    y.dims[y.rank++] = x->dims[i];
  }
  call->out[0].desc = (mc_desc){call->in[0].desc.dtype, MC_FORMAT_ND, y};
}

static int infer_sorted(mc_op_call *call) {
  const int status = check_ids(call);
  const int64_t n = mc_shape_count(&call->in[1].desc.shape);
  if (status != MC_OK) {
    return status;
  }
  if (call->in[1].desc.shape.rank != 1) {
    return mc_op_error(call, "input segment_ids has rank %d; it must be a vector", call->in[1].desc.shape.rank);
  }
  for (int64_t i = 0; i < n; ++i) {
    const int64_t before = i == 0 ? 0 : id_at(call, call->in[1].value, i - 1);
    if (id_at(call, call->in[1].value, i) < before) {
      return mc_op_error(call, "segment_ids[%lld] is %lld; ids must not be negative and must ascend", (long long)i,
                         (long long)id_at(call, call->in[1].value, i));
    }
  }
  describe(call, n == 0 ? 0 : id_at(call, call->in[1].value, n - 1) + 1);
  return mc_check_sizes(call);
}

static int guess_sorted(mc_op_call *call, int64_t count) {
  describe(call, count);
  return check_ids(call);
}

static int infer_unsorted(mc_op_call *call) {
  int64_t segments = 0;
  int status = check_ids(call);
  status = status != MC_OK ? status : mc_need_scalar(call, 2, &segments);
  if (status == MC_OK && segments < 0) {
    return mc_op_error(call, "input num_segments is %lld; it must not be negative", (long long)segments);
  }
  describe(call, segments);
  return status != MC_OK ? status : mc_check_sizes(call);
}

/* The value of an empty segment: 0, or the lowest number. */
static void start(int dtype, mc_combine_kind how, char *y, int64_t count) {
  const size_t size = mc_dtype_size(dtype);
  union {
    float f32;
    double f64;
    uint64_t bits;
  } low = {.bits = 0};
  if (how == MC_LARGER && dtype == MC_DOUBLE) {
    low.f64 = -__DBL_MAX__;
  } else if (how == MC_LARGER && dtype == MC_FLOAT) {
    low.f32 = -__FLT_MAX__;
  } else if (how == MC_LARGER && mc_dtype_is_float(dtype)) {
    low.bits = dtype == MC_BF16 ? 0xff7f : 0xfbff;
  } else if (how == MC_LARGER && (MC_T_SIGNED >> dtype & 1)) {
    low.bits = UINT64_C(1) << (8 * size - 1);
  }
  for (int64_t i = 0; i < count; ++i) {
    memcpy(y + (size_t)i * size, &low, size);
  }
}

static int run_segments(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const int dtype = call->in[0].desc.dtype;
  const mc_combine_kind how = (mc_combine_kind)call->def->variant;
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t n = mc_shape_count(&call->in[1].desc.shape);
  const int64_t inner = mc_shape_count(x) == 0 ? 0 : mc_dims_product(x, call->in[1].desc.shape.rank, x->rank);
  const int64_t segments = call->out[0].desc.shape.dims[0];
  const int64_t run = inner * (int64_t)mc_dtype_size(dtype);
  start(dtype, how, out[0], mc_shape_count(&call->out[0].desc.shape));
  for (int64_t i = 0; i < n && inner > 0; ++i) {
    const int64_t id = id_at(call, in[1], i);
    if (id >= segments) {
      return mc_op_error(call, "segment_ids[%lld] is %lld; there are %lld segments", (long long)i, (long long)id,
                         (long long)segments);
    }
    if (id >= 0) { /* a negative id belongs to no segment */
      mc_combine(dtype, how, (char *)out[0] + id * run, (const char *)in[0] + i * run, inner);
    }
  }
  return MC_OK;
}

static int prepare_segments(mc_op_call *call) {
  mc_op_cost(call, 30 + (double)mc_desc_bytes(&call->in[0].desc) / 2);
  call->run = run_segments;
  return MC_OK;
}

#define UNSORTED(name, how)                                                                                  \
  {.type = (name), .inputs = "x segment_ids num_segments", .outputs = "y", .dtypes = MC_T_NUMBERS,           \
   .value_inputs = 4, .infer = infer_unsorted, .prepare = prepare_segments, .variant = (how)}

static const mc_op_def kOps[] = {
    {.type = "SegmentSum", .inputs = "x segment_ids", .outputs = "y", .dtypes = MC_T_NUMBERS, .value_inputs = 2,
     .infer = infer_sorted, .prepare = prepare_segments, .guess = guess_sorted, .variant = MC_PLUS},
    UNSORTED("UnsortedSegmentSum", MC_PLUS),
    UNSORTED("UnsortedSegmentMax", MC_LARGER),
};
MC_OP_FAMILY(segment, kOps);
