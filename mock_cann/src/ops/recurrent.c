/*
 * The input's products are computed for all steps at once; each step adds the state's. A sample that has fewer steps
 * than the sequence keeps its state and gives zeros afterwards; backwards, it begins at its own last step.
 *
 * Scratch: input products [steps, batch, gates * hidden] | a step's gates [batch, gates * hidden] | h | c | room
 * [batch, hidden] each | the state's weights as the products want them, and of a GRU those of what enters once more.
 */
#include "ops/recurrent.h"

#include <string.h>

typedef struct product {
  mc_matrix a, b;
  int64_t m, n, k;
  const float *addend; /* a row for every row of the result, or NULL */
  float *y;
  int64_t row;
  const float *packed; /* b as mc_gemm_prepack wrote it, or NULL */
} product;

static void select_product(const void *context, int64_t batch, mc_gemm *gemm, mc_matrix storage[2]) {
  const product *p = context;
  (void)batch;
  storage[0] = p->a;
  storage[1] = p->b;
  gemm->m = p->m;
  gemm->n = p->n;
  gemm->k = p->k;
  gemm->a = (mc_operand){.pack = mc_pack_rows, .source = &storage[0]};
  gemm->b = (mc_operand){.pack = mc_pack_columns, .source = &storage[1], .packed = p->packed};
  gemm->c = (mc_result){.data = p->y, .row = p->row, .dtype = MC_FLOAT, .alpha = 1, .beta = 1};
  if (p->addend != NULL) {
    gemm->c.addend = (mc_matrix){p->addend, 0, 1, MC_FLOAT};
  }
}

/* y [m, n] = a [m, k] · b [k, n] + addend; `packed` is b for a product that is repeated, or NULL. */
static bool multiply(const float *a, int64_t m, int64_t k, mc_matrix b, const float *packed, int64_t n,
                     const float *addend, float *y, int64_t row) {
  const product p = {{a, k, 1, MC_FLOAT}, b, m, n, k, addend, y, row, packed};
  if (m == 0 || n == 0) {
    return true;
  }
  if (k == 0) {
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        y[i * row + j] = addend == NULL ? 0 : addend[j];
      }
    }
    return true;
  }
  return mc_gemm_run(1, m, n, k, select_product, &p);
}

static void apply(const mc_recurrent *s, const mc_gate *g, float *x, int64_t n) {
  for (int64_t i = 0; s->clip > 0 && i < n; ++i) {
    x[i] = x[i] > s->clip ? s->clip : x[i] < -s->clip ? -s->clip : x[i];
  }
  for (int64_t i = 0; g->pre != 1 && i < n; ++i) {
    x[i] *= g->pre;
  }
  mc_activate(&g->function, x, x, n);
  for (int64_t i = 0; g->post != 1 && i < n; ++i) {
    x[i] *= g->post;
  }
}

static void add_product(float *y, const float *a, const float *b, int64_t n) {
  for (int64_t i = 0; b != NULL && i < n; ++i) {
    y[i] += a[i] * b[i];
  }
}

static void trace(float *to, int64_t at, const float *values, int64_t n) {
  if (to != NULL && n > 0) {
    memcpy(to + at, values, sizeof(float) * (size_t)n);
  }
}

/* One sample's step: its gates' inputs, and its state. `at` is where y has it. */
static void step_lstm(const mc_recurrent *s, const mc_recurrent_data *d, float *gates, float *h, float *c, int64_t at,
                      float *room) {
  const int64_t n = s->hidden;
  float *i = gates + s->order[MC_LSTM_I] * n;
  float *o = gates + s->order[MC_LSTM_O] * n;
  float *f = gates + s->order[MC_LSTM_F] * n;
  float *g = gates + s->order[MC_LSTM_C] * n;
  add_product(i, c, d->peep[0], n);
  add_product(f, c, d->peep[2], n);
  for (int64_t k = 0; s->forget_bias != 0 && k < n; ++k) {
    f[k] += s->forget_bias;
  }
  apply(s, &s->act[0], i, n);
  apply(s, &s->act[0], f, n);
  for (int64_t k = 0; s->input_forget && k < n; ++k) {
    f[k] = 1 - i[k];
  }
  apply(s, &s->act[1], g, n);
  for (int64_t k = 0; k < n; ++k) {
    c[k] = f[k] * c[k] + i[k] * g[k];
  }
  add_product(o, c, d->peep[1], n);
  apply(s, &s->act[0], o, n);
  memcpy(room, c, sizeof(float) * (size_t)n);
  apply(s, &s->act[2], room, n);
  for (int64_t k = 0; k < n; ++k) {
    h[k] = o[k] * room[k];
  }
  const float *const traced[MC_TRACES] = {c, i, g, f, o, room};
  for (int t = 0; t < MC_TRACES; ++t) {
    trace(d->trace[t], at, traced[t], n);
  }
}

