/*
 * Recurrent layers. LSTM and GRU are GE's CommonLSTM and CommonGRU. A plain RNN is a GRU whose update gate is 0 and whose
 * reset gate is 1: their weights are zeros, their biases -1 and 1, and their activation a hard sigmoid that ends there.
 */
#include <string.h>

#include "onnx/map.h"
#include "ops/recurrent.h"

/* layout 1 has samples first, and directions behind them. */
static mc_val *swap(mc_on *on, mc_val *value, const int64_t *perm, int rank) {
  return value == NULL || mc_on_int(on, "layout", 0) == 0 ? value : mc_ge_transpose(on, value, perm, rank);
}

static const int64_t kSwap[3] = {1, 0, 2};

static int64_t hidden_size(mc_on *on, const mc_val *r) {
  const int64_t fallback = r != NULL && r->shape.rank == 3 ? r->shape.dims[2] : 0;
  return mc_on_int(on, "hidden_size", fallback);
}

static void set_common(mc_on *on, mc_ge *ge, int64_t hidden, bool activations) {
  int count = 0;
  mc_ge_in(ge, "x", swap(on, mc_on_need(on, 0), kSwap, 3));
  mc_ge_in(ge, "sequence_lens", mc_on_in(on, 4));
  mc_ge_in(ge, "initial_h", swap(on, mc_on_in(on, 5), kSwap, 3));
  mc_ge_string(ge, "direction", mc_on_string(on, "direction", "forward"));
  mc_ge_int(ge, "hidden_size", hidden);
  if (mc_on_has(on, "clip")) {
    mc_ge_float(ge, "clip", mc_on_float(on, "clip", 0));
  }
  const char *const *names = mc_on_strings(on, "activations", &count);
  if (activations && names != NULL) {
    mc_ge_strings(ge, "activations", names, (size_t)count);
  }
  const float *numbers = mc_on_floats(on, "activation_alpha", &count);
  if (activations && numbers != NULL) {
    mc_ge_floats(ge, "activation_alpha", numbers, (size_t)count);
  }
  numbers = mc_on_floats(on, "activation_beta", &count);
  if (activations && numbers != NULL) {
    mc_ge_floats(ge, "activation_beta", numbers, (size_t)count);
  }
}

static void set_outputs(mc_on *on, mc_ge *ge, int count) {
  static const int64_t kSamplesFirst[4] = {2, 0, 1, 3};
  mc_val *y = mc_ge_end(ge);
  for (int i = 0; i < count && !mc_on_failed(on); ++i) {
    if (mc_on_wants(on, i)) {
      mc_on_set(on, i, i == 0 ? swap(on, y, kSamplesFirst, 4) : swap(on, mc_ge_out(ge, i), kSwap, 3));
    }
  }
}

static void map_lstm(mc_on *on) {
  mc_val *r = mc_on_need(on, 2);
  mc_ge *ge = mc_ge_begin(on, "CommonLSTM");
  set_common(on, ge, hidden_size(on, r), true);
  mc_ge_in(ge, "w", mc_on_need(on, 1));
  mc_ge_in(ge, "r", r);
  mc_ge_in(ge, "b", mc_on_in(on, 3));
  mc_ge_in(ge, "initial_c", swap(on, mc_on_in(on, 6), kSwap, 3));
  mc_ge_in(ge, "p", mc_on_in(on, 7));
  mc_ge_int(ge, "input_forget", mc_on_int(on, "input_forget", 0));
  set_outputs(on, ge, 3);
}

static void map_gru(mc_on *on) {
  mc_val *r = mc_on_need(on, 2);
  mc_ge *ge = mc_ge_begin(on, "CommonGRU");
  set_common(on, ge, hidden_size(on, r), true);
  mc_ge_in(ge, "w", mc_on_need(on, 1));
  mc_ge_in(ge, "r", r);
  mc_ge_in(ge, "b", mc_on_in(on, 3));
  mc_ge_int(ge, "linear_before_reset", mc_on_int(on, "linear_before_reset", 0));
  set_outputs(on, ge, 2);
}

/* One number everywhere: the sizes come from the model and may be anything, so it is the graph that makes the tensor. */
static mc_val *filled(mc_on *on, int dtype, const int64_t *dims, int64_t rank, double number) {
  return mc_ge_2(on, "Fill", mc_ge_const_ints(on, MC_INT64, dims, rank), mc_ge_const_float(on, dtype, number));
}

