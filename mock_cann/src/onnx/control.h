/* What the mappings of If, Loop and Scan share. */
#ifndef MC_ONNX_CONTROL_H
#define MC_ONNX_CONTROL_H

#include "ops/op.h"
#include "onnx/subgraph.h"

/* The one element of a value, as a scalar: GE asks a tensor with dims whether it has elements. */
mc_val *mc_control_scalar(mc_on *on, mc_val *value, int dtype);

/* What two shapes have in common. */
void mc_control_weaken(mc_shape *shape, const mc_shape *other);

/* A Loop or Scan on its way to a While, whose values are: the counter, the limit where it is not constant, the condition
 * where there is one, what is carried, what is collected, what the body captures. */
typedef struct mc_control_loop {
  mc_on *on;
  const mc_onnx_graph *source;
  mc_val *limit;        /* int64; NULL: there is none */
  mc_val *condition;    /* bool; NULL: there is none */
  bool leads;           /* the body's inputs begin with counter and condition, its outputs with the condition */
  mc_val **carried;
  mc_shape *shapes;     /* of what is carried, as far as it keeps them */
  int n_carried;
  mc_val **scanned;     /* outer values that the body gets a slice of; NULL: none */
  const int64_t *scanned_axes, *scanned_reverse;
  int n_scanned;
  const int64_t *collected_reverse; /* NULL: none is */
  int n_collected;
  mc_val **results;     /* carried, then collected with the counter's axis first */
} mc_control_loop;

void mc_control_convert_loop(mc_control_loop *loop);

#endif