/* Gates z and r of a sample are ready; `part` is the hidden state's part of what enters. */
static void step_gru(const mc_recurrent *s, const mc_recurrent_data *d, float *gates, const float *part, float *h,
                     int64_t at) {
  const int64_t n = s->hidden;
  const float *z = gates + s->order[MC_GRU_Z] * n;
  const float *r = gates + s->order[MC_GRU_R] * n;
  float *g = gates + s->order[MC_GRU_H] * n;
  for (int64_t k = 0; k < n; ++k) {
    g[k] += s->reset_after ? r[k] * part[k] : part[k];
  }
  apply(s, &s->act[1], g, n);
  for (int64_t k = 0; k < n; ++k) {
    h[k] = (1 - z[k]) * g[k] + z[k] * h[k];
  }
  const float *const traced[4] = {z, r, g, part};
  for (int t = 0; t < 4; ++t) {
    trace(d->trace[t], at, traced[t], n);
  }
}

typedef struct rooms {
  float *inputs, *gates, *h, *c, *room;
  float *packed, *packed_entering; /* the state's weights */
} rooms;

static rooms rooms_of(const mc_recurrent *s, void *scratch) {
  const int64_t wide = s->gates * s->hidden;
  rooms r = {.inputs = scratch};
  r.gates = r.inputs + s->steps * s->batch * wide;
  r.h = r.gates + s->batch * wide;
  r.c = r.h + s->batch * s->hidden;
  r.room = r.c + s->batch * s->hidden;
  r.packed = r.room + s->batch * s->hidden;
  r.packed_entering = r.packed + mc_gemm_packed_size(false, wide, s->hidden);
  return r;
}

/* How many steps a sample has. */
static int64_t length_of(const mc_recurrent *s, const mc_recurrent_data *d, int64_t sample) {
  const int64_t length = d->lengths == NULL ? s->steps : d->lengths[sample];
  return length < 0 ? 0 : length > s->steps ? s->steps : length;
}

/* Adds the inputs' products, of a GRU to gates z and r only, and applies these. */
static void open_gru(const mc_recurrent *s, float *gates, const float *inputs, const float *h, float *part) {
  const int64_t n = s->hidden;
  const int64_t enters = s->order[MC_GRU_H] * n;
  memcpy(part, gates + enters, sizeof(float) * (size_t)n);
  for (int k = 0; k < 2; ++k) {
    float *gate = gates + s->order[k] * n;
    for (int64_t i = 0; i < n; ++i) {
      gate[i] += inputs[s->order[k] * n + i];
    }
    apply(s, &s->act[0], gate, n);
  }
  memcpy(gates + enters, inputs + enters, sizeof(float) * (size_t)n);
  const float *reset = gates + s->order[MC_GRU_R] * n;
  for (int64_t i = 0; !s->reset_after && i < n; ++i) {
    part[i] = reset[i] * h[i];
  }
}

/* The entering part of a GRU that resets the state before it is multiplied: (r * h) · R + bias. */
static bool multiply_reset(const mc_recurrent *s, const mc_recurrent_data *d, const rooms *r) {
  const int64_t n = s->hidden;
  const int64_t first = s->order[MC_GRU_H] * n;
  mc_matrix matrix = d->r;
  matrix.data = (const float *)d->r.data + first * d->r.col;
  /* c is free in a GRU. */
  memcpy(r->c, r->room, sizeof(float) * (size_t)(s->batch * n));
  return multiply(r->c, s->batch, n, matrix, r->packed_entering, n, d->bias_r == NULL ? NULL : d->bias_r + first,
                  r->room, n);
}

/* Where step `step` of a sample stands in the sequence; -1: it has none. */
static int64_t time_of(const mc_recurrent *s, const mc_recurrent_data *d, int64_t sample, int64_t step) {
  const int64_t length = length_of(s, d, sample);
  return step >= length ? -1 : s->reverse ? length - 1 - step : step;
}

