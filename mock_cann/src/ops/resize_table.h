/* Where a resized axis takes its elements from: for every output a few inputs and their weights. */
#ifndef MC_OPS_RESIZE_TABLE_H
#define MC_OPS_RESIZE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum mc_resize_mode { MC_RESIZE_NEAREST, MC_RESIZE_LINEAR, MC_RESIZE_CUBIC } mc_resize_mode;

/* How an output's coordinate becomes one of the input. */
typedef enum mc_resize_coordinate {
  MC_RESIZE_HALF_PIXEL,
  MC_RESIZE_HALF_PIXEL_SYMMETRIC,
  MC_RESIZE_PYTORCH_HALF_PIXEL,
  MC_RESIZE_ALIGN_CORNERS,
  MC_RESIZE_ASYMMETRIC,
  MC_RESIZE_TF_HALF_PIXEL_FOR_NN,
  MC_RESIZE_TF_CROP_AND_RESIZE
} mc_resize_coordinate;

typedef enum mc_resize_nearest {
  MC_RESIZE_ROUND_PREFER_FLOOR,
  MC_RESIZE_ROUND_PREFER_CEIL,
  MC_RESIZE_FLOOR,
  MC_RESIZE_CEIL
} mc_resize_nearest;

typedef struct mc_resize_rule {
  mc_resize_mode mode;
  mc_resize_coordinate coordinate;
  mc_resize_nearest nearest;
  double cubic_a;
  bool exclude_outside; /* weights of elements outside are 0 and the others sum to 1; else edges repeat */
  bool antialias;       /* a smaller result takes wider filters */
} mc_resize_rule;

typedef struct mc_resize_line {
  int64_t in, out;
  double scale;      /* result by input */
  double start, end; /* the region of tf_crop_and_resize, in parts of the input */
} mc_resize_line;

/* Inputs per output. */
int mc_resize_taps(const mc_resize_rule *rule, const mc_resize_line *line);

/* The coordinate in the input of an output's coordinate. */
double mc_resize_source(const mc_resize_rule *rule, const mc_resize_line *line, double at);

/* The inputs around coordinate x, in [0, line->in), and their weights. */
void mc_resize_weigh(const mc_resize_rule *rule, const mc_resize_line *line, double x, int64_t *index,
                     double *weight);

/* False when there is no such name. */
bool mc_resize_mode_of(const char *name, mc_resize_mode *mode);
bool mc_resize_coordinate_of(const char *name, mc_resize_coordinate *coordinate);
bool mc_resize_nearest_of(const char *name, mc_resize_nearest *nearest);

#endif
