/* What every pooling operator does with its geometry: places windows, and prepares the run. */
#include "engine/status.h"
#include "ops/pool.h"

int mc_pool_place(const mc_op_call *call, const char *direction, mc_pool_padding mode, bool ceil,
                  mc_pool_axis *a) {
  int64_t extent = 0; /* from a window's first element to its last */
  if (a->window < 1 || a->stride < 1 || a->dilation < 1 || a->window > INT32_MAX || a->stride > INT32_MAX ||
      a->dilation > INT32_MAX) {
    return mc_op_error(call, "%s: window %lld, stride %lld and dilation %lld must be in [1, 2147483647]",
                       direction, (long long)a->window, (long long)a->stride, (long long)a->dilation);
  }
  extent = (a->window - 1) * a->dilation;
  if (mode == MC_POOL_SAME) {
    a->out = a->length / a->stride + (a->length % a->stride != 0);
    const int64_t needed = a->out == 0 ? 0 : (a->out - 1) * a->stride + extent + 1 - a->length;
    a->before = needed > 0 ? needed / 2 : 0;
    a->after = needed > 0 ? needed - needed / 2 : 0;
    return MC_OK;
  }
  if (mode == MC_POOL_VALID) {
    a->before = a->after = 0;
  }
  int64_t padded = 0;
  if (a->before < 0 || a->after < 0 || a->before > extent || a->after > extent) {
    return mc_op_error(call,
                       "pads for %s are %lld and %lld; they must be at least 0 and less than the window %lld",
                       direction, (long long)a->before, (long long)a->after, (long long)extent + 1);
  }
  if (__builtin_add_overflow(a->length, a->before + a->after, &padded) || extent >= padded) {
    return mc_op_error(call, "%s: a window of %lld does not fit x's %lld with pads %lld and %lld", direction,
                       (long long)extent + 1, (long long)a->length, (long long)a->before,
                       (long long)a->after);
  }
  const int64_t rest = padded - extent - 1;
  a->out = rest / a->stride + 1 + (ceil && rest % a->stride != 0);
  /* A window that ceil_mode adds must still begin before the padding behind the image. */
  if (ceil && (a->out - 1) * a->stride >= a->length + a->before) {
    --a->out;
  }
  return MC_OK;
}

int mc_pool_prepare(mc_op_call *call, const mc_pool *g) {
  const int dtype = call->in[0].desc.dtype;
  mc_pool *state = mc_op_alloc(call, sizeof(*state));
  if (state == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  *state = *g;
  call->state = state;
  const bool floats = (MC_T_FLOATS & MC_DTYPE_BIT(dtype)) != 0;
  call->run = floats ? mc_pool_run_floats : mc_pool_run_others;
  call->scratch = floats ? mc_pool_scratch(g, dtype) : 0;
  const double outs = (double)g->depth.out * (double)g->rows.out * (double)g->columns.out;
  const double taps = (double)g->n * (double)g->c * outs * (double)mc_pool_taps_of(g);
  mc_op_cost(call, 50 + taps / (floats ? 4 : 1));
  return MC_OK;
}
