/*
 * Einsum. Two operands whose labels fall into batches, rows, columns and depths are a matrix product;
 * everything else is summed element by element, in double or in wrapping integers.
 */
#include "ops/einsum.h"

#include <string.h>

#include "engine/engine.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/product.h"

typedef struct job {
  const mc_op_call *call;
  const mc_einsum *e;
  const void *wide[MC_EINSUM_OPERANDS]; /* doubles or int64 */
  char *out;
  bool integers;
} job;

static int64_t sizes_product(const mc_einsum *e, int first, int last) {
  int64_t count = 1;
  for (int i = first; i < last; ++i) {
    count *= e->sizes[i];
  }
  return count;
}

/* Where a position among labels [first, last) is in every operand, added to `at`. */
static void locate(const mc_einsum *e, int first, int last, int64_t position,
                   int64_t at[MC_EINSUM_OPERANDS]) {
  for (int label = last - 1; label >= first; --label) {
    const int64_t index = position % e->sizes[label];
    position /= e->sizes[label];
    for (int k = 0; k < e->operands; ++k) {
      at[k] += index * e->steps[k][label];
    }
  }
}

static void sum_elements(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const mc_einsum *e = j->e;
  const int dtype = j->call->out[0].desc.dtype;
  const int64_t terms = sizes_product(e, e->out_rank, e->out_rank + e->sums);
  mc_convert *store = mc_convert_for(j->integers ? MC_INT64 : MC_DOUBLE, dtype);
  for (int64_t i = begin; i < end; ++i) {
    int64_t base[MC_EINSUM_OPERANDS] = {0};
    locate(e, 0, e->out_rank, i, base);
    double real = 0;
    uint64_t whole = 0;
    for (int64_t t = 0; t < terms; ++t) {
      int64_t at[MC_EINSUM_OPERANDS];
      double product = 1;
      uint64_t factor = 1;
      memcpy(at, base, sizeof(at));
      locate(e, e->out_rank, e->out_rank + e->sums, t, at);
      for (int k = 0; k < e->operands; ++k) {
        if (j->integers) {
          factor *= ((const uint64_t *)j->wide[k])[at[k]];
        } else {
          product *= ((const double *)j->wide[k])[at[k]];
        }
      }
      real += product;
      whole += factor;
    }
    const void *value = j->integers ? (const void *)&whole : (const void *)&real;
    store(value, j->out + (size_t)i * mc_dtype_size(dtype), 1);
  }
}

static int run_sums(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const mc_einsum *e = call->state;
  job j = {.call = call, .e = e, .out = out[0], .integers = !mc_dtype_is_float(call->out[0].desc.dtype)};
  char *room = scratch;
  for (int k = 0; k < e->operands; ++k) {
    const int64_t count = mc_shape_count(&call->in[k].desc.shape);
    mc_convert_for(call->in[k].desc.dtype, j.integers ? MC_INT64 : MC_DOUBLE)(in[k], room, count);
    j.wide[k] = room;
    room += (size_t)count * 8;
  }
  const int64_t terms = sizes_product(e, e->out_rank, e->out_rank + e->sums);
  mc_parallel_for(mc_shape_count(&call->out[0].desc.shape), 4096 / (terms + 1) + 1, sum_elements, &j);
  return 0;
}

/* Labels [first, last) are one stride in operand k: a matrix' row or column. */
static bool one_stride(const mc_einsum *e, int k, int first, int last, int64_t *stride) {
  int64_t size = 1;
  *stride = 0;
  for (int i = last - 1; i >= first; --i) {
    if (e->sizes[i] == 1) {
      continue;
    }
    if (size == 1) {
      *stride = e->steps[k][i];
    } else if (e->steps[k][i] != *stride * size) {
      return false;
    }
    size *= e->sizes[i];
  }
  return true;
}

/* The end of the labels of the result, from `first` on, that the left operand has (a), the right one has (b).
 */
