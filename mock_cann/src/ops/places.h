/* Index tensors that name places of a tensor: what gathering and scattering share. */
#ifndef MC_OPS_PLACES_H
#define MC_OPS_PLACES_H

#include "ops/op.h"

typedef struct mc_places {
  int64_t count; /* places that are named */
  int64_t run;   /* elements at each */
  bool wide;     /* int64 indices, else int32 */
  bool negative; /* indices from the end are welcome */
  /* By tuples (Nd): `axes` indices each, for the leading axes. By elements: one index along `axis`, the other
   * coordinates being the index's own. */
  bool by_elements;
  int axes, axis;
  mc_shape target, index;
  int64_t strides[MC_MAX_RANK]; /* of the target, in runs */
} mc_places;

/* in[input] holds tuples of indices into `target`, called `name` in messages. */
int mc_places_nd(const mc_op_call *call, int input, const mc_shape *target, const char *name,
                 mc_places *places);

/* in[input] holds an index for each of its elements along the axis that attribute `axis_name` names; in[0] is
 * the target. Negative ones count from the end. */
int mc_places_elements(const mc_op_call *call, const char *axis_name, int input, mc_places *places);

/* The run that place `i` names, or -1 when an index is outside. */
int64_t mc_places_at(const mc_places *places, const void *indices, int64_t i);

/* Says which index of place `i` is outside. */
int mc_places_error(const mc_op_call *call, const mc_places *places, const void *indices, int64_t i);

#endif
