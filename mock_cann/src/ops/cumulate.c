/* Running sums and products along one axis; floats accumulate in double. */

#include "engine/engine.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"

enum { SUM_BY_INPUT, PRODUCT_BY_INPUT, SUM_BY_ATTR, PRODUCT_BY_ATTR, PIECE = 4096, CHUNK = 256 };

typedef struct run_state {
  int64_t outer, n, inner;
  bool exclusive, reverse, product, real;
  mc_convert *load, *store; /* to double or uint64 */
  size_t size;
} run_state;

typedef struct job {
  const run_state *s;
  const char *in;
  char *out;
} job;

/* m neighbouring columns step by step along the axis. */
#define CUMULATE(name, type)                                                                                 \
  static void cumulate_##name(const run_state *s, const char *in, char *out, int64_t m) {                    \
    type total[CHUNK], x[CHUNK], y[CHUNK];                                                                   \
    for (int64_t c = 0; c < m; ++c) {                                                                        \
      total[c] = s->product ? 1 : 0;                                                                         \
    }                                                                                                        \
    for (int64_t i = 0; i < s->n; ++i) {                                                                     \
      const size_t at = (size_t)((s->reverse ? s->n - 1 - i : i) * s->inner) * s->size;                      \
      s->load(in + at, x, m);                                                                                \
      for (int64_t c = 0; c < m; ++c) {                                                                      \
        const type before = total[c];                                                                        \
        total[c] = s->product ? before * x[c] : before + x[c];                                               \
        y[c] = s->exclusive ? before : total[c];                                                             \
      }                                                                                                      \
      s->store(y, out + at, m);                                                                              \
    }                                                                                                        \
  }
CUMULATE(real, double)
CUMULATE(integer, uint64_t)

static void cumulate(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const run_state *s = j->s;
  while (begin < end) {
    const int64_t column = begin % s->inner;
    const int64_t left = s->inner - column < end - begin ? s->inner - column : end - begin;
    const int64_t m = left < CHUNK ? left : CHUNK;
    const size_t first = (size_t)(begin / s->inner * s->n * s->inner + column) * s->size;
    (s->real ? cumulate_real : cumulate_integer)(s, j->in + first, j->out + first, m);
    begin += m;
  }
}

static int run_cumulate(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const run_state *s = call->state;
  job j = {s, in[0], out[0]};
  if (s->outer != 0 && s->n != 0 && s->inner != 0) {
    const int64_t grain = PIECE / s->n < 1 ? 1 : PIECE / s->n;
    mc_parallel_for(s->outer * s->inner, grain, cumulate, &j);
  }
  return 0;
}

static int axis_of(const mc_op_call *call, int *axis) {
  const bool attr = call->def->variant >= SUM_BY_ATTR;
  int64_t value = 0;
  const int status = attr ? mc_need_int(call, "axis", &value) : mc_need_scalar(call, 1, &value);
  return status != 0 ? status
                     : mc_check_axis(call, attr ? "attribute axis" : "input axis", value,
                                     call->in[0].desc.shape.rank, axis);
}

static int infer_cumulate(mc_op_call *call) {
  int axis = 0;
  call->out[0].desc = call->in[0].desc;
  return axis_of(call, &axis);
}

static int prepare_cumulate(mc_op_call *call) {
  const mc_desc *x = &call->in[0].desc;
  int axis = 0;
  const int status = axis_of(call, &axis);
  run_state *s = mc_op_alloc(call, sizeof(*s));
  if (status != 0 || s == NULL) {
    return status != 0 ? status : mc_op_error(call, "out of memory while preparing");
  }
  s->n = x->shape.dims[axis];
  s->outer = mc_dims_product(&x->shape, 0, axis);
  s->inner = mc_dims_product(&x->shape, axis + 1, x->shape.rank);
  s->exclusive = mc_attrs_bool(call->attrs, "exclusive", false);
  s->reverse = mc_attrs_bool(call->attrs, "reverse", false);
  s->product = call->def->variant == PRODUCT_BY_INPUT || call->def->variant == PRODUCT_BY_ATTR;
  s->real = mc_dtype_is_float(x->dtype);
  s->size = mc_dtype_size(x->dtype);
  const int computed = s->real ? MC_DOUBLE : MC_UINT64;
  s->load = mc_convert_for(x->dtype, computed);
  s->store = mc_convert_for(computed, x->dtype);
  mc_op_cost(call, 50 + (double)s->outer * (double)s->n * (double)s->inner * 2);
  call->state = s;
  call->run = run_cumulate;
  return 0;
}

#define BY_INPUT(name, kind)                                                                                 \
  {.type = (name), .inputs = "x axis", .outputs = "y", .dtypes = MC_T_NUMBERS, .value_inputs = 2,            \
   .inplace = 1, .infer = infer_cumulate, .prepare = prepare_cumulate, .variant = (kind)}
#define BY_ATTR(name, kind)                                                                                  \
  {.type = (name), .inputs = "x", .outputs = "y", .dtypes = MC_T_NUMBERS, .inplace = 1,                      \
   .infer = infer_cumulate, .prepare = prepare_cumulate, .variant = (kind)}

static const mc_op_def kOps[] = {
    BY_INPUT("Cumsum", SUM_BY_INPUT),
    BY_INPUT("Cumprod", PRODUCT_BY_INPUT),
    BY_ATTR("CumsumD", SUM_BY_ATTR),
    BY_ATTR("CumprodD", PRODUCT_BY_ATTR),
};

MC_OP_FAMILY(cumulate, kOps);