static int stretch(const mc_einsum *e, int first, bool a, bool b) {
  int i = first;
  while (i < e->out_rank &&
         (e->sizes[i] == 1 || ((e->steps[0][i] != 0) == a && (e->steps[1][i] != 0) == b))) {
    ++i;
  }
  return i;
}

/* The product that the equation is; false when it is none. */
static bool as_product(const mc_op_call *call, const mc_einsum *e, mc_product *p) {
  const int dtype = call->out[0].desc.dtype;
  const int all = e->out_rank + e->sums;
  if (e->operands != 2 || dtype == MC_DOUBLE || e->sums == 0 ||
      mc_shape_count(&call->out[0].desc.shape) == 0) {
    return false;
  }
  const int rows = stretch(e, 0, true, true);
  const int columns = stretch(e, rows, true, false);
  if (stretch(e, columns, false, true) != e->out_rank) {
    return false;
  }
  for (int i = e->out_rank; i < all; ++i) {
    if (e->sizes[i] != 1 && (e->steps[0][i] == 0 || e->steps[1][i] == 0)) {
      return false;
    }
  }
  *p = (mc_product){.batches = sizes_product(e, 0, rows),
                    .m = sizes_product(e, rows, columns),
                    .n = sizes_product(e, columns, e->out_rank),
                    .k = sizes_product(e, e->out_rank, all),
                    .a = {.dtype = dtype},
                    .b = {.dtype = dtype},
                    .addend = -1,
                    .alpha = -1,
                    .beta = -1};
  if (!one_stride(e, 0, rows, columns, &p->a.row) || !one_stride(e, 0, e->out_rank, all, &p->a.col) ||
      !one_stride(e, 1, e->out_rank, all, &p->b.row) || !one_stride(e, 1, columns, e->out_rank, &p->b.col)) {
    return false;
  }
  int64_t *starts = mc_op_alloc(call, 2 * sizeof(int64_t) * (size_t)(p->batches + 1));
  for (int64_t batch = 0; starts != NULL && batch < p->batches; ++batch) {
    int64_t at[MC_EINSUM_OPERANDS] = {0};
    locate(e, 0, rows, batch, at);
    starts[batch] = at[0];
    starts[p->batches + 1 + batch] = at[1];
  }
  p->a_at = starts;
  p->b_at = starts == NULL ? NULL : starts + p->batches + 1;
  return starts != NULL;
}

static int infer_einsum(mc_op_call *call) {
  mc_einsum e;
  const int status = mc_einsum_parse(call, &e);
  for (int k = 1; status == 0 && k < call->n_in; ++k) {
    if (mc_check_same_dtype(call, 0, k) != 0) {
      return 1;
    }
  }
  if (status != 0) {
    return status;
  }
  call->out[0].desc = call->in[0].desc;
  call->out[0].desc.shape.rank = e.out_rank;
  memcpy(call->out[0].desc.shape.dims, e.sizes, sizeof(int64_t) * (size_t)e.out_rank);
  return mc_check_sizes(call);
}

static int prepare_einsum(mc_op_call *call) {
  mc_product product;
  mc_einsum *e = mc_op_alloc(call, sizeof(*e));
  if (e == NULL || mc_einsum_parse(call, e) != 0) {
    return mc_op_error(call, "out of memory while preparing");
  }
  if (as_product(call, e, &product)) {
    return mc_product_prepare(call, &product);
  }
  for (int k = 0; k < e->operands; ++k) {
    call->scratch += (size_t)mc_shape_count(&call->in[k].desc.shape) * 8;
  }
  const double terms = (double)sizes_product(e, e->out_rank, e->out_rank + e->sums);
  mc_op_cost(call, 100 + (double)mc_shape_count(&call->out[0].desc.shape) * (terms + 1) * 5 * e->operands);
  call->state = e;
  call->run = run_sums;
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "Einsum",
     .inputs = "x*",
     .outputs = "y",
     .dtypes = MC_T_FLOATS64 | MC_DTYPE_BIT(MC_INT32),
     .infer = infer_einsum,
     .prepare = prepare_einsum},
};

MC_OP_FAMILY(einsum, kOps);
