/* Scratch: converted inputs | outputs to be converted | the kernel's own. */
#include "ops/widen.h"

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/convert.h"

enum { MOST = 32, PIECE = 32 << 10 };

typedef struct widened {
  mc_op_call inner;
  uint32_t inputs, outputs; /* those that are converted */
  size_t at_in[MOST], at_out[MOST];
  size_t own; /* where the kernel's scratch begins */
} widened;

typedef struct conversion {
  mc_convert *convert;
  const char *from;
  char *to;
  size_t from_size, to_size;
} conversion;

static void convert_piece(void *arg, int64_t begin, int64_t end) {
  const conversion *c = arg;
  c->convert(c->from + (size_t)begin * c->from_size, c->to + (size_t)begin * c->to_size, end - begin);
}

static void convert_all(int from_dtype, int to_dtype, const void *from, void *to, int64_t count) {
  conversion c = {mc_convert_for(from_dtype, to_dtype), from, to, mc_dtype_size(from_dtype),
                  mc_dtype_size(to_dtype)};
  mc_parallel_for(count, PIECE, convert_piece, &c);
}

static int run_widened(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const widened *w = call->state;
  const void *inner_in[MOST];
  void *inner_out[MOST];
  char *room = scratch;
  for (int i = 0; i < call->n_in; ++i) {
    inner_in[i] = in[i];
    if (w->inputs >> i & 1) {
      convert_all(call->in[i].desc.dtype, MC_FLOAT, in[i], room + w->at_in[i],
                  mc_shape_count(&call->in[i].desc.shape));
      inner_in[i] = room + w->at_in[i];
    }
  }
  for (int i = 0; i < call->n_out; ++i) {
    inner_out[i] = w->outputs >> i & 1 ? room + w->at_out[i] : out[i];
  }
  const int status = w->inner.run(&w->inner, inner_in, inner_out, room + w->own);
  for (int i = 0; status == MC_OK && i < call->n_out; ++i) {
    if (w->outputs >> i & 1) {
      convert_all(MC_FLOAT, call->out[i].desc.dtype, inner_out[i], out[i],
                  mc_shape_count(&call->out[i].desc.shape));
    }
  }
  return status;
}

/* Room for a tensor as float, rounded up to whole cache lines; false when that overflows. */
static bool add_room(const mc_desc *desc, size_t *at, size_t *size) {
  int64_t bytes = 0;
  *at = *size;
  if (__builtin_mul_overflow(mc_shape_count(&desc->shape), (int64_t)sizeof(float), &bytes) ||
      __builtin_add_overflow(bytes, 64, &bytes)) {
    return false;
  }
  return !__builtin_add_overflow(*size, (size_t)bytes / 64 * 64, size);
}

int mc_widen_prepare(mc_op_call *call, mc_op_run *run, uint32_t inputs, uint32_t outputs) {
  uint32_t in = 0;
  uint32_t out = 0;
  for (int i = 0; i < call->n_in && i < MOST; ++i) {
    in |= (inputs >> i & 1) && call->in[i].present && call->in[i].desc.dtype != MC_FLOAT ? 1u << i : 0;
  }
  for (int i = 0; i < call->n_out && i < MOST; ++i) {
    out |= (outputs >> i & 1) && call->out[i].desc.dtype != MC_FLOAT ? 1u << i : 0;
  }
  call->run = run;
  if (in == 0 && out == 0) {
    return MC_OK;
  }
  widened *w = mc_op_alloc(call, sizeof(*w));
  if (w == NULL || call->n_in > MOST || call->n_out > MOST) {
    return mc_op_error(call, "out of memory for the plan");
  }
  w->inner = *call;
  w->inputs = in;
  w->outputs = out;
  bool fits = true;
  for (int i = 0; i < call->n_in; ++i) {
    fits = fits && (!(in >> i & 1) || add_room(&call->in[i].desc, &w->at_in[i], &w->own));
  }
  for (int i = 0; i < call->n_out; ++i) {
    fits = fits && (!(out >> i & 1) || add_room(&call->out[i].desc, &w->at_out[i], &w->own));
  }
  if (!fits || __builtin_add_overflow(call->scratch, w->own, &call->scratch)) {
    return mc_op_error(call, "the tensors as float32 would be too large");
  }
  call->state = w;
  call->run = run_widened;
  return MC_OK;
}
