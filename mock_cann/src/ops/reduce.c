/* Reductions over any set of axes. Accumulators are wider than the elements, see isa/reduce.h; the result is
 * rounded once. An empty list of axes reduces nothing, except where noop_with_empty_axes is false. */
#include <math.h>
#include <string.h>

#include "ops/checks.h"
#include "engine/status.h"
#include "ops/family.h"
#include "ops/isa.h"
#include "ops/reduction.h"

MC_ISA_DECLARE(mc_reduce_table, mc_reduce_kernels);

/* Operators that are a fold and something more. */
enum { MEAN = MC_FOLD_KINDS, ALL, ANY };

static mc_fold_kind fold_of(int variant) {
  return variant == MEAN  ? MC_FOLD_SUM
         : variant == ALL ? MC_FOLD_MIN
         : variant == ANY ? MC_FOLD_MAX
                          : (mc_fold_kind)variant;
}

static int run_reduce(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  mc_reduction_run(call->state, in[0], out[0], scratch);
  return 0;
}

static void set_start(mc_reduction *s, mc_fold_kind kind) {
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
  mc_reduction *s = mc_op_alloc(call, sizeof(*s));
  if (status != MC_OK || s == NULL) {
    return status != MC_OK ? status : mc_op_error(call, "out of memory while preparing");
  }
  const int stored = call->in[0].desc.dtype;
  const mc_fold_kind kind = fold_of(call->def->variant);
  const bool single = stored != MC_DOUBLE && kind != MC_FOLD_PROD;
  const mc_fold_type type = mc_dtype_is_float(stored)     ? (single ? MC_FOLD_F32 : MC_FOLD_F64)
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
  s->kind = kind;
  set_start(s, kind);
  if (s->plan.kept_count == 1 && s->plan.reduced == 1 && s->plan.reduced_count >= 2 * MC_REDUCTION_PIECE) {
    s->partials = (s->plan.reduced_count + MC_REDUCTION_PIECE - 1) / MC_REDUCTION_PIECE;
    call->scratch = (size_t)s->partials * s->acc_size;
  }
  const double ns =
      30 + (double)s->plan.kept_count * 15 +
      (double)s->plan.kept_count * (double)s->plan.reduced_count * (s->load == NULL ? 0.15 : 0.4);
  mc_op_cost(call, ns);
  call->state = s;
  call->run = run_reduce;
  return MC_OK;
}

#define REDUCE(name, kind, types)                                                                            \
  {.type = (name),                                                                                           \
   .inputs = "x axes",                                                                                       \
   .outputs = "y",                                                                                           \
   .dtypes = (types),                                                                                        \
   .value_inputs = 2,                                                                                        \
   .infer = infer_reduce,                                                                                    \
   .prepare = prepare_reduce,                                                                                \
   .variant = (kind)}
#define REDUCE_D(name, kind, types)                                                                          \
  {.type = (name),                                                                                           \
   .inputs = "x",                                                                                            \
   .outputs = "y",                                                                                           \
   .dtypes = (types),                                                                                        \
   .infer = infer_reduce,                                                                                    \
   .prepare = prepare_reduce,                                                                                \
   .variant = (kind)}
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
