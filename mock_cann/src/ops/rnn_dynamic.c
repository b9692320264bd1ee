/*
 * DynamicRNN and its versions: an LSTM over x [steps, batch, input] that gives every step's states and gates, each [steps,
 * batch, hidden]; BasicLSTMCell is one step of it. Weights are [input, 4 * hidden] and [hidden, 4 * hidden], one below the
 * other in the first and third version; gates stand in the order ijfo (j enters the cell), or ifjo. Steps behind a sample's
 * seq_length give zeros.
 */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/recurrent.h"
#include "ops/widen.h"

enum { JOINED, APART, CELL };

/* Inputs by what they are; -1: the operator has none. */
typedef struct roles {
  int w, r, b, lengths, h, c, peep, mask;
} roles;

static const roles kRoles[] = {[JOINED] = {1, -1, 2, 3, 4, 5, 6, 9},
                               [APART] = {1, 2, 3, 4, 5, 6, 7, 10},
                               [CELL] = {3, -1, 4, -1, 1, 2, -1, 5}};

typedef struct dynamic_state {
  mc_recurrent g;
  bool peepholes;
} dynamic_state;

static int need(const mc_op_call *call, bool right, const char *what) {
  return right ? MC_OK : mc_op_error(call, "only %s is emulated", what);
}

static int read_attributes(const mc_op_call *call, dynamic_state *s) {
  mc_recurrent *g = &s->g;
  const bool cell = call->def->variant == CELL;
  const char *order = mc_attrs_string(call->attrs, "gate_order", "ijfo");
  const char *direction = mc_attrs_string(call->attrs, "direction", "UNIDIRECTIONAL");
  const char *activation = mc_attrs_string(call->attrs, "activation", "tanh");
  const char *inner = mc_attrs_string(call->attrs, "recurrent_activation", "sigmoid");
  static const int kIjfo[MC_LSTM_GATES] = {[MC_LSTM_I] = 0, [MC_LSTM_C] = 1, [MC_LSTM_F] = 2, [MC_LSTM_O] = 3};
  static const int kIfjo[MC_LSTM_GATES] = {[MC_LSTM_I] = 0, [MC_LSTM_F] = 1, [MC_LSTM_C] = 2, [MC_LSTM_O] = 3};
  if (strcmp(order, "ijfo") != 0 && strcmp(order, "ifjo") != 0) {
    return mc_op_error(call, "gate_order is \"%.40s\"; it must be ijfo or ifjo", order);
  }
  memcpy(g->order, order[1] == 'j' ? kIjfo : kIfjo, sizeof(g->order));
  if (strcmp(direction, "UNIDIRECTIONAL") != 0 && strcmp(direction, "REDIRECTIONAL") != 0) {
    return mc_op_error(call, "direction is \"%.40s\"; it must be UNIDIRECTIONAL or REDIRECTIONAL", direction);
  }
  g->reverse = direction[0] == 'R';
  g->gates = MC_LSTM_GATES;
  g->forget_bias = mc_attrs_float(call->attrs, "forget_bias", cell ? 1.0f : 0.0f);
  float numbers[2];
  if (mc_gate_numbers(activation, numbers) != 0 || !mc_gate_make(&g->act[1], activation, 0, 0)) {
    return mc_op_error(call, "activation is \"%.40s\"; it must be one without parameters, such as tanh", activation);
  }
  g->act[2] = g->act[1];
  inner = strcmp(inner, "hard_sigmoid") == 0 ? "HardSigmoid" : inner;
  if (mc_gate_numbers(inner, numbers) < 0 || !mc_gate_make(&g->act[0], inner, numbers[0], numbers[1])) {
    return mc_op_error(call, "recurrent_activation is \"%.40s\"; it must be sigmoid or hard_sigmoid", inner);
  }
  s->peepholes = mc_attrs_bool(call->attrs, "use_peephole", false);
  int status = need(call, strcmp(mc_attrs_string(call->attrs, "cell_type", "LSTM"), "LSTM") == 0, "cell_type LSTM");
  status = status != MC_OK ? status : need(call, mc_attrs_int(call->attrs, "cell_depth", 1) == 1, "cell_depth 1");
  status = status != MC_OK ? status : need(call, mc_attrs_float(call->attrs, "keep_prob", 1) == 1, "keep_prob 1");
  status = status != MC_OK ? status : need(call, mc_attrs_float(call->attrs, "cell_clip", -1) <= 0, "cell_clip -1");
  status = status != MC_OK ? status : need(call, mc_attrs_int(call->attrs, "num_proj", 0) == 0, "num_proj 0");
  return status != MC_OK ? status : need(call, mc_attrs_bool(call->attrs, "time_major", true), "time_major true");
}

static int check_inputs(const mc_op_call *call, const dynamic_state *s, const roles *r) {
  const mc_recurrent *g = &s->g;
  const int64_t wide = 4 * g->hidden;
  int status = mc_recurrent_check(call, r->w, (r->r < 0 ? g->input + g->hidden : g->input) * wide);
  status = status != MC_OK ? status : mc_recurrent_check(call, r->r, g->hidden * wide);
  status = status != MC_OK ? status : mc_recurrent_check(call, r->b, wide);
  status = status != MC_OK ? status : mc_recurrent_check(call, r->h, g->batch * g->hidden);
  status = status != MC_OK ? status : mc_recurrent_check(call, r->c, g->batch * g->hidden);
  for (int k = 0; status == MC_OK && r->peep >= 0 && k < 3; ++k) {
    status = mc_recurrent_check(call, r->peep + k, g->hidden);
  }
  const mc_op_value *lengths = r->lengths < 0 ? NULL : mc_op_input(call, r->lengths);
  if (status == MC_OK && lengths != NULL &&
      (lengths->desc.dtype != MC_INT32 || mc_shape_count(&lengths->desc.shape) != g->batch)) {
    return mc_op_error(call, "seq_length must be DT_INT32 with one length for each of %lld samples", (long long)g->batch);
  }
  for (int slot = r->mask; status == MC_OK && slot < call->n_in; ++slot) {
    status = need(call, !call->in[slot].present, "a layer without mask and projection");
  }
  return status;
}

