/*
 * CTCGreedyDecoder, TensorFlow's: the most likely class of every step of inputs [steps, batch, classes], without blanks (the
 * last class) and, with merge_repeated, without repetitions that no blank parts. What is left is a sparse matrix [batch,
 * longest]; log_probability is minus the sum of each sequence's largest logits.
 */
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/known.h"

enum { INPUTS, LENGTHS };

static int describe(mc_op_call *call, int64_t count) {
  char text[MC_SHAPE_TEXT], other[MC_SHAPE_TEXT];
  const mc_desc *x = &call->in[INPUTS].desc, *lengths = &call->in[LENGTHS].desc;
  if (x->shape.rank != 3 || x->shape.dims[2] < 1 || lengths->dtype != MC_INT32 || lengths->shape.rank != 1 ||
      lengths->shape.dims[0] != x->shape.dims[1]) {
    return mc_op_error(call, "inputs %.70s and sequence_length %s %.70s must be [steps,batch,classes] and DT_INT32 [batch]",
                       mc_shape_text(&x->shape, text), mc_dtype_name(lengths->dtype),
                       mc_shape_text(&lengths->shape, other));
  }
  call->out[0].desc = (mc_desc){MC_INT64, MC_FORMAT_ND, {2, {count, 2}}};
  call->out[1].desc = (mc_desc){MC_INT64, MC_FORMAT_ND, {1, {count}}};
  call->out[2].desc = (mc_desc){MC_INT64, MC_FORMAT_ND, {1, {2}}};
  call->out[3].desc = (mc_desc){x->dtype, MC_FORMAT_ND, {2, {x->shape.dims[1], 1}}};
  return MC_OK;
}

static double logit(const mc_op_value *x, int64_t at) {
  return x->desc.dtype == MC_DOUBLE ? ((const double *)x->value)[at] : (double)((const float *)x->value)[at];
}

/* The first of the largest logits at `at`. */
static int64_t largest(const mc_op_value *x, int64_t at, int64_t classes) {
  int64_t best = 0;
  for (int64_t c = 1; c < classes; ++c) {
    best = logit(x, at + c) > logit(x, at + best) ? c : best;
  }
  return best;
}

/* One sequence's classes into `to`; returns how many, and the sum of the largest logits. */
static int64_t decode(const mc_op_value *x, int64_t sequence, int64_t steps, bool merge, int64_t *to, double *sum) {
  const int64_t batch = x->desc.shape.dims[1], classes = x->desc.shape.dims[2];
  int64_t count = 0, before = -1;
  *sum = 0;
  for (int64_t t = 0; t < steps; ++t) {
    const int64_t at = (t * batch + sequence) * classes;
    const int64_t best = largest(x, at, classes);
    *sum += logit(x, at + best);
    if (best != classes - 1 && !(merge && best == before)) {
      to[count++] = best;
    }
    before = best;
  }
  return count;
}

static int infer_ctc(mc_op_call *call) {
  const int status = describe(call, 0);
  if (status != MC_OK) {
    return status;
  }
  const mc_op_value *x = &call->in[INPUTS];
  const int64_t steps = x->desc.shape.dims[0], batch = x->desc.shape.dims[1];
  const int32_t *lengths = call->in[LENGTHS].value;
  const bool merge = mc_attrs_bool(call->attrs, "merge_repeated", false);
  const mc_desc probability = call->out[3].desc;
  void *sums = mc_known_output(call, 3, probability.dtype, &probability.shape);
  int64_t *classes = mc_op_alloc(call, sizeof(int64_t) * (size_t)(steps * batch + 1));
  int64_t *counts = mc_op_alloc(call, sizeof(int64_t) * (size_t)(batch + 1));
  int64_t total = 0, longest = 0;
  if (sums == NULL || classes == NULL || counts == NULL) {
    return mc_op_error(call, "out of memory for %lld sequences", (long long)batch);
  }
  for (int64_t b = 0; b < batch; ++b) {
    double sum = 0;
    if (lengths[b] < 0 || lengths[b] > steps) {
      return mc_op_error(call, "sequence_length[%lld] is %d; it must be in [0, %lld]", (long long)b, (int)lengths[b],
                         (long long)steps);
    }
    counts[b] = decode(x, b, lengths[b], merge, classes + total, &sum);
    total += counts[b];
    longest = counts[b] > longest ? counts[b] : longest;
    if (probability.dtype == MC_DOUBLE) {
      ((double *)sums)[b] = -sum;
    } else {
      ((float *)sums)[b] = (float)-sum;
    }
  }
  int64_t *places = mc_known_output(call, 0, MC_INT64, &(mc_shape){2, {total, 2}});
  int64_t *values = mc_known_output(call, 1, MC_INT64, &(mc_shape){1, {total}});
  int64_t *shape = mc_known_output(call, 2, MC_INT64, &(mc_shape){1, {2}});
  if (places == NULL || values == NULL || shape == NULL) {
    return MC_RT_PARAM;
  }
  int64_t at = 0;
  for (int64_t b = 0; b < batch; ++b) {
    for (int64_t i = 0; i < counts[b]; ++i, ++at) {
      places[2 * at] = b;
      places[2 * at + 1] = i;
      values[at] = classes[at];
    }
  }
  shape[0] = batch;
  shape[1] = longest;
  return MC_OK;
}

static const mc_op_def kOps[] = {
    {.type = "CTCGreedyDecoder",
     .inputs = "inputs sequence_length",
     .outputs = "decoded_indices decoded_values decoded_shape log_probability",
     .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_DOUBLE),
     .value_inputs = 1u << INPUTS | 1u << LENGTHS,
     .infer = infer_ctc,
     .kernel = mc_run_known,
     .guess = describe},
};
MC_OP_FAMILY(ctc_greedy, kOps);