/* The GRU's weights: nothing for two gates before the layer's own [directions, hidden, width]. */
static mc_val *weights_behind(mc_on *on, mc_val *own) {
  const int64_t dims[3] = {own->shape.dims[0], 2 * own->shape.dims[1], own->shape.dims[2]};
  mc_val *parts[2] = {filled(on, own->dtype, dims, 3, 0), own};
  return mc_ge_concat(on, parts, 2, 1);
}

/* Its biases: a number for each of the two gates before the layer's own [directions, hidden]. */
static mc_val *bias_behind(mc_on *on, mc_val *own, int dtype, const int64_t *dims, const double gates[2]) {
  mc_val *parts[3] = {filled(on, dtype, dims, 2, gates[0]), filled(on, dtype, dims, 2, gates[1]), own};
  return mc_ge_concat(on, parts, 3, 1);
}

static void set_rnn_activations(mc_on *on, mc_ge *ge, int directions) {
  int count = 0;
  int left[2] = {0, 0};
  const char *names[4] = {"HardSigmoid", "Tanh", "HardSigmoid", "Tanh"};
  const float clip = mc_on_float(on, "clip", 0);
  const char *const *given = mc_on_strings(on, "activations", &count);
  const float *numbers[2] = {mc_on_floats(on, "activation_alpha", &left[0]),
                             mc_on_floats(on, "activation_beta", &left[1])};
  float lists[2][4];
  size_t length[2] = {0, 0};
  for (int d = 0; d < directions; ++d) {
    /* A hard sigmoid that is 0 at the bias of one gate and 1 at that of the other, also when these are clipped. */
    lists[0][length[0]++] = clip > 0 && clip < 1 ? 1 / clip : 1;
    lists[1][length[1]++] = 0.5f;
    names[2 * d + 1] = given != NULL && d < count ? given[d] : "Tanh";
    float values[2] = {0, 0};
    const int own = mc_gate_numbers(names[2 * d + 1], values);
    for (int k = 0; k < own; ++k) {
      lists[k][length[k]++] = left[k] > 0 ? *numbers[k]++ : values[k];
      left[k] -= left[k] > 0;
    }
  }
  mc_ge_strings(ge, "activations", names, 2 * (size_t)directions);
  mc_ge_floats(ge, "activation_alpha", lists[0], length[0]);
  mc_ge_floats(ge, "activation_beta", lists[1], length[1]);
}

static bool has_dims(const mc_val *value, int64_t a, int64_t b) {
  return value != NULL && value->dtype != MC_UNDEFINED && value->shape.rank == 3 && value->shape.dims[0] == a &&
         value->shape.dims[1] == b && value->shape.dims[2] >= 0;
}

static void map_rnn(mc_on *on) {
  static const double kZeros[2] = {0, 0};
  static const double kGates[2] = {-1, 1};
  mc_val *w = mc_on_need(on, 1);
  mc_val *r = mc_on_need(on, 2);
  const int64_t hidden = hidden_size(on, r);
  const int directions = strcmp(mc_on_string(on, "direction", "forward"), "bidirectional") == 0 ? 2 : 1;
  if (hidden < 1 || !has_dims(w, directions, hidden) || !has_dims(r, directions, hidden)) {
    mc_on_fail(on, "W and R must have known shapes [%d, hidden_size, ...]; hidden_size is %lld", directions, (long long)hidden);
    return;
  }
  const int64_t dims[2] = {directions, hidden};
  mc_val *bias = mc_on_in(on, 3);
  mc_val *halves[2];
  for (int i = 0; i < 2; ++i) { /* the input's biases, then the state's */
    mc_val *own = bias == NULL ? filled(on, w->dtype, dims, 2, 0) : mc_ge_slice(on, bias, 1, i * hidden, hidden);
    halves[i] = bias_behind(on, own, w->dtype, dims, i == 0 ? kGates : kZeros);
  }
  mc_ge *ge = mc_ge_begin(on, "CommonGRU");
  set_common(on, ge, hidden, false);
  set_rnn_activations(on, ge, directions);
  mc_ge_in(ge, "w", weights_behind(on, w));
  mc_ge_in(ge, "r", weights_behind(on, r));
  mc_ge_in(ge, "b", mc_ge_concat(on, halves, 2, 1));
  set_outputs(on, ge, 2);
}

static const mc_on_rule kRules[] = {
    {"LSTM", 7, 0, map_lstm, NULL, 0},
    {"GRU", 7, 0, map_gru, NULL, 0},
    {"RNN", 7, 0, map_rnn, NULL, 0},
};

MC_ON_FAMILY(rnn, kRules);
