/*
 * LSTM and RNN as Caffe has them: x is [steps, batch, input]; cont [steps, batch] is 0 where a sequence begins, and what
 * the states are multiplied with there. Weights are [outputs, inputs], the LSTM's gates in the order i, f, o and what
 * enters. h_0 and c_0 are where states begin, zeros without them.
 */
#include <math.h>
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/recurrent.h"
#include "ops/widen.h"

enum { LSTM, RNN };
enum { X, CONT };
enum { L_WX = 2, L_BIAS, L_WH, L_STATIC, L_H0, L_C0, L_WSTATIC };
enum { R_STATIC = 2, R_H0, R_WXH, R_BH, R_WSH, R_WHH, R_WHO, R_BO };

typedef struct caffe_state {
  mc_recurrent g;
  int64_t outputs; /* of an RNN */
} caffe_state;

static int read_caffe(const mc_op_call *call, caffe_state *s) {
  char text[MC_SHAPE_TEXT];
  const bool lstm = call->def->variant == LSTM;
  const mc_shape *x = &call->in[X].desc.shape;
  const mc_shape *w = &call->in[lstm ? L_WX : R_WXH].desc.shape;
  memset(s, 0, sizeof(*s));
  mc_recurrent *g = &s->g;
  if (x->rank != 3 || w->rank < 1 || (lstm && w->dims[0] % 4 != 0) || w->dims[0] == 0) {
    return mc_op_error(call, "x %.120s must be [steps,batch,input], and the weights [%shidden,input]",
                       mc_shape_text(x, text), lstm ? "4 * " : "");
  }
  if (mc_op_input(call, lstm ? L_STATIC : R_STATIC) != NULL || mc_op_input(call, lstm ? L_WSTATIC : R_WSH) != NULL) {
    return mc_op_error(call, "x_static is connected; it is not emulated");
  }
  *g = (mc_recurrent){.gates = MC_LSTM_GATES, .steps = x->dims[0], .batch = x->dims[1], .input = x->dims[2]};
  g->hidden = w->dims[0] / (lstm ? 4 : 1);
  g->x_step = g->batch * g->input;
  g->x_batch = g->input;
  g->y_step = g->batch * g->hidden;
  g->y_batch = g->hidden;
  static const int kOrder[MC_LSTM_GATES] = {[MC_LSTM_I] = 0, [MC_LSTM_F] = 1, [MC_LSTM_O] = 2, [MC_LSTM_C] = 3};
  memcpy(g->order, kOrder, sizeof(g->order));
  for (int k = 0; k < 3; ++k) {
    mc_gate_make(&g->act[k], k == 0 ? "Sigmoid" : "Tanh", 0, 0);
  }
  const int64_t n = g->hidden;
  int status = mc_recurrent_check(call, CONT, g->steps * g->batch);
  status = status != MC_OK ? status : mc_recurrent_check(call, lstm ? L_WX : R_WXH, w->dims[0] * g->input);
  status = status != MC_OK ? status : mc_recurrent_check(call, lstm ? L_BIAS : R_BH, w->dims[0]);
  status = status != MC_OK ? status : mc_recurrent_check(call, lstm ? L_WH : R_WHH, w->dims[0] * n);
  status = status != MC_OK ? status : mc_recurrent_check(call, lstm ? L_H0 : R_H0, g->batch * n);
  if (status == MC_OK && lstm) {
    return mc_recurrent_check(call, L_C0, g->batch * n);
  }
  s->outputs = lstm ? 0 : mc_shape_count(&call->in[R_WHO].desc.shape) / n;
  status = status != MC_OK ? status : mc_recurrent_check(call, R_WHO, s->outputs * n);
  return status != MC_OK ? status : mc_recurrent_check(call, R_BO, s->outputs);
}

static int caffe_infer(mc_op_call *call) {
  caffe_state s;
  int status = read_caffe(call, &s);
  if (status != MC_OK) {
    return status;
  }
  const mc_recurrent *g = &s.g;
  for (int i = 0; i < call->n_out; ++i) {
    call->out[i].desc = call->in[X].desc;
    call->out[i].desc.shape = (mc_shape){3, {i == 0 ? g->steps : 1, g->batch, g->hidden}};
  }
  if (call->def->variant == RNN) {
    call->out[0].desc.shape.dims[2] = s.outputs;
  }
  return mc_check_sizes(call);
}

