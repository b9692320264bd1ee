/* AddN: the sum of any number of tensors of one shape, rounded once. */

#include "engine/engine.h"
#include "ops/family.h"
#include "ops/isa.h"
#include "ops/isa/map.h"

MC_ISA_DECLARE(mc_binary_table, mc_binary_kernels);

enum { TILE = 1024, PIECE = 1 << 15 };

typedef struct sum_state {
  mc_map_params params; /* first: the kernel reads it through call->state */
  mc_op_tile *add;
  mc_convert *load, *store; /* between the stored type and the one sums are made in */
  size_t size;
} sum_state;

typedef struct job {
  const mc_op_call *call;
  const void *const *in;
  char *out;
} job;

static void sum(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const sum_state *s = j->call->state;
  union {
    double align;
    char bytes[TILE * 8];
  } total, term;
  for (int64_t i = begin; i < end; i += TILE) {
    const int64_t m = end - i < TILE ? end - i : TILE;
    const size_t at = (size_t)i * s->size;
    s->load((const char *)j->in[0] + at, total.bytes, m);
    for (int k = 1; k < j->call->n_in; ++k) {
      s->load((const char *)j->in[k] + at, term.bytes, m);
      const void *const operands[2] = {total.bytes, term.bytes};
      s->add(j->call, operands, total.bytes, m, 0);
    }
    s->store(total.bytes, j->out + at, m);
  }
}

static int run_sum(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  job j = {call, in, out[0]};
  mc_parallel_for(mc_shape_count(&call->out[0].desc.shape), PIECE, sum, &j);
  return 0;
}

static int infer_sum(mc_op_call *call) {
  char text_a[MC_SHAPE_TEXT];
  char text_b[MC_SHAPE_TEXT];
  const int64_t wanted = mc_attrs_int(call->attrs, "N", call->n_in);
  if (wanted != call->n_in) {
    return mc_op_error(call, "attribute N is %lld, but there are %d inputs", (long long)wanted, call->n_in);
  }
  const mc_desc *x = &call->in[0].desc;
  for (int i = 1; i < call->n_in; ++i) {
    const mc_desc *y = &call->in[i].desc;
    if (y->dtype != x->dtype || !mc_shape_equal(&x->shape, &y->shape)) {
      return mc_op_error(call, "input %d is %s %.80s; every input must be like the first, %s %.80s", i,
                         mc_dtype_name(y->dtype), mc_shape_text(&y->shape, text_b), mc_dtype_name(x->dtype),
                         mc_shape_text(&x->shape, text_a));
    }
  }
  call->out[0].desc = *x;
  return 0;
}

static int prepare_sum(mc_op_call *call) {
  const int stored = call->in[0].desc.dtype;
  const int computed = mc_compute_dtype(stored);
  sum_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory while preparing");
  }
  s->add = MC_ISA_PICK(mc_binary_kernels)->at[MC_BINARY_ADD][mc_lane_of(computed)];
  s->load = mc_convert_for(stored, computed);
  s->store = mc_convert_for(computed, stored);
  s->size = mc_dtype_size(stored);
  mc_op_cost(call, 30 + (double)mc_shape_count(&call->out[0].desc.shape) * call->n_in * 0.3);
  call->state = s;
  call->run = run_sum;
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "AddN", .inputs = "x*", .outputs = "y", .dtypes = MC_T_NUMBERS, .inplace = 1, .infer = infer_sum,
     .prepare = prepare_sum},
};

MC_OP_FAMILY(add_n, kOps);
