/*
 * DynamicGRU and DynamicGRUV2: a GRU over x [steps, batch, input] that gives every step's state and gates. V2 has weights
 * [input, 3 * hidden] and [hidden, 3 * hidden] with gates in the order zrh, or rzh. The first version has r and i (which
 * keeps the state) in w [input + hidden, 2 * hidden], what enters in cw [input + hidden, hidden], and resets the state
 * before it is multiplied. DynamicGRUV2Hidden is V2 behind the product of x and weight_input, bias_input added.
 */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/recurrent.h"
#include "ops/widen.h"

enum { FIRST, SECOND, HIDDEN };

typedef struct gru_state {
  mc_recurrent g;
  int lengths, h; /* inputs */
} gru_state;

static int read_attributes(const mc_op_call *call, mc_recurrent *g) {
  const char *order = mc_attrs_string(call->attrs, "gate_order", "zrh");
  const char *direction = mc_attrs_string(call->attrs, "direction", "UNIDIRECTIONAL");
  const char *activation = mc_attrs_string(call->attrs, "activation", "tanh");
  float numbers[2];
  const bool reset_first = strcmp(order, "rzh") == 0;
  if (!reset_first && strcmp(order, "zrh") != 0) {
    return mc_op_error(call, "gate_order is \"%.40s\"; it must be zrh or rzh", order);
  }
  const bool first = call->def->variant == FIRST;
  g->order[MC_GRU_Z] = reset_first || first ? 1 : 0;
  g->order[MC_GRU_R] = reset_first || first ? 0 : 1;
  g->order[MC_GRU_H] = 2;
  g->gates = MC_GRU_GATES;
  g->reset_after = !first && mc_attrs_bool(call->attrs, "reset_after", true);
  if (strcmp(direction, "UNIDIRECTIONAL") != 0 && strcmp(direction, "REDIRECTIONAL") != 0) {
    return mc_op_error(call, "direction is \"%.40s\"; it must be UNIDIRECTIONAL or REDIRECTIONAL", direction);
  }
  g->reverse = direction[0] == 'R';
  if (mc_gate_numbers(activation, numbers) != 0 || !mc_gate_make(&g->act[1], activation, 0, 0) ||
      !mc_gate_make(&g->act[0], "sigmoid", 0, 0)) {
    return mc_op_error(call, "activation is \"%.40s\"; it must be one without parameters, such as tanh", activation);
  }
  if (mc_attrs_int(call->attrs, "cell_depth", 1) != 1 || mc_attrs_float(call->attrs, "keep_prob", 1) != 1 ||
      mc_attrs_float(call->attrs, "cell_clip", -1) > 0 || mc_attrs_int(call->attrs, "num_proj", 0) != 0 ||
      !mc_attrs_bool(call->attrs, "time_major", true)) {
    return mc_op_error(call,
                       "only cell_depth 1, keep_prob 1, cell_clip -1, num_proj 0 and time_major true are emulated");
  }
  return MC_OK;
}

static int check_lengths(const mc_op_call *call, const gru_state *s) {
  const mc_op_value *lengths = mc_op_input(call, s->lengths);
  if (lengths != NULL &&
      (lengths->desc.dtype != MC_INT32 || mc_shape_count(&lengths->desc.shape) != s->g.batch)) {
    return mc_op_error(call, "seq_length must be DT_INT32 with one length for each of %lld samples",
                       (long long)s->g.batch);
  }
  return MC_OK;
}

static int read_gru(const mc_op_call *call, gru_state *s) {
  char tx[MC_SHAPE_TEXT];
  char tw[MC_SHAPE_TEXT];
  const bool first = call->def->variant == FIRST;
  const int columns = first ? 2 : 3;
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *w = &call->in[1].desc.shape;
  memset(s, 0, sizeof(*s));
  if (x->rank != 3 || w->rank != 2 || w->dims[1] == 0 || w->dims[1] % columns != 0) {
    return mc_op_error(call, "x %.90s and the weights %.90s must be [steps,batch,input] and [..,%d * hidden]",
                       mc_shape_text(x, tx), mc_shape_text(w, tw), columns);
  }
  mc_recurrent *g = &s->g;
  const int64_t hidden = w->dims[1] / columns;
  *g = (mc_recurrent){.steps = x->dims[0], .batch = x->dims[1], .input = x->dims[2], .hidden = hidden};
  g->x_step = g->batch * g->input;
  g->x_batch = g->input;
  g->y_step = g->batch * hidden;
  g->y_batch = hidden;
  s->lengths = call->def->variant == HIDDEN ? 3 : 5;
  s->h = s->lengths + 1;
  int status = read_attributes(call, g);
  if (call->def->variant == HIDDEN) {
    if (status == MC_OK && g->input != 3 * hidden) {
      return mc_op_error(call, "x_weight_input %.90s and weight_hidden %.90s must both have 3 * hidden columns",
                         mc_shape_text(x, tx), mc_shape_text(w, tw));
    }
    status = status != MC_OK ? status : mc_recurrent_check(call, 1, hidden * 3 * hidden);
    status = status != MC_OK ? status : mc_recurrent_check(call, 2, 3 * hidden);
    status = status != MC_OK ? status : mc_recurrent_check(call, s->h, g->batch * hidden);
    return status != MC_OK ? status : check_lengths(call, s);
  }
  const int64_t rows = g->input + hidden;
  status = status != MC_OK ? status : mc_recurrent_check(call, 1, (first ? rows : g->input) * columns * hidden);
  status = status != MC_OK ? status : mc_recurrent_check(call, 2, first ? 2 * hidden : hidden * 3 * hidden);
  status = status != MC_OK ? status : mc_recurrent_check(call, 3, first ? rows * hidden : 3 * hidden);
  status = status != MC_OK ? status : mc_recurrent_check(call, 4, first ? hidden : 3 * hidden);
  status = status != MC_OK ? status : mc_recurrent_check(call, s->h, g->batch * hidden);
  return status != MC_OK ? status : check_lengths(call, s);
}

