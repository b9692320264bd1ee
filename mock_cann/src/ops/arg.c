/*
 * Positions of the largest and smallest elements along one axis of a tensor [outer, n, inner]. The first of
 * equals wins; a NaN wins over every number, as in numpy.
 */
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/isa.h"
#include "ops/isa/reduce.h"

MC_ISA_DECLARE(mc_reduce_table, mc_reduce_kernels);

enum { CHUNK = 512, PIECE = 32768 };

/* The family's variants: how the axis is given, which extreme, whether values come along. */
enum { LARGEST = 0, SMALLEST = 1, AXIS_ATTR = 2, WITH_VALUE = 4, INT32_RESULT = 8 };

typedef struct arg_state {
  int64_t outer, n, inner;
  bool smallest;
  mc_fold_type type;
  mc_fold fold;
  mc_convert *load; /* NULL: computed in the element's own type */
  size_t size;
  bool wide; /* int64 positions */
  bool values; /* the elements themselves are wanted in out[1] */
} arg_state;

typedef struct job {
  const arg_state *s;
  const char *in;
  char *positions, *values;
} job;

typedef union chunk {
  double align;
  char bytes[CHUNK * 8];
} chunk;

static void put_position(const job *j, int64_t at, int64_t position) {
  if (j->s->wide) {
    ((int64_t *)(void *)j->positions)[at] = position;
  } else {
    ((int32_t *)(void *)j->positions)[at] = (int32_t)position;
  }
}

static const void *load(const arg_state *s, const char *from, int64_t m, chunk *buffer) {
  if (s->load == NULL) {
    return from;
  }
  s->load(from, buffer->bytes, m);
  return buffer->bytes;
}

/* A row's extreme is found by the vector kernel, its position by looking for it. */
#define SCAN_ROW(suffix, type, start_largest, start_smallest)                                                \
  static int64_t scan_row_##suffix(const arg_state *s, const char *row) {                                    \
    const type start = s->smallest ? (type)(start_smallest) : (type)(start_largest);                         \
    chunk buffer;                                                                                            \
    type best = start;                                                                                       \
    int64_t position = 0;                                                                                    \
    for (int64_t i = 0; i < s->n; i += CHUNK) {                                                              \
      const int64_t m = s->n - i < CHUNK ? s->n - i : CHUNK;                                                 \
      const type *x = load(s, row + (size_t)i * s->size, m, &buffer);                                        \
      type extreme = start;                                                                                  \
      s->fold.row(x, m, &extreme);                                                                           \
      const bool better = extreme != extreme || (s->smallest ? extreme < best : extreme > best);             \
      if (!better) {                                                                                         \
        continue;                                                                                            \
      }                                                                                                      \
      for (position = 0; x[position] != extreme && x[position] == x[position];) {                            \
        ++position;                                                                                          \
      }                                                                                                      \
      position += i;                                                                                         \
      best = extreme;                                                                                        \
      if (best != best) {                                                                                    \
        break;                                                                                               \
      }                                                                                                      \
    }                                                                                                        \
    return position;                                                                                         \
  }

/* m neighbouring columns at once. */
#define SCAN_COLUMNS(suffix, type)                                                                           \
  static void scan_columns_##suffix(const arg_state *s, const char *first, int64_t m, int64_t *position) {   \
    chunk buffer, kept;                                                                                      \
    type *best = (type *)(void *)kept.bytes;                                                                 \
    memcpy(best, load(s, first, m, &buffer), (size_t)m * sizeof(type));                                      \
    for (int64_t i = 1; i < s->n; ++i) {                                                                     \
      const type *x = load(s, first + (size_t)(i * s->inner) * s->size, m, &buffer);                         \
      for (int64_t c = 0; c < m; ++c) {                                                                      \
        const bool better = ((s->smallest ? x[c] < best[c] : x[c] > best[c]) || x[c] != x[c]) &&             \
                            best[c] == best[c];                                                              \
        best[c] = better ? x[c] : best[c];                                                                   \
        position[c] = better ? i : position[c];                                                              \
      }                                                                                                      \
    }                                                                                                        \
  }

#define SCAN(suffix, type, start_largest, start_smallest)                                                    \
  SCAN_ROW(suffix, type, start_largest, start_smallest)                                                      \
  SCAN_COLUMNS(suffix, type)
SCAN(f32, float, -INFINITY, INFINITY)
SCAN(f64, double, -INFINITY, INFINITY)
SCAN(i64, int64_t, INT64_MIN, INT64_MAX)
SCAN(u64, uint64_t, 0, UINT64_MAX)

static int64_t (*const kRows[MC_FOLD_TYPES])(const arg_state *, const char *) = {scan_row_f32, scan_row_f64,
                                                                                 scan_row_i64, scan_row_u64};
static void (*const kColumns[MC_FOLD_TYPES])(const arg_state *, const char *, int64_t, int64_t *) = {
    scan_columns_f32, scan_columns_f64, scan_columns_i64, scan_columns_u64};

/* [begin, end) counts columns: outer * inner of them. */
static void scan(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const arg_state *s = j->s;
  while (begin < end) {
    int64_t position[CHUNK] = {0};
    const int64_t column = begin % s->inner;
    const int64_t left = s->inner - column < end - begin ? s->inner - column : end - begin;
    const int64_t m = s->inner == 1 ? 1 : left < CHUNK ? left : CHUNK;
    const char *first = j->in + (size_t)(begin / s->inner * s->n * s->inner + column) * s->size;
    if (s->inner == 1) {
      position[0] = kRows[s->type](s, first);
    } else {
      kColumns[s->type](s, first, m, position);
    }
    for (int64_t c = 0; c < m; ++c) {
      put_position(j, begin + c, position[c]);
      if (j->values != NULL) {
        memcpy(j->values + (size_t)(begin + c) * s->size,
               first + (size_t)(position[c] * s->inner + c) * s->size, s->size);
      }
    }
    begin += m;
  }
}