static int run_lstm(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const mc_recurrent *g = &((const caffe_state *)call->state)->g;
  const mc_recurrent_data d = {.x = in[X],
                               .w = {in[L_WX], 1, g->input, MC_FLOAT},
                               .r = {in[L_WH], 1, g->hidden, MC_FLOAT},
                               .bias_w = in[L_BIAS],
                               .h0 = in[L_H0],
                               .c0 = in[L_C0],
                               .keep = in[CONT],
                               .y = out[0],
                               .h = out[1],
                               .c = out[2]};
  return mc_recurrent_run(g, &d, scratch) ? MC_OK : mc_op_error(call, "out of host memory");
}

static float dot(const float *a, const float *b, int64_t n) {
  float sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    sum += a[i] * b[i];
  }
  return sum;
}

/* h = tanh(W_xh x + W_hh h + b_h) and o = tanh(W_ho h + b_o), for one sample's step; `next` is room for h. */
static void step_rnn(const caffe_state *s, const void *const *in, const float *x, float *h, float *next, float *o) {
  const int64_t n = s->g.hidden;
  const int64_t width = s->g.input;
  for (int64_t k = 0; k < n; ++k) {
    next[k] = tanhf(dot((const float *)in[R_WXH] + k * width, x, width) + dot((const float *)in[R_WHH] + k * n, h, n) +
                    ((const float *)in[R_BH])[k]);
  }
  memcpy(h, next, sizeof(float) * (size_t)n);
  for (int64_t k = 0; k < s->outputs; ++k) {
    o[k] = tanhf(dot((const float *)in[R_WHO] + k * n, h, n) + ((const float *)in[R_BO])[k]);
  }
}

static int run_rnn(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const caffe_state *s = call->state;
  const mc_recurrent *g = &s->g;
  const int64_t n = g->hidden;
  float *state = out[1];
  memset(state, 0, sizeof(float) * (size_t)(g->batch * n));
  if (in[R_H0] != NULL) {
    memcpy(state, in[R_H0], sizeof(float) * (size_t)(g->batch * n));
  }
  for (int64_t at = 0; at < g->steps * g->batch; ++at) {
    float *h = state + at % g->batch * n;
    for (int64_t k = 0; k < n; ++k) {
      h[k] *= ((const float *)in[CONT])[at];
    }
    step_rnn(s, in, (const float *)in[X] + at * g->input, h, scratch, (float *)out[0] + at * s->outputs);
  }
  return MC_OK;
}

static int caffe_prepare(mc_op_call *call) {
  caffe_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  int status = read_caffe(call, s);
  if (status != MC_OK) {
    return status;
  }
  const bool lstm = call->def->variant == LSTM;
  call->state = s;
  status = mc_recurrent_prepare(call, &s->g, 1);
  if (status != MC_OK) {
    return status;
  }
  call->scratch = lstm ? call->scratch : sizeof(float) * (size_t)s->g.hidden;
  return mc_widen_prepare(call, lstm ? run_lstm : run_rnn, ~0u, ~0u);
}

static const mc_op_def kOps[] = {
    {.type = "LSTM",
     .inputs = "x cont w_x bias w_h x_static? h_0? c_0? w_x_static?",
     .outputs = "h h_t c_t",
     .dtypes = MC_T_FLOATS,
     .infer = caffe_infer,
     .prepare = caffe_prepare,
     .variant = LSTM},
    {.type = "RNN",
     .inputs = "x cont x_static? h_0? w_xh bias_h w_sh? w_hh w_ho bias_o",
     .outputs = "o h_t",
     .dtypes = MC_T_FLOATS,
     .infer = caffe_infer,
     .prepare = caffe_prepare,
     .variant = RNN},
};
MC_OP_FAMILY(rnn_caffe, kOps);
