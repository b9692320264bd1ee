/* LayerNormV4: the trailing dims that input normalized_shape lists are normalised; gamma and beta may be left
 * out; mean and rstd are float32. */
#include <math.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/isa.h"
#include "ops/isa/reduce.h"
#include "ops/isa/rows.h"
#include "ops/widen.h"

MC_ISA_DECLARE(mc_reduce_table, mc_reduce_kernels);
MC_ISA_DECLARE(mc_rows_table, mc_rows_kernels);

enum { PIECE = 16384 };

typedef struct norm_state {
  int64_t rows, n;
  float epsilon;
} norm_state;

typedef struct job {
  const norm_state *s;
  const float *x, *gamma, *beta;
  float *y, *mean, *rstd;
} job;

static void norm_rows(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const int64_t n = j->s->n;
  const mc_reduce_table *reduce = MC_ISA_PICK(mc_reduce_kernels);
  const mc_rows_table *rows = MC_ISA_PICK(mc_rows_kernels);
  for (int64_t row = begin; row < end; ++row) {
    const float *x = j->x + row * n;
    const float mean = (float)(reduce->sum_f32(x, n) / (double)n);
    const double variance = reduce->square_sum_f32(x, mean, n) / (double)n;
    const float rstd = (float)(1.0 / sqrt(variance + (double)j->s->epsilon));
    if (j->gamma == NULL) {
      rows->normalized(x, mean, rstd, 0, j->y + row * n, n);
    } else {
      rows->normalized_affine(x, mean, rstd, j->gamma, j->beta, j->y + row * n, n);
    }
    j->mean[row] = mean;
    j->rstd[row] = rstd;
  }
}

static int run_norm(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const norm_state *s = call->state;
  job j = {s, in[0], in[2], in[3], out[0], out[1], out[2]};
  if (s->rows == 0 || s->n == 0) {
    return MC_OK;
  }
  float *ones = scratch;
  float *zeros = ones + s->n;
  if (j.gamma == NULL && j.beta != NULL) {
    for (int64_t i = 0; i < s->n; ++i) {
      ones[i] = 1;
    }
    j.gamma = ones;
  }
  if (j.gamma != NULL && j.beta == NULL) {
    for (int64_t i = 0; i < s->n; ++i) {
      zeros[i] = 0;
    }
    j.beta = zeros;
  }
  mc_parallel_for(s->rows, PIECE / s->n + 1, norm_rows, &j);
  return MC_OK;
}

static int norm_infer(mc_op_call *call) {
  char name[MC_OP_NAME];
  char text[MC_SHAPE_TEXT];
  const mc_desc *x = &call->in[0].desc;
  int64_t count = 0;
  const int64_t *dims = mc_op_ints(call, 1, &count);
  if (dims == NULL) {
    return MC_RT_PARAM;
  }
  const int64_t first = x->shape.rank - count;
  bool fits = count >= 1 && first >= 0;
  for (int64_t i = 0; fits && i < count; ++i) {
    fits = dims[i] == x->shape.dims[first + i];
  }
  if (!fits) {
    return mc_op_error(call, "normalized_shape has %lld values; they must be the last dims of x %.140s",
                       (long long)count, mc_shape_text(&x->shape, text));
  }
  const int64_t n = mc_dims_product(&x->shape, (int)first, x->shape.rank);
  for (int i = 2; i < 4; ++i) {
    const mc_desc *p = &call->in[i].desc;
    if (call->in[i].present &&
        (mc_shape_count(&p->shape) != n || (MC_T_FLOATS & MC_DTYPE_BIT(p->dtype)) == 0)) {
      return mc_op_error(call, "input %s is %s %.100s; it must have normalized_shape and a float type",
                         mc_op_input_name(call, i, name), mc_dtype_name(p->dtype),
                         mc_shape_text(&p->shape, text));
    }
  }
  call->out[0].desc = call->out[1].desc = *x;
  call->out[1].desc.dtype = MC_FLOAT;
  for (int64_t i = first; i < x->shape.rank; ++i) {
    call->out[1].desc.shape.dims[i] = 1;
  }
  call->out[2].desc = call->out[1].desc;
  return mc_check_sizes(call);
}

static int norm_prepare(mc_op_call *call) {
  norm_state *s = mc_op_alloc(call, sizeof(*s));
  int64_t count = 0;
  if (s == NULL || mc_op_ints(call, 1, &count) == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const mc_shape *x = &call->in[0].desc.shape;
  s->rows = mc_dims_product(x, 0, x->rank - (int)count);
  s->n = mc_dims_product(x, x->rank - (int)count, x->rank);
  s->epsilon = mc_attrs_float(call->attrs, "epsilon", 1e-5f);
  call->state = s;
  call->scratch = s->rows == 0 ? 0 : 2 * (size_t)s->n * sizeof(float);
  mc_op_cost(call, 100 + (double)mc_shape_count(x) * 0.6);
  return mc_widen_prepare(call, run_norm, 1u << 0 | 1u << 2 | 1u << 3, 7u);
}

static const mc_op_def kOps[] = {
    {.type = "LayerNormV4",
     .inputs = "x normalized_shape gamma? beta?",
     .outputs = "y mean rstd",
     .dtypes = MC_T_FLOATS,
     .value_inputs = 1u << 1,
     .infer = norm_infer,
     .prepare = norm_prepare},
};
MC_OP_FAMILY(layer_norm_v4, kOps);
