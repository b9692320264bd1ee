/*
 * TopK and Sort along one axis. Every element becomes a number whose order is the wanted order, with its
 * position below: ties go to the first element and the sort is stable by construction. A heap of the k best
 * so far keeps the work at n log k whatever the input.
 */
#include <stdatomic.h>
#include <string.h>

#include "engine/engine.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/lane.h"
#include "ops/thread_buffer.h"

typedef unsigned __int128 wide_key;

enum { BY_INPUT, BY_ATTR, SORT, PIECE = 4096 };

typedef struct topk_state {
  int64_t outer, n, inner, k;
  bool largest;
  mc_lane lane;
  size_t size;
} topk_state;

typedef struct job {
  const topk_state *s;
  const char *in;
  char *values;
  int32_t *positions;
  _Atomic bool failed;
} job;

/* Floats as unsigned numbers in their order: the sign bit turns round, negative magnitudes are complemented.
 * NaN is above every number, both zeros are one. */
static uint64_t ordered_float(uint64_t bits, int width, uint64_t infinity) {
  const uint64_t sign = UINT64_C(1) << (width - 1);
  const uint64_t magnitude = bits & (sign - 1);
  if (magnitude > infinity) {
    return sign | (infinity + 1);
  }
  if (magnitude == 0) {
    return sign;
  }
  return bits & sign ? sign - magnitude : sign | magnitude;
}

static uint64_t ordered(const topk_state *s, const char *at) {
  union {
    uint64_t u64;
    uint32_t u32;
    uint16_t u16;
    uint8_t u8;
  } x;
  memcpy(&x, at, s->size);
  switch (s->lane) {
  case MC_LANE_F32: return ordered_float(x.u32, 32, 0x7f800000u);
  case MC_LANE_F64: return ordered_float(x.u64, 64, UINT64_C(0x7ff0000000000000));
  case MC_LANE_F16: return ordered_float(x.u16, 16, 0x7c00u);
  case MC_LANE_BF16: return ordered_float(x.u16, 16, 0x7f80u);
  case MC_LANE_I8: return x.u8 ^ 0x80u;
  case MC_LANE_I16: return x.u16 ^ 0x8000u;
  case MC_LANE_I32: return x.u32 ^ 0x80000000u;
  case MC_LANE_I64: return x.u64 ^ UINT64_C(0x8000000000000000);
  case MC_LANE_U8: return x.u8;
  case MC_LANE_U16: return x.u16;
  case MC_LANE_U32: return x.u32;
  default: return x.u64;
  }
}

/* A heap whose root is the largest key, and its sort; keys of 64 bits (32 of order, 32 of position) or of
 * 128. */
#define HEAP(name, key)                                                                                      \
  static void sink_##name(key *heap, int64_t size, int64_t at) {                                             \
    const key moved = heap[at];                                                                              \
    for (int64_t child; (child = 2 * at + 1) < size; at = child) {                                           \
      child += child + 1 < size && heap[child + 1] > heap[child];                                            \
      if (heap[child] <= moved) {                                                                            \
        break;                                                                                               \
      }                                                                                                      \
      heap[at] = heap[child];                                                                                \
    }                                                                                                        \
    heap[at] = moved;                                                                                        \
  }                                                                                                          \
  static void smallest_##name(const topk_state *s, const char *row, key *heap) {                             \
    const uint64_t flip = s->largest ? UINT64_MAX : 0;                                                       \
    const size_t step = (size_t)s->inner * s->size;                                                          \
    for (int64_t i = 0; i < s->n; ++i) {                                                                     \
      const key order = (key)(ordered(s, row + (size_t)i * step) ^ flip);                                    \
      const key x = order << 32 | (key)i;                                                                    \
      if (i < s->k) {                                                                                        \
        heap[i] = x;                                                                                         \
        for (int64_t at = s->k / 2; i == s->k - 1 && at-- > 0;) {                                            \
          sink_##name(heap, s->k, at);                                                                       \
        }                                                                                                    \
      } else if (x < heap[0]) {                                                                              \
        heap[0] = x;                                                                                         \
        sink_##name(heap, s->k, 0);                                                                          \
      }                                                                                                      \
    }                                                                                                        \
    for (int64_t end = s->k - 1; end > 0; --end) {                                                           \
      const key root = heap[0];                                                                              \
      heap[0] = heap[end];                                                                                   \
      heap[end] = root;                                                                                      \
      sink_##name(heap, end, 0);                                                                             \
    }                                                                                                        \
  }

/* Orders of up to 32 bits keep only those of the complement, because the shift drops the rest. */
HEAP(narrow, uint64_t)
HEAP(wide, wide_key)

/* [begin, end) counts columns: outer * inner of them. */
static void select_columns(void *arg, int64_t begin, int64_t end) {
  job *j = arg;
  const topk_state *s = j->s;
  const bool wide = s->size == 8;
  void *heap = mc_thread_buffer((size_t)s->k * (wide ? sizeof(wide_key) : sizeof(uint64_t)));
  if (heap == NULL) {
    atomic_store(&j->failed, true);
    return;
  }
  for (int64_t column = begin; column < end; ++column) {
    const int64_t outer = column / s->inner, inner = column % s->inner;
    const char *row = j->in + (size_t)(outer * s->n * s->inner + inner) * s->size;
    if (wide) {
      smallest_wide(s, row, heap);
    } else {
      smallest_narrow(s, row, heap);
    }
    for (int64_t i = 0; i < s->k; ++i) {
      const int64_t to = (outer * s->k + i) * s->inner + inner;
      const uint64_t low = wide ? (uint64_t)((const wide_key *)heap)[i] : ((const uint64_t *)heap)[i];
      const int64_t position = (int64_t)(low & UINT32_MAX);
      j->positions[to] = (int32_t)position;
      memcpy(j->values + (size_t)to * s->size, row + (size_t)(position * s->inner) * s->size, s->size);
    }
  }
}

