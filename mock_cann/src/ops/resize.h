/* Resizing axis by axis. */
#ifndef MC_OPS_RESIZE_H
#define MC_OPS_RESIZE_H

#include "ops/op.h"
#include "ops/resize_table.h"

/* One axis: output o is the sum of weight[o * taps + t] times input index[o * taps + t]. */
typedef struct mc_resize_axis {
  int axis, taps;
  int64_t in, out;
  int64_t *index;
  float *weight;
  double *exact;    /* the same weights, for types computed in double */
  uint8_t *outside; /* per output: it is the extrapolation value; NULL: none is */
} mc_resize_axis;

typedef struct mc_resize {
  int count;
  mc_resize_axis axes[MC_MAX_RANK]; /* those that change, in the order to run them */
  bool nearest;                     /* elements are copied */
  double extrapolation;
  float factor; /* what every element is multiplied with, 1 for nothing */
} mc_resize;

/* Adds an axis that goes from line->in to line->out elements; nothing when it stays as it is. `shift` and
 * `origin` move outputs before and inputs after they were mapped, and `length` is how many inputs there are:
 * they differ from 0, 0 and line->in for parts of an image only. */
int mc_resize_add(mc_op_call *call, mc_resize *r, int axis, const mc_resize_rule *rule,
                  const mc_resize_line *line, int64_t shift, int64_t origin, int64_t length);

/* Sets state, run, scratch and cost; `r` is in the call's arena. */
int mc_resize_prepare(mc_op_call *call, mc_resize *r);

#endif
