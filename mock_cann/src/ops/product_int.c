/* Products of int8 and int32 matrices in wrapping int32: each row of the result is a sum of rows of b, which
 * are widened into scratch first unless they lie there as needed. */
#include "engine/engine.h"
#include "engine/status.h"
#include "ops/isa.h"
#include "ops/isa/gemm.h"
#include "ops/product.h"

#include <string.h>

MC_ISA_DECLARE(mc_gemm_table, mc_gemm_table);

enum { WORK = 64 << 10 };

typedef struct job {
  const mc_product *p;
  const void *const *in;
  const int32_t *rows; /* widened b, batch by batch; NULL: in[1] itself */
  int32_t *widened, *out;
  int32_t alpha, beta;
} job;

static int32_t value_at(const void *data, int dtype, int64_t at) {
  return dtype == MC_INT8 ? ((const int8_t *)data)[at] : ((const int32_t *)data)[at];
}

static bool in_place(const mc_product *p) {
  return p->b.dtype == MC_INT32 && p->b.col == 1;
}

size_t mc_product_scratch_ints(const mc_product *p) {
  int64_t size = 0;
  if (in_place(p) || __builtin_mul_overflow(p->k, p->n, &size) ||
      __builtin_mul_overflow(size, p->batches, &size) ||
      __builtin_mul_overflow(size, (int64_t)sizeof(int32_t), &size)) {
    return 0;
  }
  return (size_t)size;
}

static void widen_rows(void *arg, int64_t begin, int64_t end) {
  const job *work = arg;
  const mc_product *p = work->p;
  for (int64_t r = begin; r < end; ++r) {
    const int64_t first = p->b_at[r / p->k] + r % p->k * p->b.row;
    for (int64_t j = 0; j < p->n; ++j) {
      work->widened[r * p->n + j] = value_at(work->in[1], p->b.dtype, first + j * p->b.col);
    }
  }
}

static int32_t wrapping(int32_t a, int32_t b, int32_t c) {
  return (int32_t)((uint32_t)a * (uint32_t)b + (uint32_t)c);
}

static void multiply_rows(void *arg, int64_t begin, int64_t end) {
  const job *work = arg;
  const mc_product *p = work->p;
  const mc_gemm_table *isa = MC_ISA_PICK(mc_gemm_table);
  for (int64_t r = begin; r < end; ++r) {
    const int64_t batch = r / p->m;
    const int64_t i = r % p->m;
    int32_t *y = work->out + r * p->n;
    memset(y, 0, sizeof(*y) * (size_t)p->n);
    for (int64_t d = 0; d < p->k; ++d) {
      const int32_t x = value_at(work->in[0], p->a.dtype, p->a_at[batch] + i * p->a.row + d * p->a.col);
      const int32_t *b = work->rows == NULL ? (const int32_t *)work->in[1] + p->b_at[batch] + d * p->b.row
                                            : work->rows + (batch * p->k + d) * p->n;
      isa->add_row_i32(x, b, p->n, y);
    }
    for (int64_t j = 0; j < p->n && p->alpha >= 0; ++j) {
      y[j] = wrapping(work->alpha, y[j], 0);
    }
    for (int64_t j = 0; j < p->n && p->addend >= 0; ++j) {
      const int64_t at = i * p->addend_as.row + j * p->addend_as.col;
      y[j] = wrapping(work->beta, value_at(work->in[p->addend], p->addend_as.dtype, at), y[j]);
    }
  }
}

int mc_product_run_ints(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const mc_product *p = &((const mc_product_state *)call->state)->product;
  job work = {.p = p, .in = in, .out = out[0], .alpha = 1, .beta = 1};
  if (p->batches == 0 || p->m == 0 || p->n == 0) {
    return MC_OK;
  }
  if (p->alpha >= 0) {
    work.alpha = value_at(in[p->alpha], call->in[p->alpha].desc.dtype, 0);
    work.beta = value_at(in[p->beta], call->in[p->beta].desc.dtype, 0);
  }
  if (!in_place(p) && p->k > 0) {
    work.rows = work.widened = scratch;
    mc_parallel_for(p->batches * p->k, WORK / (p->n + 1) + 1, widen_rows, &work);
  }
  const double row = (double)p->n * (double)(p->k + 1);
  mc_parallel_for(p->batches * p->m, row > WORK ? 1 : (int64_t)(WORK / (row + 1)) + 1, multiply_rows, &work);
  return MC_OK;
}
