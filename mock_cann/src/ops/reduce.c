/* Reductions over any set of axes. Accumulators are wider than the elements, see isa/reduce.h; the result is rounded
 * once. An empty list of axes reduces nothing, except where noop_with_empty_axes is false. */
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "ops/axes.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/isa.h"
#include "ops/isa/reduce.h"

MC_ISA_DECLARE(mc_reduce_table, mc_reduce_kernels);

enum { CHUNK = 1024, PIECE = 1 << 16, MEAN = MC_FOLD_KINDS, ALL, ANY };

typedef struct reduce_state {
  mc_axes_plan plan;
  mc_fold fold;
  mc_convert *load, *store; /* NULL: the types agree */
  size_t in_size, acc_size, out_size;
  int acc_dtype;
  char start[8]; /* the accumulator of nothing */
  bool mean;
  int64_t partials; /* pieces of one long row that are folded apart */
} reduce_state;

typedef struct job {
  const reduce_state *s;
  const char *in;
  char *out;
  char *partials;
} job;

typedef union chunk {
  double align;
  char bytes[CHUNK * 8];
} chunk;

/* Steps through `rank` stretches; false after the last one. */
static bool step(int rank, const int64_t *dims, const int64_t *strides, int64_t *index, int64_t *offset) {
  for (int d = rank - 1; d >= 0; --d) {
    *offset += strides[d];
    if (++index[d] < dims[d]) {
      return true;
    }
    *offset -= strides[d] * dims[d];
    index[d] = 0;
  }
  return false;
}

static int64_t offset_of(int64_t position, int rank, const int64_t *dims, const int64_t *strides) {
  int64_t offset = 0;
  for (int d = rank - 1; d >= 0; --d) {
    offset += position % dims[d] * strides[d];
    position /= dims[d];
  }
  return offset;
}

static void fold_row(const reduce_state *s, const char *in, int64_t n, void *acc) {
  if (s->load == NULL) {
    s->fold.row(in, n, acc);
    return;
  }
  chunk buffer;
  for (int64_t i = 0; i < n; i += CHUNK) {
    const int64_t m = n - i < CHUNK ? n - i : CHUNK;
    s->load(in + (size_t)i * s->in_size, buffer.bytes, m);
    s->fold.row(buffer.bytes, m, acc);
  }
}

static void fold_rows(const reduce_state *s, const char *in, int64_t n, int64_t count, int64_t stride, void *acc) {
  if (s->load == NULL) {
    s->fold.rows(in, n, count, stride, acc);
    return;
  }
  chunk buffer;
  for (int64_t row = 0; row < count; ++row) {
    s->load(in + (size_t)(row * stride) * s->in_size, buffer.bytes, n);
    s->fold.rows(buffer.bytes, n, 1, 0, acc);
  }
}

/* Accumulators become results at out[0..n). */
static void finish(const reduce_state *s, void *acc, int64_t n, char *out) {
  const int64_t count = s->plan.reduced_count;
  for (int64_t i = 0; s->mean && i < n; ++i) {
    if (s->acc_dtype == MC_DOUBLE) {
      ((double *)acc)[i] /= (double)count;
    } else if (s->acc_dtype == MC_INT64) {
      ((int64_t *)acc)[i] = count == 0 ? 0 : ((int64_t *)acc)[i] / count;
    } else {
      ((uint64_t *)acc)[i] = count == 0 ? 0 : ((uint64_t *)acc)[i] / (uint64_t)count;
    }
  }
  if (s->store != NULL) {
    s->store(acc, out, n);
  } else {
    memcpy(out, acc, (size_t)n * s->out_size);
  }
}

static void start(const reduce_state *s, char *acc, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    memcpy(acc + (size_t)i * s->acc_size, s->start, s->acc_size);
  }
}

/* Results whose elements lie together: each is one or more contiguous rows. */
static void reduce_inner(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const reduce_state *s = j->s;
  const mc_axes_plan *p = &s->plan;
  const int outer = p->reduced - 1;
  const int64_t length = p->reduced_count == 0 ? 0 : p->reduced_dims[outer];
  chunk acc;
  while (begin < end) {
    const int64_t m = end - begin < CHUNK ? end - begin : CHUNK;
    start(s, acc.bytes, m);
    for (int64_t i = 0; i < m && length > 0; ++i) {
      int64_t index[MC_MAX_RANK] = {0};
      int64_t offset = offset_of(begin + i, p->kept, p->kept_dims, p->kept_strides);
      do {
        fold_row(s, j->in + (size_t)offset * s->in_size, length, acc.bytes + (size_t)i * s->acc_size);
      } while (step(outer, p->reduced_dims, p->reduced_strides, index, &offset));
    }
    finish(s, acc.bytes, m, j->out + (size_t)begin * s->out_size);
    begin += m;
  }
}