static bool run_step(const mc_recurrent *s, const mc_recurrent_data *d, const rooms *r, int64_t step) {
  const int64_t n = s->hidden;
  const int64_t wide = s->gates * n;
  const bool gru = s->gates == MC_GRU_GATES;
  for (int64_t i = 0; d->keep != NULL && i < s->batch * n; ++i) {
    const float keep = d->keep[step * s->batch + i / n];
    r->h[i] *= keep;
    r->c[i] *= keep;
  }
  if (!multiply(r->h, s->batch, n, d->r, r->packed, wide, d->bias_r, r->gates, wide)) {
    return false;
  }
  for (int64_t b = 0; gru && b < s->batch; ++b) {
    const int64_t t = time_of(s, d, b, step);
    if (t >= 0) {
      open_gru(s, r->gates + b * wide, r->inputs + (t * s->batch + b) * wide, r->h + b * n, r->room + b * n);
    }
  }
  if (gru && !s->reset_after && !multiply_reset(s, d, r)) {
    return false;
  }
  for (int64_t b = 0; b < s->batch; ++b) {
    const int64_t t = time_of(s, d, b, step);
    float *gates = r->gates + b * wide;
    float *h = r->h + b * n;
    if (t < 0) {
      continue;
    }
    const int64_t at = t * s->y_step + b * s->y_batch;
    if (gru) {
      step_gru(s, d, gates, r->room + b * n, h, at);
    } else {
      const float *inputs = r->inputs + (t * s->batch + b) * wide;
      for (int64_t i = 0; i < wide; ++i) {
        gates[i] += inputs[i];
      }
      step_lstm(s, d, gates, h, r->c + b * n, at, r->room + b * n);
    }
    trace(d->y, at, h, n);
  }
  return true;
}

/* What samples that end early do not write. */
static void clear(const mc_recurrent *s, const mc_recurrent_data *d) {
  float *const all[MC_TRACES + 1] = {d->y,        d->trace[0], d->trace[1], d->trace[2],
                                     d->trace[3], d->trace[4], d->trace[5]};
  for (int k = 0; d->lengths != NULL && k <= MC_TRACES; ++k) {
    for (int64_t at = 0; all[k] != NULL && at < s->steps * s->batch; ++at) {
      memset(all[k] + at / s->batch * s->y_step + at % s->batch * s->y_batch, 0, sizeof(float) * (size_t)s->hidden);
    }
  }
}

/* The state's weights as panels, once for all steps. */
static void pack_weights(const mc_recurrent *s, const mc_recurrent_data *d, const rooms *r) {
  const mc_operand all = {.pack = mc_pack_columns, .source = &d->r};
  mc_gemm_prepack(false, &all, s->gates * s->hidden, s->hidden, r->packed);
  if (s->gates == MC_GRU_GATES && !s->reset_after) {
    mc_matrix matrix = d->r;
    matrix.data = (const float *)d->r.data + s->order[MC_GRU_H] * s->hidden * d->r.col;
    const mc_operand entering = {.pack = mc_pack_columns, .source = &matrix};
    mc_gemm_prepack(false, &entering, s->hidden, s->hidden, r->packed_entering);
  }
}

bool mc_recurrent_run(const mc_recurrent *s, const mc_recurrent_data *d, void *scratch) {
  const rooms r = rooms_of(s, scratch);
  const int64_t wide = s->gates * s->hidden;
  const size_t state = sizeof(float) * (size_t)(s->batch * s->hidden);
  clear(s, d);
  if (d->w.data == NULL) {
    trace(r.inputs, 0, d->x, s->steps * s->batch * wide);
  } else if (s->x_batch == s->input && s->x_step == s->batch * s->input) {
    if (!multiply(d->x, s->steps * s->batch, s->input, d->w, NULL, wide, d->bias_w, r.inputs, wide)) {
      return false;
    }
  } else { /* samples first: their rows lie apart */
    for (int64_t b = 0; b < s->batch; ++b) {
      if (!multiply(d->x + b * s->x_batch, s->steps, s->input, d->w, NULL, wide, d->bias_w, r.inputs + b * wide,
                    s->batch * wide)) {
        return false;
      }
    }
  }
  pack_weights(s, d, &r);
  memset(r.h, 0, state);
  memset(r.c, 0, state);
  if (d->h0 != NULL) {
    memcpy(r.h, d->h0, state);
  }
  if (d->c0 != NULL) {
    memcpy(r.c, d->c0, state);
  }
  for (int64_t step = 0; step < s->steps; ++step) {
    if (!run_step(s, d, &r, step)) {
      return false;
    }
  }
  if (d->h != NULL) {
    memcpy(d->h, r.h, state);
  }
  if (d->c != NULL) {
    memcpy(d->c, r.c, state);
  }
  return true;
}
