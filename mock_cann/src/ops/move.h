/* Operators whose run is a list of strided copies between inputs and outputs. */
#ifndef MC_OPS_MOVE_H
#define MC_OPS_MOVE_H

#include "ops/op.h"
#include "ops/strided.h"

typedef struct mc_move {
  mc_strided plan;
  int in, out;      /* indices into the call's tensors */
  int64_t src, dst; /* bytes from their starts */
} mc_move;

typedef struct mc_moves {
  int count;
  mc_move *items;
} mc_moves;

/* Makes room for `count` moves as the call's state and sets its run; call mc_moves_done when they are
 * planned. */
int mc_moves_begin(mc_op_call *call, int count, mc_moves **moves);
int mc_moves_done(mc_op_call *call);
/* What they set as the call's run. */
mc_op_run mc_run_moves;

/* One dense copy of in[input] to out[0], whatever their shapes. */
int mc_move_all(mc_op_call *call, int input);

/* out[0], dense, from a view of in[input]: src strides in elements, `first` the element it starts at. */
int mc_move_view(mc_op_call *call, int input, const int64_t *src, int64_t first);

/* The `prepare` of operators that keep in[0]'s elements in order. */
int mc_prepare_copy(mc_op_call *call);

#endif
