/* The transformations of Winograd's F(4x4, 3x3), channel by channel over whole vectors. */
#ifndef MC_OPS_ISA_WINOGRAD_H
#define MC_OPS_ISA_WINOGRAD_H

#include <stdint.h>

/* The points between 0 and infinity are plus and minus these. */
#define MC_WINOGRAD_A 0.75f
#define MC_WINOGRAD_B 1.5f

typedef struct mc_winograd_table {
  int lanes; /* least number of channels */
  /* v[p * step + i] for 36 positions p from the 6 x 6 input pixels whose channels are at pixels[]. */
  void (*input)(const float *const pixels[36], int64_t channels, float *v, int64_t step);
  /* pixels[q][i] = bias[i] + the 4 x 4 outputs q out of the 36 sums m[p * step + i]. */
  void (*output)(const float *m, int64_t step, const float *bias, int64_t channels, float *const pixels[16]);
} mc_winograd_table;

#endif
