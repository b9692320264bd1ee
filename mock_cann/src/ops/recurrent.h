/* Recurrent cells run over a sequence: LSTM and GRU in the terms of every operator that has them. */
#ifndef MC_OPS_RECURRENT_H
#define MC_OPS_RECURRENT_H

#include "ops/activate.h"
#include "ops/gemm.h"
#include "ops/op.h"

/* y = post * function(pre * x). */
typedef struct mc_gate {
  mc_activation function;
  float pre, post;
} mc_gate;

/* ONNX's names of activations, in any letter case. Numbers: how many of alpha and beta the function has, and what they
 * are when nobody says; -1 when there is no such function, which makes the other answer false. */
int mc_gate_numbers(const char *name, float defaults[2]);
bool mc_gate_make(mc_gate *gate, const char *name, float alpha, float beta);

enum { MC_LSTM_I, MC_LSTM_O, MC_LSTM_F, MC_LSTM_C, MC_LSTM_GATES };
enum { MC_GRU_Z, MC_GRU_R, MC_GRU_H, MC_GRU_GATES };

/* One direction of a layer. Gate k has columns [order[k] * hidden, ...) of both weight matrices and biases. */
typedef struct mc_recurrent {
  int gates; /* MC_LSTM_GATES or MC_GRU_GATES */
  int order[MC_LSTM_GATES];
  int64_t steps, batch, input, hidden;
  int64_t x_step, x_batch; /* elements from step to step and from sample to sample */
  int64_t y_step, y_batch; /* the same of y */
  bool reverse;
  mc_gate act[3];           /* of the gates, of what enters the cell, of the cell's output */
  float clip;               /* bounds what goes into act; 0: none */
  float forget_bias;        /* added to gate f */
  bool input_forget;        /* LSTM: f is 1 - i */
  bool reset_after;         /* GRU: r multiplies the product with the hidden state, not the state */
} mc_recurrent;

enum { MC_TRACES = 6 };

typedef struct mc_recurrent_data {
  const float *x;
  mc_matrix w, r;                 /* input x columns, hidden x columns, in float; w without data: x is the product */
  const float *bias_w, *bias_r;   /* NULL: none */
  const float *peep[3];           /* of gates i, o and f; NULL: none */
  const float *h0, *c0;           /* [batch, hidden]; NULL: zeros */
  const int32_t *lengths;         /* per sample; NULL: all have every step */
  const float *keep;              /* [steps, batch]: what both states are multiplied with before a step; NULL: 1 */
  float *y, *h, *c;               /* every step's, and the last states [batch, hidden]; NULL: not wanted */
  /* Every step's, laid out like y, NULL: not wanted. LSTM: c, i, entering, f, o, act of c; GRU: z, r, entering, the
   * hidden state's part of it. */
  float *trace[MC_TRACES];
} mc_recurrent_data;

/* An input that is there (slot < 0: none) has so many elements of a float type. */
int mc_recurrent_check(const mc_op_call *call, int slot, int64_t count);
/* Sets the scratch of one direction and the cost of `directions`. */
int mc_recurrent_prepare(mc_op_call *call, const mc_recurrent *s, int directions);

/* False when memory is exhausted. */
bool mc_recurrent_run(const mc_recurrent *s, const mc_recurrent_data *d, void *scratch);

#endif