static int run_arg(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const arg_state *s = call->state;
  job j = {.s = s, .in = in[0], .positions = out[0], .values = s->values ? out[1] : NULL};
  const int64_t grain = PIECE / s->n < 1 ? 1 : PIECE / s->n;
  mc_parallel_for(s->outer * s->inner, grain, scan, &j);
  return 0;
}

static int axis_of(const mc_op_call *call, int *axis) {
  int64_t value = 0;
  const bool attr = call->def->variant & AXIS_ATTR;
  const int status = attr ? mc_need_int(call, "dimension", &value) : mc_need_scalar(call, 1, &value);
  if (status != 0) {
    return status;
  }
  return mc_check_axis(call, attr ? "attribute dimension" : "input dimension", value,
                       call->in[0].desc.shape.rank, axis);
}

static int infer_arg(mc_op_call *call) {
  const int variant = call->def->variant;
  const mc_desc *x = &call->in[0].desc;
  int axis = 0;
  const int status = axis_of(call, &axis);
  char text[MC_SHAPE_TEXT];
  if (status != 0) {
    return status;
  }
  if (x->shape.dims[axis] < 1) {
    return mc_op_error(call, "x has shape %.100s: axis %d has no elements to choose from",
                       mc_shape_text(&x->shape, text), axis);
  }
  mc_desc y = *x;
  if (variant & WITH_VALUE && mc_attrs_bool(call->attrs, "keep_dims", false)) {
    y.shape.dims[axis] = 1;
  } else {
    memmove(&y.shape.dims[axis], &y.shape.dims[axis + 1],
            sizeof(y.shape.dims[0]) * (size_t)(x->shape.rank - axis - 1));
    --y.shape.rank;
  }
  call->out[0].desc = y;
  if (variant & WITH_VALUE) {
    call->out[1].desc = y;
  }
  int dtype = MC_INT32;
  if (!(variant & INT32_RESULT)) {
    dtype = mc_attrs_dtype(call->attrs, "dtype", (int)mc_attrs_int(call->attrs, "dtype", MC_INT64));
    if (dtype != MC_INT32 && dtype != MC_INT64) {
      return mc_op_error(call, "attribute dtype is %s; it must be DT_INT32 or DT_INT64",
                         mc_dtype_name(dtype));
    }
  }
  call->out[0].desc.dtype = dtype;
  return mc_check_sizes(call);
}

static int prepare_arg(mc_op_call *call) {
  int axis = 0;
  const int status = axis_of(call, &axis);
  arg_state *s = mc_op_alloc(call, sizeof(*s));
  if (status != 0 || s == NULL) {
    return status != 0 ? status : mc_op_error(call, "out of memory while preparing");
  }
  const mc_desc *x = &call->in[0].desc;
  s->n = x->shape.dims[axis];
  s->outer = mc_dims_product(&x->shape, 0, axis);
  s->inner = mc_dims_product(&x->shape, axis + 1, x->shape.rank);
  if (s->outer == 0 || s->inner == 0) {
    s->outer = 0;
    s->inner = 1;
  }
  s->smallest = call->def->variant & SMALLEST;
  s->type = x->dtype == MC_DOUBLE               ? MC_FOLD_F64
            : mc_dtype_is_float(x->dtype)       ? MC_FOLD_F32
            : MC_T_UNSIGNED >> x->dtype & 1 ? MC_FOLD_U64
                                                : MC_FOLD_I64;
  static const int kComputed[MC_FOLD_TYPES] = {MC_FLOAT, MC_DOUBLE, MC_INT64, MC_UINT64};
  s->load = x->dtype == kComputed[s->type] ? NULL : mc_convert_for(x->dtype, kComputed[s->type]);
  s->fold = MC_ISA_PICK(mc_reduce_kernels)->fold[s->smallest ? MC_FOLD_MIN : MC_FOLD_MAX][s->type];
  s->size = mc_dtype_size(x->dtype);
  s->wide = call->out[0].desc.dtype == MC_INT64;
  s->values = call->def->variant & WITH_VALUE;
  mc_op_cost(call, 50 + (double)s->outer * (double)s->n * (double)s->inner * 0.6);
  call->state = s;
  call->run = run_arg;
  return 0;
}

#define BY_INPUT(name, kind)                                                                                 \
  {.type = (name), .inputs = "x dimension", .outputs = "y", .dtypes = MC_T_NUMBERS, .value_inputs = 2,       \
   .infer = infer_arg, .prepare = prepare_arg, .variant = (kind)}
#define BY_ATTR(name, outs, types, kind)                                                                     \
  {.type = (name), .inputs = "x", .outputs = (outs), .dtypes = (types), .infer = infer_arg,                  \
   .prepare = prepare_arg, .variant = (kind) | AXIS_ATTR | INT32_RESULT}
#define VALUED (MC_T_FLOATS | MC_DTYPE_BIT(MC_INT32) | MC_DTYPE_BIT(MC_INT64))

static const mc_op_def kOps[] = {
    BY_INPUT("ArgMaxV2", LARGEST),
    BY_INPUT("ArgMin", SMALLEST),
    BY_ATTR("ArgMaxD", "y", MC_T_FLOATS, LARGEST),
    BY_ATTR("ArgMinD", "y", MC_T_FLOATS, SMALLEST),
    BY_ATTR("ArgMaxWithValue", "indice values", VALUED, LARGEST | WITH_VALUE),
    BY_ATTR("ArgMinWithValue", "indice values", VALUED, SMALLEST | WITH_VALUE),
};

MC_OP_FAMILY(arg, kOps);
