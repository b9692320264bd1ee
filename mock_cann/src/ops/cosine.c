/* Cosines of angles between vectors: CosineSimilarity along an axis, and the loss that wants them near or
 * far. */
#include <math.h>

#include "ops/checks.h"
#include "ops/family.h"
#include "ops/reduction_attr.h"

typedef struct cosine_state {
  int64_t outer, n, inner; /* the vectors' axis in the middle */
} cosine_state;

/* x·y, x·x and y·y of one vector. */
static void products(const mc_op_call *call, const void *const *in, int64_t first, int64_t n, int64_t step,
                     double sums[3]) {
  sums[0] = sums[1] = sums[2] = 0;
  for (int64_t i = 0; i < n; ++i) {
    double x;
    double y;
    mc_load_f64(&call->in[0].desc, in[0], first + i * step, 1, &x);
    mc_load_f64(&call->in[1].desc, in[1], first + i * step, 1, &y);
    sums[0] += x * y;
    sums[1] += x * x;
    sums[2] += y * y;
  }
}

static int run_similarity(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const cosine_state *s = call->state;
  const double eps = (double)mc_attrs_float(call->attrs, "eps", 1e-8f);
  for (int64_t o = 0; o < s->outer; ++o) {
    for (int64_t i = 0; i < s->inner; ++i) {
      double sums[3];
      products(call, in, o * s->n * s->inner + i, s->n, s->inner, sums);
      const double x = sqrt(sums[1]) > eps ? sqrt(sums[1]) : eps;
      const double y = sqrt(sums[2]) > eps ? sqrt(sums[2]) : eps;
      const double cosine = sums[0] / (x * y);
      mc_store_f64(&call->out[0].desc, &cosine, out[0], o * s->inner + i, 1);
    }
  }
  return 0;
}

/* 1 - cos for a target of 1, max(0, cos - margin) for -1, 0 for others; 1e-12 keeps zero vectors finite. */
static int run_embedding(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const cosine_state *s = call->state;
  const double margin = (double)mc_attrs_float(call->attrs, "margin", 0.0f);
  mc_loss_reduction reduction;
  const int status = mc_loss_reduction_of(call, false, &reduction);
  const int64_t count = s->outer * s->inner;
  double sum = 0;
  for (int64_t at = 0; at < count && status == 0; ++at) {
    double sums[3];
    double target;
    products(call, in, at / s->inner * s->n * s->inner + at % s->inner, s->n, s->inner, sums);
    mc_load_f64(&call->in[2].desc, in[2], at, 1, &target);
    const double cosine = sums[0] / sqrt((sums[1] + 1e-12) * (sums[2] + 1e-12));
    const double far = cosine > margin ? cosine - margin : 0.0;
    const double loss = target == 1 ? 1 - cosine : target == -1 ? far : 0.0;
    sum += loss;
    if (reduction == MC_LOSS_NONE) {
      mc_store_f64(&call->out[0].desc, &loss, out[0], at, 1);
    }
  }
  if (reduction != MC_LOSS_NONE) {
    sum /= reduction == MC_LOSS_MEAN ? (double)count : 1.0;
    mc_store_f64(&call->out[0].desc, &sum, out[0], 0, 1);
  }
  return status;
}

static int check_pair(const mc_op_call *call) {
  char text_a[MC_SHAPE_TEXT];
  char text_b[MC_SHAPE_TEXT];
  const mc_desc *a = &call->in[0].desc;
  const mc_desc *b = &call->in[1].desc;
  if (a->dtype != b->dtype || !mc_shape_equal(&a->shape, &b->shape)) {
    return mc_op_error(call, "the first two inputs are %s %.80s and %s %.80s; they must be alike",
                       mc_dtype_name(a->dtype), mc_shape_text(&a->shape, text_a), mc_dtype_name(b->dtype),
                       mc_shape_text(&b->shape, text_b));
  }
  return 0;
}

static int infer_similarity(mc_op_call *call) {
  const mc_shape *x = &call->in[0].desc.shape;
  int axis = 0;
  int status = check_pair(call);
  status = status != 0
               ? status
               : mc_check_axis(call, "attribute dim", mc_attrs_int(call->attrs, "dim", 1), x->rank, &axis);
  if (status != 0) {
    return status;
  }
  mc_desc *y = &call->out[0].desc;
  *y = call->in[0].desc;
  y->shape.rank = x->rank - 1;
  for (int d = axis; d < y->shape.rank; ++d) {
    y->shape.dims[d] = x->dims[d + 1];
  }
  return mc_check_sizes(call);
}

/* Vectors lie along axis 1; a single vector is a batch of one. */
static int infer_embedding(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  mc_loss_reduction reduction;
  int status = check_pair(call);
  status = status != 0 ? status : mc_loss_reduction_of(call, false, &reduction);
  if (status != 0) {
    return status;
  }
  if (x->rank < 1) {
    return mc_op_error(call, "input x1 is a scalar; it must have 1 dim or more");
  }
  mc_desc *y = &call->out[0].desc;
  *y = call->in[0].desc;
  y->dtype = MC_FLOAT;
  y->shape = (mc_shape){.rank = x->rank - 1};
  for (int d = 0; d < y->shape.rank; ++d) {
    y->shape.dims[d] = x->dims[d == 0 ? 0 : d + 1];
  }
  if (mc_shape_count(&call->in[2].desc.shape) != mc_shape_count(&y->shape)) {
    return mc_op_error(call, "input target has shape %.100s; it must have one number for each vector",
                       mc_shape_text(&call->in[2].desc.shape, text));
  }
  if ((MC_T_NUMBERS >> call->in[2].desc.dtype & 1) == 0) {
    return mc_op_error(call, "input target has dtype %s; it must be numbers",
                       mc_dtype_name(call->in[2].desc.dtype));
  }
  y->shape = mc_loss_shape(&y->shape, reduction);
  return mc_check_sizes(call);
}

static int prepare_cosine(mc_op_call *call) {
  const mc_shape *x = &call->in[0].desc.shape;
  cosine_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory while preparing");
  }
  const bool loss = call->n_in == 3;
  const int axis = loss ? (x->rank == 1 ? 0 : 1) : mc_axis(mc_attrs_int(call->attrs, "dim", 1), x->rank);
  s->outer = mc_dims_product(x, 0, axis);
  s->n = x->dims[axis];
  s->inner = mc_dims_product(x, axis + 1, x->rank);
  mc_op_cost(call, 50 + (double)mc_shape_count(x) * 8);
  call->state = s;
  call->run = loss ? run_embedding : run_similarity;
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "CosineSimilarity",
     .inputs = "input_x1 input_x2",
     .outputs = "output_y",
     .dtypes = MC_T_F32,
     .infer = infer_similarity,
     .prepare = prepare_cosine},
    {.type = "CosineEmbeddingLoss",
     .inputs = "x1 x2 target",
     .outputs = "y",
     .dtypes =
         MC_T_SIGNED | MC_DTYPE_BIT(MC_UINT8) | MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_DOUBLE),
     .infer = infer_embedding,
     .prepare = prepare_cosine},
};

MC_OP_FAMILY(cosine, kOps);
