/* The attributes that ONNX's convolutions and pools share. */
#ifndef MC_ONNX_WINDOW_H
#define MC_ONNX_WINDOW_H

#include "onnx/map.h"

enum { MC_WINDOW_AXES = 3 };

/* Windows along the spatial axes of x; axes that were added to get more of them come first. */
typedef struct mc_window {
  int axes;        /* of the ONNX node */
  int first;       /* index of the first spatial axis of the node in the arrays */
  bool ceil;       /* the number of windows is rounded up */
  bool dilated;
  bool same_upper, same_lower;
  int64_t length[MC_WINDOW_AXES]; /* x's dims; -1 unknown */
  int64_t size[MC_WINDOW_AXES], stride[MC_WINDOW_AXES], dilation[MC_WINDOW_AXES];
  int64_t before[MC_WINDOW_AXES], after[MC_WINDOW_AXES];
} mc_window;

/* Reads them for x, whose spatial axes are extended with dims of 1 in front until there are `least`. `filter`: whose
 * spatial dims are the window where there is no kernel_shape; may be NULL. auto_pad is turned into numbers, which
 * needs x's dims; not for transposed convolutions. False: the node failed. */
bool mc_window_read(mc_on *on, mc_val *x, mc_val *filter, int least, bool transposed, mc_window *w);

/* x with the dims of 1 that the window counts in front of the spatial ones, and y without them. */
mc_val *mc_window_extend(mc_on *on, const mc_window *w, mc_val *x);
mc_val *mc_window_restore(mc_on *on, const mc_window *w, mc_val *y);
int mc_window_count(const mc_window *w); /* spatial axes after extension */

/* GE's lists: [1, 1, ...values] and [before, after, before, ...]. */
void mc_window_list(mc_ge *ge, const mc_window *w, const char *name, const int64_t *values);
void mc_window_pads(mc_ge *ge, const mc_window *w, const char *name);
/* data_format and the formats of x, y and, for convolutions, the filter. */
void mc_window_layout(mc_ge *ge, const mc_window *w, bool filter);

/* Windows along axis i, with their elements inside and inside or on padding at index `at` of it. */
int64_t mc_window_outputs(const mc_window *w, int i);
int64_t mc_window_counted(const mc_window *w, int i, int64_t at, bool padding);

#endif