static int gru_infer(mc_op_call *call) {
  gru_state s;
  int status = read_gru(call, &s);
  if (status != MC_OK) {
    return status;
  }
  for (int i = 0; i < call->n_out; ++i) {
    call->out[i].desc = call->in[0].desc;
    call->out[i].desc.shape.dims[2] = s.g.hidden;
  }
  return mc_check_sizes(call);
}

/* The first version's matrices side by side: [input + hidden, r i n], and one bias. */
static void join(const mc_recurrent *g, const void *const *in, float *matrix, float *bias) {
  const int64_t n = g->hidden;
  for (int64_t row = 0; row < g->input + n; ++row) {
    memcpy(matrix + row * 3 * n, (const float *)in[1] + row * 2 * n, sizeof(float) * (size_t)(2 * n));
    memcpy(matrix + row * 3 * n + 2 * n, (const float *)in[3] + row * n, sizeof(float) * (size_t)n);
  }
  memcpy(bias, in[2], sizeof(float) * (size_t)(2 * n));
  memcpy(bias + 2 * n, in[4], sizeof(float) * (size_t)n);
}

static int run_gru(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const gru_state *s = call->state;
  const mc_recurrent *g = &s->g;
  const int64_t wide = 3 * g->hidden;
  float *matrix = scratch;
  const bool first = call->def->variant == FIRST;
  float *bias = matrix + (first ? (g->input + g->hidden) * wide : 0);
  float *rest = bias + (first ? wide : 0);
  mc_recurrent_data d = {.x = in[0], .h0 = in[s->h], .lengths = in[s->lengths], .y = out[0]};
  if (first) {
    join(g, in, matrix, bias);
    d.w = (mc_matrix){matrix, wide, 1, MC_FLOAT};
    d.r = (mc_matrix){matrix + g->input * wide, wide, 1, MC_FLOAT};
    d.bias_w = bias;
    d.trace[1] = out[2]; /* r i n */
    d.trace[0] = out[3];
    d.trace[2] = out[4];
  } else {
    const bool multiplied = call->def->variant == HIDDEN;
    d.w = (mc_matrix){multiplied ? NULL : in[1], wide, 1, MC_FLOAT};
    d.r = (mc_matrix){in[multiplied ? 1 : 2], wide, 1, MC_FLOAT};
    d.bias_w = multiplied ? NULL : in[3];
    d.bias_r = in[multiplied ? 2 : 4];
    memcpy(d.trace, out + 2, 4 * sizeof(*d.trace)); /* update reset new hidden_new */
  }
  if (!mc_recurrent_run(g, &d, rest)) {
    return mc_op_error(call, "out of host memory");
  }
  memcpy(out[1], out[0], sizeof(float) * (size_t)(g->steps * g->batch * g->hidden));
  return MC_OK;
}

static int gru_prepare(mc_op_call *call) {
  gru_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  int status = read_gru(call, s);
  if (status != MC_OK) {
    return status;
  }
  call->state = s;
  status = mc_recurrent_prepare(call, &s->g, 1);
  if (status != MC_OK) {
    return status;
  }
  if (call->def->variant == FIRST) {
    call->scratch += sizeof(float) * (size_t)((s->g.input + s->g.hidden + 1) * 3 * s->g.hidden);
  }
  return mc_widen_prepare(call, run_gru, ~(1u << s->lengths), ~0u);
}

static const mc_op_def kOps[] = {
    {.type = "DynamicGRU",
     .inputs = "x w b cw cb seq_length? init_h?",
     .outputs = "y output_h r i n",
     .dtypes = MC_T_FLOATS,
     .infer = gru_infer,
     .prepare = gru_prepare,
     .variant = FIRST},
    {.type = "DynamicGRUV2",
     .inputs = "x weight_input weight_hidden bias_input? bias_hidden? seq_length? init_h?",
     .outputs = "y output_h update reset new hidden_new",
     .dtypes = MC_T_FLOATS,
     .infer = gru_infer,
     .prepare = gru_prepare,
     .variant = SECOND},
    {.type = "DynamicGRUV2Hidden",
     .inputs = "x_weight_input weight_hidden bias_hidden? seq_length? init_h?",
     .outputs = "y output_h update reset new hidden_new",
     .dtypes = MC_T_F32,
     .infer = gru_infer,
     .prepare = gru_prepare,
     .variant = HIDDEN},
};
MC_OP_FAMILY(gru_dynamic, kOps);
