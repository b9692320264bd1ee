/*
 * CommonLSTM and CommonGRU: ONNX's operators under GE's names. x is [steps, batch, input], w [directions, gates *
 * hidden, input], r [directions, gates * hidden, hidden], b both biases; gates stand in the order iofc or zrh.
 */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/recurrent.h"
#include "ops/widen.h"

enum { LSTM, GRU };
enum { X, W, R, B, LENGTHS, H0, C0, P };

typedef struct common_state {
  int directions;
  mc_recurrent direction[2];
} common_state;

/* The lists of activations as they are used up: functions take what numbers they have, in their order. */
typedef struct gate_reader {
  const mc_attr *names;
  const mc_attr *numbers[2]; /* alpha and beta */
  size_t name, number[2];    /* the next of each */
} gate_reader;

static const mc_attr *list_of(const mc_op_call *call, const char *name, mc_attr_kind kind) {
  const mc_attr *attr = mc_attrs_find(call->attrs, name);
  return attr != NULL && attr->kind == kind && attr->count > 0 ? attr : NULL;
}

static int read_gate(const mc_op_call *call, gate_reader *reader, const char *fallback, mc_gate *gate) {
  const char *name = fallback;
  float values[2] = {0, 0};
  if (reader->names != NULL) {
    if (reader->name >= reader->names->count) {
      return mc_op_error(call, "activations has %zu names; it must have one for every gate and direction",
                         reader->names->count);
    }
    name = reader->names->strings[reader->name++].data;
  }
  const int count = mc_gate_numbers(name, values);
  for (int k = 0; k < count; ++k) {
    const mc_attr *list = reader->numbers[k];
    if (list != NULL && reader->number[k] < list->count) {
      values[k] = list->floats[reader->number[k]++];
    }
  }
  return mc_gate_make(gate, name, values[0], values[1])
             ? MC_OK
             : mc_op_error(call, "activations holds \"%.40s\"; it must be one of ONNX's", name);
}

static int read_directions(const mc_op_call *call, common_state *s) {
  const char *direction = mc_attrs_string(call->attrs, "direction", "forward");
  const bool both = strcmp(direction, "bidirectional") == 0;
  const bool reverse = strcmp(direction, "reverse") == 0;
  if (!both && !reverse && strcmp(direction, "forward") != 0) {
    return mc_op_error(call, "direction is \"%.40s\"; it must be forward, reverse or bidirectional", direction);
  }
  s->directions = both ? 2 : 1;
  s->direction[0].reverse = reverse;
  s->direction[1].reverse = true;
  return MC_OK;
}

/* Input `slot` has these dims; the last one 0 for a tensor with one axis less. */
static int check_input(const mc_op_call *call, int slot, int64_t a, int64_t b, int64_t c) {
  char name[MC_OP_NAME];
  char text[MC_SHAPE_TEXT];
  const mc_op_value *input = mc_op_input(call, slot);
  const int rank = c == 0 ? 2 : 3;
  if (input == NULL) {
    return MC_OK;
  }
  const mc_shape *shape = &input->desc.shape;
  if (shape->rank != rank || shape->dims[0] != a || shape->dims[1] != b || (rank == 3 && shape->dims[2] != c)) {
    return mc_op_error(call, "input %s has shape %.100s; it must have %d dims of %lld, %lld and (of three) %lld",
                       mc_op_input_name(call, slot, name), mc_shape_text(shape, text), rank, (long long)a,
                       (long long)b, (long long)c);
  }
  return (MC_T_FLOATS & MC_DTYPE_BIT(input->desc.dtype)) != 0
             ? MC_OK
             : mc_op_error(call, "input %s has dtype %s; it must be a 16- or 32-bit float",
                           mc_op_input_name(call, slot, name), mc_dtype_name(input->desc.dtype));
}

static int check_inputs(const mc_op_call *call, const common_state *s) {
  const mc_recurrent *g = &s->direction[0];
  const int64_t d = s->directions;
  const int64_t wide = g->gates * g->hidden;
  char text[MC_SHAPE_TEXT];
  int status = check_input(call, W, d, wide, g->input);
  status = status != MC_OK ? status : check_input(call, R, d, wide, g->hidden);
  status = status != MC_OK ? status : check_input(call, B, d, 2 * wide, 0);
  status = status != MC_OK ? status : check_input(call, H0, d, g->batch, g->hidden);
  if (status == MC_OK && call->def->variant == LSTM) {
    status = check_input(call, C0, d, g->batch, g->hidden);
    status = status != MC_OK ? status : check_input(call, P, d, 3 * g->hidden, 0);
  }
  const mc_op_value *lengths = mc_op_input(call, LENGTHS);
  if (status == MC_OK && lengths != NULL &&
      (lengths->desc.dtype != MC_INT32 || mc_shape_count(&lengths->desc.shape) != g->batch)) {
    return mc_op_error(call, "sequence_lens is %s %.100s; it must be DT_INT32 with one length per sample",
                       mc_dtype_name(lengths->desc.dtype), mc_shape_text(&lengths->desc.shape, text));
  }
  return status;
}