static int read_dynamic(const mc_op_call *call, dynamic_state *s) {
  char tx[MC_SHAPE_TEXT];
  char tw[MC_SHAPE_TEXT];
  const roles *r = &kRoles[call->def->variant];
  const bool cell = call->def->variant == CELL;
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *w = &call->in[r->w].desc.shape;
  memset(s, 0, sizeof(*s));
  if (x->rank != (cell ? 2 : 3) || w->rank != 2 || w->dims[1] % 4 != 0 || w->dims[1] == 0) {
    return mc_op_error(call, "x %.90s and the weights %.90s must be [%sbatch,input] and [..,4 * hidden]",
                       mc_shape_text(x, tx), mc_shape_text(w, tw), cell ? "" : "steps,");
  }
  mc_recurrent *g = &s->g;
  g->steps = cell ? 1 : x->dims[0];
  g->batch = x->dims[x->rank - 2];
  g->input = x->dims[x->rank - 1];
  g->hidden = w->dims[1] / 4;
  g->x_step = g->batch * g->input;
  g->x_batch = g->input;
  g->y_step = g->batch * g->hidden;
  g->y_batch = g->hidden;
  const int status = read_attributes(call, s);
  return status != MC_OK ? status : check_inputs(call, s, r);
}

static int dynamic_infer(mc_op_call *call) {
  dynamic_state s;
  int status = read_dynamic(call, &s);
  if (status != MC_OK) {
    return status;
  }
  const mc_desc *x = &call->in[0].desc;
  for (int i = 0; i < call->n_out; ++i) {
    call->out[i].desc = *x;
    call->out[i].desc.shape.dims[x->shape.rank - 1] = s.g.hidden;
  }
  return mc_check_sizes(call);
}

static const void *input_of(const mc_op_call *call, const void *const *in, int slot) {
  return slot < 0 || mc_op_input(call, slot) == NULL ? NULL : in[call->slot_first[slot]];
}

static int run_dynamic(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const dynamic_state *s = call->state;
  const mc_recurrent *g = &s->g;
  const roles *r = &kRoles[call->def->variant];
  const int64_t wide = 4 * g->hidden;
  const float *w = in[r->w];
  mc_recurrent_data d = {.x = in[0],
                         .w = {w, wide, 1, MC_FLOAT},
                         .r = {r->r < 0 ? w + g->input * wide : (const float *)in[r->r], wide, 1, MC_FLOAT},
                         .bias_w = input_of(call, in, r->b),
                         .h0 = input_of(call, in, r->h),
                         .c0 = input_of(call, in, r->c),
                         .lengths = input_of(call, in, r->lengths)};
  /* wci, wcf, wco are the peepholes of i, f and o. */
  static const int kPeep[3] = {0, 2, 1};
  for (int k = 0; s->peepholes && r->peep >= 0 && k < 3; ++k) {
    d.peep[k] = input_of(call, in, r->peep + kPeep[k]);
  }
  if (call->def->variant == CELL) { /* ct ht it jt ft ot tanhct */
    d.trace[0] = out[0];
    d.y = out[1];
    memcpy(d.trace + 1, out + 2, 5 * sizeof(*d.trace));
  } else { /* y output_h output_c i j f o tanhc */
    d.y = out[0];
    memcpy(d.trace, out + 2, 6 * sizeof(*d.trace));
  }
  if (!mc_recurrent_run(g, &d, scratch)) {
    return mc_op_error(call, "out of host memory");
  }
  if (call->def->variant != CELL) {
    memcpy(out[1], out[0], sizeof(float) * (size_t)(g->steps * g->batch * g->hidden));
  }
  return MC_OK;
}

static int dynamic_prepare(mc_op_call *call) {
  dynamic_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  int status = read_dynamic(call, s);
  if (status != MC_OK) {
    return status;
  }
  const int lengths = kRoles[call->def->variant].lengths;
  call->state = s;
  status = mc_recurrent_prepare(call, &s->g, 1);
  if (status != MC_OK) {
    return status;
  }
  return mc_widen_prepare(call, run_dynamic, lengths < 0 ? ~0u : ~(1u << lengths), ~0u);
}

#define LAYER(name, ins, outs, kind)                                                                         \
  {.type = (name), .inputs = (ins), .outputs = (outs), .dtypes = MC_T_FLOATS, .infer = dynamic_infer,        \
   .prepare = dynamic_prepare, .variant = (kind)}
#define STATES "y output_h output_c i j f o tanhc"

static const mc_op_def kOps[] = {
    LAYER("DynamicRNN", "x w b seq_length? init_h? init_c? wci? wcf? wco? mask?", STATES, JOINED),
    LAYER("DynamicRNNV2",
          "x weight_input weight_hidden b? seq_length? init_h? init_c? wci? wcf? wco? mask?", STATES, APART),
    LAYER("DynamicRNNV3", "x w b seq_length? init_h? init_c? wci? wcf? wco? mask? real_mask? project?", STATES,
          JOINED),
    LAYER("BasicLSTMCell", "x h c w b mask?", "ct ht it jt ft ot tanhct", CELL),
};
MC_OP_FAMILY(rnn_dynamic, kOps);
