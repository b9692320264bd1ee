/* Padding as tables: which element of x each place of y shows. */
#ifndef MC_OPS_PAD_H
#define MC_OPS_PAD_H

#include "ops/op.h"

typedef struct mc_pad {
  mc_shape y;
  int64_t *from[MC_MAX_RANK]; /* per axis and place of y: byte offset within x, -1 for the constant */
  int64_t before, run;        /* of the last axis: places of y before x's row, and the row's length */
  size_t size;
  int64_t rows;
  unsigned char constant[16];
} mc_pad;

/* call->state is the mc_pad; input 2, if there is one, is the constant. */
mc_op_run mc_pad_run;

#endif