static int read_common(const mc_op_call *call, common_state *s) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[X].desc.shape;
  const bool lstm = call->def->variant == LSTM;
  static const char *const kDefaults[3] = {"Sigmoid", "Tanh", "Tanh"};
  gate_reader reader = {.names = list_of(call, "activations", MC_ATTR_LIST_STRING),
                        .numbers = {list_of(call, "activation_alpha", MC_ATTR_LIST_FLOAT),
                                    list_of(call, "activation_beta", MC_ATTR_LIST_FLOAT)}};
  int64_t hidden = 0;
  memset(s, 0, sizeof(*s));
  if (x->rank != 3) {
    return mc_op_error(call, "x is %.160s; it must be [steps, batch, input]", mc_shape_text(x, text));
  }
  int status = read_directions(call, s);
  status = status != MC_OK ? status : mc_need_int(call, "hidden_size", &hidden);
  if (status == MC_OK && (hidden < 1 || hidden > INT32_MAX)) {
    return mc_op_error(call, "hidden_size is %lld; it must be in [1, 2147483647]", (long long)hidden);
  }
  const float clip = mc_attrs_float(call->attrs, "clip", -1.0f);
  const int functions = lstm ? 3 : 2;
  for (int d = 0; d < s->directions && status == MC_OK; ++d) {
    mc_recurrent *g = &s->direction[d];
    g->gates = lstm ? MC_LSTM_GATES : MC_GRU_GATES;
    for (int k = 0; k < MC_LSTM_GATES; ++k) {
      g->order[k] = k;
    }
    g->steps = x->dims[0];
    g->batch = x->dims[1];
    g->input = x->dims[2];
    g->hidden = hidden;
    g->x_step = g->batch * g->input;
    g->x_batch = g->input;
    g->y_step = s->directions * g->batch * hidden;
    g->y_batch = hidden;
    g->clip = clip > 0 ? clip : 0;
    g->input_forget = mc_attrs_int(call->attrs, "input_forget", 0) != 0;
    g->reset_after = mc_attrs_int(call->attrs, "linear_before_reset", 0) != 0;
    for (int k = 0; k < functions && status == MC_OK; ++k) {
      status = read_gate(call, &reader, kDefaults[k], &g->act[k]);
    }
  }
  return status != MC_OK ? status : check_inputs(call, s);
}

static int common_infer(mc_op_call *call) {
  common_state s;
  int status = read_common(call, &s);
  if (status != MC_OK) {
    return status;
  }
  const mc_recurrent *g = &s.direction[0];
  call->out[0].desc = call->out[1].desc = call->in[X].desc;
  call->out[0].desc.shape = (mc_shape){4, {g->steps, s.directions, g->batch, g->hidden}};
  call->out[1].desc.shape = (mc_shape){3, {s.directions, g->batch, g->hidden}};
  if (call->def->variant == LSTM) {
    call->out[2].desc = call->out[1].desc;
  }
  return mc_check_sizes(call);
}

static int run_common(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const common_state *s = call->state;
  const bool lstm = call->def->variant == LSTM;
  for (int d = 0; d < s->directions; ++d) {
    const mc_recurrent *g = &s->direction[d];
    const int64_t wide = g->gates * g->hidden;
    const int64_t state = d * g->batch * g->hidden;
    const float *bias = in[B] == NULL ? NULL : (const float *)in[B] + d * 2 * wide;
    const float *peep = lstm && in[P] != NULL ? (const float *)in[P] + d * 3 * g->hidden : NULL;
    mc_recurrent_data data = {
        .x = in[X],
        .w = {(const float *)in[W] + d * wide * g->input, 1, g->input, MC_FLOAT},
        .r = {(const float *)in[R] + d * wide * g->hidden, 1, g->hidden, MC_FLOAT},
        .bias_w = bias,
        .bias_r = bias == NULL ? NULL : bias + wide,
        .h0 = in[H0] == NULL ? NULL : (const float *)in[H0] + state,
        .c0 = !lstm || in[C0] == NULL ? NULL : (const float *)in[C0] + state,
        .lengths = in[LENGTHS],
        .y = (float *)out[0] + state,
        .h = (float *)out[1] + state,
        .c = lstm ? (float *)out[2] + state : NULL,
    };
    for (int k = 0; peep != NULL && k < 3; ++k) {
      data.peep[k] = peep + k * g->hidden;
    }
    if (!mc_recurrent_run(g, &data, scratch)) {
      return mc_op_error(call, "out of host memory");
    }
  }
  return MC_OK;
}

static int common_prepare(mc_op_call *call) {
  common_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  int status = read_common(call, s);
  if (status != MC_OK) {
    return status;
  }
  call->state = s;
  status = mc_recurrent_prepare(call, &s->direction[0], s->directions);
  if (status != MC_OK) {
    return status;
  }
  return mc_widen_prepare(call, run_common, ~(1u << LENGTHS), ~0u);
}

static const mc_op_def kOps[] = {
    {.type = "CommonLSTM",
     .inputs = "x w r b? sequence_lens? initial_h? initial_c? p?",
     .outputs = "y y_h y_c",
     .dtypes = MC_T_FLOATS,
     .infer = common_infer,
     .prepare = common_prepare,
     .variant = LSTM},
    {.type = "CommonGRU",
     .inputs = "x w r b? sequence_lens? initial_h?",
     .outputs = "y y_h",
     .dtypes = MC_T_FLOATS,
     .infer = common_infer,
     .prepare = common_prepare,
     .variant = GRU},
};
MC_OP_FAMILY(rnn_common, kOps);