/* Neighbouring results come from neighbouring elements: whole stretches are folded element by element. */
static void reduce_outer(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const reduce_state *s = j->s;
  const mc_axes_plan *p = &s->plan;
  const int64_t length = p->kept == 0 ? 1 : p->kept_dims[p->kept - 1];
  const int outer = p->kept == 0 ? 0 : p->kept - 1;
  const int inner = p->reduced == 0 ? 0 : p->reduced - 1;
  const int64_t rows = p->reduced == 0 ? 1 : p->reduced_dims[inner];
  const int64_t stride = p->reduced == 0 ? 0 : p->reduced_strides[inner];
  chunk acc;
  while (begin < end) {
    const int64_t column = begin % length;
    const int64_t left = length - column < end - begin ? length - column : end - begin;
    const int64_t m = left < CHUNK ? left : CHUNK;
    int64_t index[MC_MAX_RANK] = {0};
    int64_t offset = offset_of(begin / length, outer, p->kept_dims, p->kept_strides) + column;
    start(s, acc.bytes, m);
    do {
      fold_rows(s, j->in + (size_t)offset * s->in_size, m, rows, stride, acc.bytes);
    } while (step(inner, p->reduced_dims, p->reduced_strides, index, &offset));
    finish(s, acc.bytes, m, j->out + (size_t)begin * s->out_size);
    begin += m;
  }
}

/* One long row: its pieces are folded apart, on as many threads as there are, and joined in order. */
static void reduce_pieces(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const reduce_state *s = j->s;
  for (int64_t i = begin; i < end; ++i) {
    const int64_t left = s->plan.reduced_count - i * PIECE;
    char *acc = j->partials + (size_t)i * s->acc_size;
    start(s, acc, 1);
    fold_row(s, j->in + (size_t)(i * PIECE) * s->in_size, left < PIECE ? left : PIECE, acc);
  }
}

/* Accumulators are folded with the kernels of their own type. */
static void join_pieces(const reduce_state *s, char *partials, char *out, int kind) {
  const mc_fold_type type = s->acc_dtype == MC_DOUBLE  ? MC_FOLD_F64
                            : s->acc_dtype == MC_FLOAT ? MC_FOLD_F32
                            : s->acc_dtype == MC_INT64 ? MC_FOLD_I64
                                                       : MC_FOLD_U64;
  chunk acc;
  start(s, acc.bytes, 1);
  MC_ISA_PICK(mc_reduce_kernels)->fold[kind][type].row(partials, s->partials, acc.bytes);
  finish(s, acc.bytes, 1, out);
}

static mc_fold_kind fold_of(int variant) {
  return variant == MEAN  ? MC_FOLD_SUM
         : variant == ALL ? MC_FOLD_MIN
         : variant == ANY ? MC_FOLD_MAX
                          : (mc_fold_kind)variant;
}

static int run_reduce(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const reduce_state *s = call->state;
  job j = {s, in[0], out[0], scratch};
  if (s->partials > 0) {
    mc_parallel_for(s->partials, 1, reduce_pieces, &j);
    join_pieces(s, scratch, out[0], fold_of(call->def->variant));
  } else if (s->plan.kept_count > 0) {
    /* Pieces of about PIECE elements read. */
    const int64_t each = s->plan.reduced_count < 1 ? 1 : s->plan.reduced_count;
    const int64_t grain = PIECE / each < 1 ? 1 : PIECE / each;
    const bool inner = s->plan.inner_reduced || s->plan.reduced_count == 0;
    mc_parallel_for(s->plan.kept_count, grain, inner ? reduce_inner : reduce_outer, &j);
  }
  return 0;
}

static void set_start(reduce_state *s, mc_fold_kind kind) {
  static const double kDouble[MC_FOLD_KINDS] = {0, 1, -INFINITY, INFINITY};
  static const float kFloat[MC_FOLD_KINDS] = {0, 1, -INFINITY, INFINITY};
  static const int64_t kSigned[MC_FOLD_KINDS] = {0, 1, INT64_MIN, INT64_MAX};
  static const uint64_t kUnsigned[MC_FOLD_KINDS] = {0, 1, 0, UINT64_MAX};
  const void *from = s->acc_dtype == MC_DOUBLE  ? (const void *)&kDouble[kind]
                     : s->acc_dtype == MC_FLOAT ? (const void *)&kFloat[kind]
                     : s->acc_dtype == MC_INT64 ? (const void *)&kSigned[kind]
                                                : (const void *)&kUnsigned[kind];
  memcpy(s->start, from, s->acc_size);
}

/* The reduced axes, whichever way the operator takes them. */
static int axes_of(const mc_op_call *call, uint32_t *set) {
  const int rank = call->in[0].desc.shape.rank;
  const bool by_attr = call->n_in == 1;
  int count = 0;
  const int status = by_attr ? mc_axes_from_attr(call, "axes", rank, set, &count)
                             : mc_axes_from_input(call, 1, rank, set, &count);
  if (status == MC_OK && count == 0 && call->def->variant == MEAN &&
      !mc_attrs_bool(call->attrs, "noop_with_empty_axes", !by_attr)) {
    *set = (1u << rank) - 1;
  }
  return status;
}

