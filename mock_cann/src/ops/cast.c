/* Cast: every pair of types; what happens to values that do not fit is written in ops/convert.h. */
#include <string.h>

#include "ops/cast_small.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/map.h"

/* The prototype declares dst_type an integer; graphs from other tools carry a type. */
static int wanted_dtype(const mc_op_call *call) {
  return (int)mc_attrs_int(call->attrs, "dst_type", mc_attrs_dtype(call->attrs, "dst_type", -1));
}

static int infer_cast(mc_op_call *call) {
  const int wanted = wanted_dtype(call);
  if (mc_attrs_find(call->attrs, "dst_type") == NULL) {
    return mc_op_error(call, "attribute dst_type is required");
  }
  if (mc_lane_of(wanted) == MC_LANE_COUNT && mc_dtype_packed_bits(wanted) == 0) {
    return mc_op_error(call, "attribute dst_type is %d (%s); casts to it are not supported", wanted,
                       mc_dtype_name(wanted));
  }
  call->out[0].desc = call->in[0].desc;
  call->out[0].desc.dtype = wanted;
  return mc_check_sizes(call);
}

enum { CHUNK = 512 };

/* A wider result on its own input is written from the end, through a copy of the elements about to be
 * covered. */
static void widen_in_place(const mc_op_call *call, void *data, int64_t n) {
  mc_convert *convert = ((const mc_map_params *)call->state)->convert;
  const size_t narrow = mc_dtype_size(call->in[0].desc.dtype);
  const size_t wide = mc_dtype_size(call->out[0].desc.dtype);
  union {
    double align;
    char bytes[CHUNK * 4];
  } copy;
  while (n > 0) {
    const int64_t m = (n - 1) % CHUNK + 1;
    n -= m;
    memcpy(copy.bytes, (char *)data + (size_t)n * narrow, (size_t)m * narrow);
    convert(copy.bytes, (char *)data + (size_t)n * wide, m);
  }
}

static void cast_tile(const mc_op_call *call, const void *const *in, void *out, int64_t n, uint32_t scalars) {
  mc_convert *convert = ((const mc_map_params *)call->state)->convert;
  const size_t size = mc_dtype_size(call->out[0].desc.dtype);
  if (scalars & 1) {
    char value[8];
    convert(in[0], value, 1);
    for (int64_t i = 0; i < n; ++i) {
      memcpy((char *)out + (size_t)i * size, value, size);
    }
  } else if (in[0] == out && size > mc_dtype_size(call->in[0].desc.dtype)) {
    widen_in_place(call, out, n);
  } else {
    convert(in[0], out, n);
  }
}

static int prepare_cast(mc_op_call *call) {
  const int from = call->in[0].desc.dtype;
  const int to = call->out[0].desc.dtype;
  if (mc_cast_is_small(call)) {
    return mc_cast_prepare_small(call);
  }
  const mc_map_spec spec = {.kernel = cast_tile,
                            .in_dtype = {from},
                            .out_dtype = to,
                            .ps = 400,
                            .convert = mc_convert_for(from, to)};
  return mc_map_prepare(call, &spec);
}

static mc_op_tile *tile_of(const mc_op_call *call) { return mc_cast_is_small(call) ? NULL : mc_map_tile(call); }

static const mc_op_def kOps[] = {
    {.type = "Cast",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_ALL | MC_T_FLOAT8 | MC_T_PACKED,
     .flags = MC_OP_ELEMENTWISE,
     .inplace = 1,
     .infer = infer_cast,
     .prepare = prepare_cast,
     .tile = tile_of},
};

MC_OP_FAMILY(cast, kOps);
