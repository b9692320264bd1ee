/* Products of floats through the GEMM seam. */
#include "ops/product.h"

#include "engine/status.h"
#include "ops/convert.h"

typedef struct arguments {
  const mc_product_state *state;
  const void *const *in;
  void *out;
  int out_dtype;
  float alpha, beta;
} arguments;

static const void *element(const void *data, int64_t at, int dtype) {
  return (const char *)data + at * (int64_t)mc_dtype_size(dtype);
}

static void select_batch(const void *context, int64_t batch, mc_gemm *gemm, mc_matrix storage[2]) {
  const arguments *args = context;
  const mc_product *p = &args->state->product;
  storage[0] = p->a;
  storage[0].data = element(args->in[0], p->a_at[batch], p->a.dtype);
  storage[1] = p->b;
  storage[1].data = element(args->in[1], p->b_at[batch], p->b.dtype);
  gemm->a = (mc_operand){mc_pack_rows, &storage[0], args->state->packed_a};
  gemm->b = (mc_operand){mc_pack_columns, &storage[1], args->state->packed_b};
  gemm->c.data = (char *)args->out + batch * p->m * p->n * (int64_t)mc_dtype_size(args->out_dtype);
  gemm->c.row = p->n;
  gemm->c.dtype = args->out_dtype;
  gemm->c.alpha = args->alpha;
  gemm->c.beta = args->beta;
  if (p->addend >= 0) {
    gemm->c.addend = p->addend_as;
    gemm->c.addend.data = args->in[p->addend];
  }
}

static float number(const mc_op_call *call, const void *const *in, int input) {
  float value = 1.0f;
  if (input >= 0) {
    mc_convert_for(call->in[input].desc.dtype, MC_FLOAT)(in[input], &value, 1);
  }
  return value;
}

static int run_floats(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const mc_product_state *state = call->state;
  const mc_product *p = &state->product;
  const arguments args = {
      state, in, out[0], call->out[0].desc.dtype, number(call, in, p->alpha), number(call, in, p->beta)};
  if (!mc_gemm_run(p->batches, p->m, p->n, p->k, select_batch, &args)) {
    return mc_op_error(call, "out of host memory for packing matrices");
  }
  return MC_OK;
}

/* A constant operand that all batches share is packed once. One row of results reads its matrix only once, so
 * packing would gain nothing. */
static int prepack(mc_op_call *call, mc_product_state *state, bool rows) {
  const mc_product *p = &state->product;
  const mc_op_value *input = &call->in[rows ? 0 : 1];
  const int64_t *at = rows ? p->a_at : p->b_at;
  const int64_t count = rows ? p->m : p->n;
  bool shared = input->value != NULL && p->batches > 0 && p->m > 1 && count > 0 && p->k > 0;
  for (int64_t i = 0; i < p->batches && shared; ++i) {
    shared = at[i] == 0;
  }
  if (!shared) {
    return MC_OK;
  }
  const int64_t size = mc_gemm_packed_size(rows, count, p->k);
  float *packed = size < 0 ? NULL : mc_op_alloc(call, sizeof(float) * (size_t)size);
  if (packed == NULL) {
    return mc_op_error(call, "out of memory for packed weights of %lld x %lld", (long long)count,
                       (long long)p->k);
  }
  mc_matrix matrix = rows ? p->a : p->b;
  matrix.data = input->value;
  const mc_operand operand = {rows ? mc_pack_rows : mc_pack_columns, &matrix, NULL};
  mc_gemm_prepack(rows, &operand, count, p->k, packed);
  *(rows ? &state->packed_a : &state->packed_b) = packed;
  return MC_OK;
}

int mc_product_prepare(mc_op_call *call, const mc_product *product) {
  mc_product_state *state = mc_op_alloc(call, sizeof(*state));
  if (state == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  state->product = *product;
  call->state = state;
  const double batches = (double)product->batches;
  mc_op_cost(call, batches * mc_gemm_cost_ns((double)product->m, (double)product->n, (double)product->k));
  if (mc_product_of_ints(product)) {
    call->run = mc_product_run_ints;
    call->scratch = mc_product_scratch_ints(product);
    return MC_OK;
  }
  call->run = run_floats;
  const int status = prepack(call, state, true);
  return status != MC_OK ? status : prepack(call, state, false);
}