static int run_topk(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const topk_state *s = call->state;
  job j = {.s = s, .in = in[0], .values = out[0], .positions = out[1]};
  if (s->k == 0) {
    return 0;
  }
  const int64_t grain = PIECE / s->n < 1 ? 1 : PIECE / s->n;
  mc_parallel_for(s->outer * s->inner, grain, select_columns, &j);
  return atomic_load(&j.failed) ? mc_op_error(call, "out of memory for %lld candidates", (long long)s->k) : 0;
}

static int axis_of(const mc_op_call *call, int *axis) {
  const bool sort = call->def->variant == SORT;
  const char *name = sort ? "axis" : "dim";
  return mc_check_axis(call, sort ? "attribute axis" : "attribute dim", mc_attrs_int(call->attrs, name, -1),
                       call->in[0].desc.shape.rank, axis);
}

static int k_of(const mc_op_call *call, int64_t n, int64_t *k) {
  *k = n;
  const int status = call->def->variant == BY_ATTR    ? mc_need_int(call, "k", k)
                     : call->def->variant == BY_INPUT ? mc_need_scalar(call, 1, k)
                                                      : 0;
  if (status == 0 && (*k < 0 || *k > n)) {
    return mc_op_error(call, "k is %lld; it must be in [0, %lld], the size of the chosen axis", (long long)*k,
                       (long long)n);
  }
  return status;
}

static int infer_topk(mc_op_call *call) {
  const mc_desc *x = &call->in[0].desc;
  int axis = 0;
  int64_t k = 0;
  int status = axis_of(call, &axis);
  if (status == 0 && x->shape.dims[axis] > INT32_MAX) {
    return mc_op_error(call, "axis %d has %lld elements, more than positions of type int32 can tell apart",
                       axis, (long long)x->shape.dims[axis]);
  }
  status = status != 0 ? status : k_of(call, x->shape.dims[axis], &k);
  if (status != 0) {
    return status;
  }
  call->out[0].desc = *x;
  call->out[0].desc.shape.dims[axis] = k;
  call->out[1].desc = call->out[0].desc;
  call->out[1].desc.dtype = MC_INT32;
  return mc_check_sizes(call);
}

static int prepare_topk(mc_op_call *call) {
  const mc_desc *x = &call->in[0].desc;
  int axis = 0;
  const int status = axis_of(call, &axis);
  topk_state *s = mc_op_alloc(call, sizeof(*s));
  if (status != 0 || s == NULL) {
    return status != 0 ? status : mc_op_error(call, "out of memory while preparing");
  }
  s->n = x->shape.dims[axis];
  s->k = call->out[0].desc.shape.dims[axis];
  s->outer = mc_dims_product(&x->shape, 0, axis);
  s->inner = mc_dims_product(&x->shape, axis + 1, x->shape.rank);
  if (mc_shape_count(&x->shape) == 0) {
    s->k = 0;
  }
  s->largest = call->def->variant == SORT ? mc_attrs_bool(call->attrs, "descending", false)
                                          : mc_attrs_bool(call->attrs, "largest", true);
  s->lane = mc_lane_of(x->dtype);
  s->size = mc_dtype_size(x->dtype);
  const double ns = 100 + (double)s->outer * (double)s->n * (double)s->inner * 3 +
                    (double)s->outer * (double)s->k * (double)s->inner * 50;
  mc_op_cost(call, ns);
  call->state = s;
  call->run = run_topk;
  return 0;
}

#define TOPK_BY_INPUT(name)                                                                                  \
  {.type = (name), .inputs = "x k", .outputs = "values indices", .dtypes = MC_T_NUMBERS, .value_inputs = 2,  \
   .infer = infer_topk, .prepare = prepare_topk, .variant = BY_INPUT}
#define SORTED                                                                                               \
  (MC_T_FLOATS | MC_T_SIGNED | MC_DTYPE_BIT(MC_UINT8))

static const mc_op_def kOps[] = {
    TOPK_BY_INPUT("TopK"),
    TOPK_BY_INPUT("TopKV2"),
    {.type = "TopKV2D", .inputs = "x k assist_seq", .outputs = "values indices", .dtypes = MC_T_NUMBERS,
     .value_inputs = 2, .infer = infer_topk, .prepare = prepare_topk, .variant = BY_INPUT},
    {.type = "TopKD", .inputs = "x assist_seq", .outputs = "values indices", .dtypes = MC_T_NUMBERS,
     .infer = infer_topk, .prepare = prepare_topk, .variant = BY_ATTR},
    {.type = "Sort", .inputs = "x", .outputs = "y1 y2", .dtypes = SORTED, .infer = infer_topk,
     .prepare = prepare_topk, .variant = SORT},
};

MC_OP_FAMILY(topk, kOps);
