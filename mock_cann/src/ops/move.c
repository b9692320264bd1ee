/* Lists of strided copies: planned once, run in order. */
#include "ops/move.h"

#include "engine/status.h"
#include "ops/checks.h"

int mc_run_moves(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const mc_moves *moves = call->state;
  for (int i = 0; i < moves->count; ++i) {
    const mc_move *move = &moves->items[i];
    if (move->plan.pieces != 0) {
      mc_strided_run(&move->plan, (char *)out[move->out] + move->dst, (const char *)in[move->in] + move->src);
    }
  }
  return MC_OK;
}

int mc_moves_begin(mc_op_call *call, int count, mc_moves **moves) {
  *moves = mc_op_alloc(call, sizeof(**moves));
  mc_move *items = mc_op_alloc(call, sizeof(mc_move) * (size_t)count);
  if (*moves == NULL || items == NULL) {
    return mc_op_error(call, "out of memory for the plan of %d copies", count);
  }
  (*moves)->count = count;
  (*moves)->items = items;
  call->state = *moves;
  call->run = mc_run_moves;
  return MC_OK;
}

int mc_moves_done(mc_op_call *call) {
  const mc_moves *moves = call->state;
  uint64_t cost = 0;
  for (int i = 0; i < moves->count; ++i) {
    cost += mc_strided_cost(&moves->items[i].plan);
  }
  mc_op_cost(call, (double)cost);
  return MC_OK;
}

int mc_move_all(mc_op_call *call, int input) {
  mc_moves *moves = NULL;
  const int status = mc_moves_begin(call, 1, &moves);
  if (status != MC_OK) {
    return status;
  }
  const int64_t count = mc_shape_count(&call->in[input].desc.shape);
  const int64_t one = 1;
  moves->items[0].in = input;
  mc_strided_plan(&moves->items[0].plan, 1, &count, &one, &one, mc_dtype_size(call->in[input].desc.dtype));
  return mc_moves_done(call);
}

int mc_move_view(mc_op_call *call, int input, const int64_t *src, int64_t first) {
  mc_moves *moves = NULL;
  const int status = mc_moves_begin(call, 1, &moves);
  if (status != MC_OK) {
    return status;
  }
  const size_t size = mc_dtype_size(call->in[input].desc.dtype);
  const mc_shape *shape = &call->out[0].desc.shape;
  int64_t dst[MC_MAX_RANK];
  mc_dense_strides(shape, dst);
  mc_move *move = &moves->items[0];
  move->in = input;
  mc_strided_plan(&move->plan, shape->rank, shape->dims, dst, src, size);
  move->src = move->plan.pieces == 0 ? 0 : first * (int64_t)size;
  return mc_moves_done(call);
}

int mc_prepare_copy(mc_op_call *call) {
  return mc_move_all(call, 0);
}