static int infer_reduce(mc_op_call *call) {
  uint32_t set = 0;
  const int status = axes_of(call, &set);
  if (status != MC_OK) {
    return status;
  }
  const bool keep = mc_attrs_bool(call->attrs, "keep_dims", false);
  const mc_desc *x = &call->in[0].desc;
  mc_desc *y = &call->out[0].desc;
  *y = *x;
  y->shape.rank = 0;
  for (int d = 0; d < x->shape.rank; ++d) {
    if (!(set >> d & 1)) {
      y->shape.dims[y->shape.rank++] = x->shape.dims[d];
    } else if (keep) {
      y->shape.dims[y->shape.rank++] = 1;
    }
  }
  return mc_check_sizes(call);
}

static int prepare_reduce(mc_op_call *call) {
  uint32_t set = 0;
  const int status = axes_of(call, &set);
  reduce_state *s = mc_op_alloc(call, sizeof(*s));
  if (status != MC_OK || s == NULL) {
    return status != MC_OK ? status : mc_op_error(call, "out of memory while preparing");
  }
  const int stored = call->in[0].desc.dtype;
  const mc_fold_kind kind = fold_of(call->def->variant);
  const bool single = stored != MC_DOUBLE && kind != MC_FOLD_PROD;
  const mc_fold_type type = mc_dtype_is_float(stored)         ? (single ? MC_FOLD_F32 : MC_FOLD_F64)
                            : MC_T_UNSIGNED >> stored & 1 ? MC_FOLD_U64
                                                              : MC_FOLD_I64;
  static const int kComputed[MC_FOLD_TYPES] = {MC_FLOAT, MC_DOUBLE, MC_INT64, MC_UINT64};
  const int computed = kComputed[type];
  mc_axes_plan_make(&s->plan, &call->in[0].desc.shape, set);
  s->fold = MC_ISA_PICK(mc_reduce_kernels)->fold[kind][type];
  s->acc_dtype = type == MC_FOLD_F32 && kind == MC_FOLD_SUM ? MC_DOUBLE : computed;
  s->load = stored == computed ? NULL : mc_convert_for(stored, computed);
  s->store = s->acc_dtype == stored ? NULL : mc_convert_for(s->acc_dtype, stored);
  s->in_size = s->out_size = mc_dtype_size(stored);
  s->acc_size = mc_dtype_size(s->acc_dtype);
  s->mean = call->def->variant == MEAN;
  set_start(s, kind);
  if (s->plan.kept_count == 1 && s->plan.reduced == 1 && s->plan.reduced_count >= 2 * PIECE) {
    s->partials = (s->plan.reduced_count + PIECE - 1) / PIECE;
    call->scratch = (size_t)s->partials * s->acc_size;
  }
  const double ns = 30 + (double)s->plan.kept_count * 15 +
                    (double)s->plan.kept_count * (double)s->plan.reduced_count * (s->load == NULL ? 0.15 : 0.4);
  call->cost_ns = ns > 4e9 ? UINT32_MAX : (uint32_t)ns;
  call->state = s;
  call->run = run_reduce;
  return MC_OK;
}

#define REDUCE(name, kind, types)                                                                            \
  {.type = (name), .inputs = "x axes", .outputs = "y", .dtypes = (types), .value_inputs = 2,                 \
   .infer = infer_reduce, .prepare = prepare_reduce, .variant = (kind)}
#define REDUCE_D(name, kind, types)                                                                          \
  {.type = (name), .inputs = "x", .outputs = "y", .dtypes = (types), .infer = infer_reduce,                  \
   .prepare = prepare_reduce, .variant = (kind)}
#define SMALL (MC_T_FLOATS | MC_DTYPE_BIT(MC_INT8) | MC_DTYPE_BIT(MC_UINT8) | MC_DTYPE_BIT(MC_INT32))

static const mc_op_def kOps[] = {
    REDUCE("ReduceSum", MC_FOLD_SUM, MC_T_NUMBERS),
    REDUCE_D("ReduceSumD", MC_FOLD_SUM, MC_T_FLOATS),
    REDUCE("ReduceMean", MEAN, MC_T_NUMBERS),
    REDUCE_D("ReduceMeanD", MEAN, MC_T_FLOATS),
    REDUCE("ReduceMax", MC_FOLD_MAX, MC_T_NUMBERS),
    REDUCE_D("ReduceMaxD", MC_FOLD_MAX, SMALL),
    REDUCE("ReduceMin", MC_FOLD_MIN, MC_T_NUMBERS),
    REDUCE_D("ReduceMinD", MC_FOLD_MIN, SMALL),
    REDUCE("ReduceProd", MC_FOLD_PROD, MC_T_NUMBERS),
    REDUCE_D("ReduceProdD", MC_FOLD_PROD, SMALL),
    REDUCE("ReduceAll", ALL, MC_T_BOOL),
    REDUCE_D("ReduceAllD", ALL, MC_T_BOOL),
    REDUCE("ReduceAny", ANY, MC_T_BOOL),
    REDUCE_D("ReduceAnyD", ANY, MC_T_BOOL),
};

MC_OP_FAMILY(reduce, kOps);
