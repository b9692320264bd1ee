/* Losses over classes: NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss. The classes are axis 1. */
#include <string.h>

#include "onnx/map.h"

static mc_val *sum_of(mc_on *on, mc_val *value) {
  mc_val *flat = mc_ge_reshape(on, value, &(int64_t){-1}, 1);
  return mc_ge_2(on, "ReduceSum", flat, mc_ge_const_ints(on, MC_INT64, &(int64_t){0}, 1));
}

/* -x[class] of each position, times the class' weight; what is ignored counts nothing. */
static mc_val *likelihood(mc_on *on, mc_val *x, mc_val *target, mc_val *weight) {
  const char *reduction = mc_on_string(on, "reduction", "mean");
  const int64_t one = 1;
  if (mc_on_failed(on)) {
    return NULL;
  }
  mc_val *kept = NULL;
  if (mc_on_has(on, "ignore_index")) {
    kept = mc_ge_2(on, "NotEqual", target, mc_ge_const_int(on, target->dtype, mc_on_int(on, "ignore_index", 0)));
    target = mc_ge_3(on, "SelectV2", kept, target, mc_ge_const_int(on, target->dtype, 0));
  }
  mc_ge *ge = mc_ge_begin(on, "GatherElements");
  mc_ge_in(ge, "x", x);
  mc_ge_in(ge, "index", mc_ge_unsqueeze(on, target, &one, 1));
  mc_ge_int(ge, "dim", 1);
  mc_val *loss = mc_ge_1(on, "Neg", mc_ge_squeeze(on, mc_ge_end(ge), &one, 1));
  mc_val *share = NULL; /* how much each position counts */
  if (weight != NULL) {
    share = mc_ge_3(on, "GatherV2", weight, target, mc_ge_const_ints(on, MC_INT64, &(int64_t){0}, 1));
  }
  if (kept != NULL) {
    mc_val *mask = mc_ge_cast(on, kept, x->dtype);
    share = share == NULL ? mask : mc_ge_2(on, "Mul", share, mask);
  }
  loss = share == NULL ? loss : mc_ge_2(on, "Mul", loss, share);
  if (strcmp(reduction, "none") == 0) {
    return loss;
  }
  if (strcmp(reduction, "sum") == 0) {
    return sum_of(on, loss);
  }
  if (strcmp(reduction, "mean") != 0) {
    mc_on_fail(on, "its reduction '%.40s' is none of none, mean and sum", reduction);
  }
  if (share == NULL) {
    mc_val *flat = mc_ge_reshape(on, loss, &(int64_t){-1}, 1);
    return mc_ge_2(on, "ReduceMean", flat, mc_ge_const_ints(on, MC_INT64, &(int64_t){0}, 1));
  }
  return mc_ge_2(on, "RealDiv", sum_of(on, loss), sum_of(on, share));
}

static void map_nll(mc_on *on) {
  mc_on_set(on, 0, likelihood(on, mc_on_need(on, 0), mc_on_need(on, 1), mc_on_in(on, 2)));
}

static void map_softmax_cross_entropy(mc_on *on) {
  mc_ge *ge = mc_ge_begin(on, "LogSoftmaxV2");
  mc_ge_in(ge, "logits", mc_on_need(on, 0));
  mc_ge_ints(ge, "axes", &(int64_t){1}, 1);
  mc_val *logarithms = mc_ge_end(ge);
  mc_on_set(on, 0, likelihood(on, logarithms, mc_on_need(on, 1), mc_on_in(on, 2)));
  mc_on_set(on, 1, logarithms);
}

static const mc_on_rule kRules[] = {
    {"NegativeLogLikelihoodLoss", 12, 0, map_nll, NULL, 0},
    {"SoftmaxCrossEntropyLoss", 12, 0, map_softmax_cross_entropy, NULL, 0},
};

MC_ON_FAMILY(loss, kRules);
