/*
 * Norms over axes: LpNorm and LpNormV2 give them, GlobalLpPool those of all axes behind the channels,
 * L2Normalize divides by them. p of 0 counts what is not zero; infinite ones take the largest or smallest
 * magnitude (LpNorm writes them as the largest and smallest int32).
 */
#include <math.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/axes.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/widen.h"

enum { NORM, NORM_V2, GLOBAL, NORMALIZE, WORK = 8 << 10 };

typedef struct lp_state {
  mc_axes_plan plan;
  double p;
  float epsilon;
  bool divide;
} lp_state;

typedef struct job {
  const lp_state *s;
  const float *x;
  float *y;
} job;

static void add_row(double p, const float *x, int64_t n, int64_t stride, double *sum) {
  double total = *sum;
  for (int64_t i = 0; i < n; ++i) {
    const double a = fabs((double)x[i * stride]);
    if (p == 2) {
      total += a * a;
    } else if (p == 1) {
      total += a;
    } else if (isinf(p)) {
      total = a != a || (p > 0 ? a > total : a < total) ? a : total;
    } else {
      total += p == 0 ? a != 0 : pow(a, p);
    }
  }
  *sum = total;
}

/* The offset of index `at` in `dims` with `strides`, without the last `skip` of them. */
static int64_t offset_of(int64_t at, int count, const int64_t *dims, const int64_t *strides) {
  int64_t offset = 0;
  for (int i = count - 1; i >= 0; --i) {
    offset += at % dims[i] * strides[i];
    at /= dims[i];
  }
  return offset;
}

/* Calls for every innermost stretch of the reduced axes: where it begins. */
#define EACH_STRETCH(plan, base, at)                                                                         \
  for (int64_t r_ = 0, at = (base); r_ < stretches(plan) &&                                                  \
                                    (at = (base) + offset_of(r_, (plan)->reduced - 1, (plan)->reduced_dims,  \
                                                             (plan)->reduced_strides),                       \
                                    true);                                                                   \
       ++r_)

static int64_t stretches(const mc_axes_plan *plan) {
  return plan->reduced == 0 ? 1 : plan->reduced_count / plan->reduced_dims[plan->reduced - 1];
}

static void take_norms(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const mc_axes_plan *plan = &j->s->plan;
  const double p = j->s->p;
  const int64_t n = plan->reduced == 0 ? 1 : plan->reduced_dims[plan->reduced - 1];
  const int64_t stride = plan->reduced == 0 ? 1 : plan->reduced_strides[plan->reduced - 1];
  for (int64_t at = begin; at < end; ++at) {
    const int64_t base = offset_of(at, plan->kept, plan->kept_dims, plan->kept_strides);
    double sum = p < 0 && isinf(p) ? INFINITY : 0;
    EACH_STRETCH(plan, base, from) { add_row(p, j->x + from, n, stride, &sum); }
    if (!j->s->divide) {
      j->y[at] = (float)(isinf(p) || p == 0 || p == 1 ? sum : p == 2 ? sqrt(sum) : pow(sum, 1 / p));
      continue;
    }
    const float factor = (float)(1 / sqrt(sum > (double)j->s->epsilon ? sum : (double)j->s->epsilon));
    EACH_STRETCH(plan, base, from) {
      for (int64_t i = 0; i < n; ++i) {
        j->y[from + i * stride] = j->x[from + i * stride] * factor;
      }
    }
  }
}

static int run_lp(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const lp_state *s = call->state;
  job j = {s, in[0], out[0]};
  if (s->plan.reduced_count == 0) {
    const int64_t count = mc_shape_count(&call->out[0].desc.shape);
    for (int64_t i = 0; i < count; ++i) {
      j.y[i] = isinf(s->p) && s->p < 0 ? INFINITY : 0;
    }
    return MC_OK;
  }
  mc_parallel_for(s->plan.kept_count, WORK / (s->plan.reduced_count + 1) + 1, take_norms, &j);
  return MC_OK;
}

static double order_of(const mc_op_call *call) {
  if (call->def->variant == NORM) {
    const int64_t p = mc_attrs_int(call->attrs, "p", 2);
    return p >= INT32_MAX ? INFINITY : p <= INT32_MIN ? -INFINITY : (double)p;
  }
  return call->def->variant == NORMALIZE ? 2 : (double)mc_attrs_float(call->attrs, "p", 2.0f);
}

/* No axes mean all of them. */
static int axes_of(const mc_op_call *call, uint32_t *set) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const char *name = call->def->variant == NORMALIZE ? "axis" : "axes";
  const uint32_t all = (1u << x->rank) - 1;
  int count = 0;
  if (call->def->variant == GLOBAL) {
    *set = all & ~3u;
    return x->rank >= 3 ? MC_OK
                        : mc_op_error(call, "x %.160s has rank %d; it must be at least 3",
                                      mc_shape_text(x, text), x->rank);
  }
  *set = 0;
  const int status = mc_attrs_find(call->attrs, name) == NULL
                         ? MC_OK
                         : mc_axes_from_attr(call, name, x->rank, set, &count);
  *set = count == 0 ? all : *set;
  return status;
}

static int lp_infer(mc_op_call *call) {
  uint32_t set = 0;
  const int status = axes_of(call, &set);
  if (status != MC_OK) {
    return status;
  }
  const mc_desc *x = &call->in[0].desc;
  mc_desc *y = &call->out[0].desc;
  *y = *x;
  if (call->def->variant == NORMALIZE) {
    return MC_OK;
  }
  const bool keep = call->def->variant == GLOBAL || mc_attrs_bool(call->attrs, "keepdim", false);
  y->shape.rank = 0;
  for (int i = 0; i < x->shape.rank; ++i) {
    if ((set >> i & 1) == 0 || keep) {
      y->shape.dims[y->shape.rank++] = set >> i & 1 ? 1 : x->shape.dims[i];
    }
  }
  return mc_check_sizes(call);
}

static int lp_prepare(mc_op_call *call) {
  lp_state *s = mc_op_alloc(call, sizeof(*s));
  uint32_t set = 0;
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = axes_of(call, &set);
  mc_axes_plan_make(&s->plan, &call->in[0].desc.shape, set);
  s->p = order_of(call);
  s->epsilon = mc_attrs_float(call->attrs, "eps", 1e-4f);
  s->divide = call->def->variant == NORMALIZE;
  mc_op_cost(call, 100 + (double)mc_shape_count(&call->in[0].desc.shape) * (s->p == 1 || s->p == 2 ? 1 : 30));
  call->state = s;
  return status != MC_OK ? status : mc_widen_prepare(call, run_lp, 1u, 1u);
}

#define LP(name, kind)                                                                                       \
  {.type = (name), .inputs = "x", .outputs = "y", .dtypes = MC_T_FLOATS, .infer = lp_infer,                  \
   .prepare = lp_prepare, .variant = (kind)}

static const mc_op_def kOps[] = {
    LP("LpNorm", NORM),
    LP("LpNormV2", NORM_V2),
    LP("GlobalLpPool", GLOBAL),
    LP("L2Normalize", NORMALIZE),
};
MC_OP_FAMILY(lp_norm, kOps);
