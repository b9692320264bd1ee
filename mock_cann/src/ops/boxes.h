/* What two boxes share. */
#ifndef MC_OPS_BOXES_H
#define MC_OPS_BOXES_H

/* Corners x0, y0, x1, y1; their sides are `extra` longer than the corners say. */
static inline double mc_box_area(const float *box, double extra) {
  return ((double)box[2] - (double)box[0] + extra) * ((double)box[3] - (double)box[1] + extra);
}

/* Zero for boxes apart. */
static inline double mc_box_shared(const float *a, const float *b, double extra) {
  double sides = 1;
  for (int k = 0; k < 2; ++k) {
    const double low = (double)(a[k] > b[k] ? a[k] : b[k]);
    const double high = (double)(a[k + 2] < b[k + 2] ? a[k + 2] : b[k + 2]);
    if (!(high - low + extra > 0)) {
      return 0;
    }
    sides *= high - low + extra;
  }
  return sides;
}

/* Of what both cover, the part that they share; 0 when they cover nothing. */
static inline double mc_box_union_share(const float *a, const float *b, double extra) {
  const double shared = mc_box_shared(a, b, extra);
  const double all = mc_box_area(a, extra) + mc_box_area(b, extra) - shared;
  return shared > 0 && all > 0 ? shared / all : 0;
}

#endif
