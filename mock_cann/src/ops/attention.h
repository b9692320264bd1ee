/* Scaled dot-product attention over any layout: what the fused attention operators share. */
#ifndef MC_OPS_ATTENTION_H
#define MC_OPS_ATTENTION_H

#include "ops/op.h"

/* Where elements are: strides of batch, head, position (queries or keys), in elements; features are
 * neighbours. */
typedef struct mc_att_view {
  int64_t batch, head, position;
} mc_att_view;

/* A mask or bias [batch, heads, queries, keys], repeated along dims of one. */
typedef struct mc_att_plane {
  const mc_desc *desc; /* NULL: none */
  const void *data;
  int64_t batch, head, query, key; /* strides */
} mc_att_plane;

typedef struct mc_att {
  int64_t batches, heads, kv_heads, queries, keys, size, value_size;
  mc_att_view q, k, v, y;
  int dtype;
  float scale;
  bool bias_first; /* (scores + bias) * scale instead of scores * scale + bias */
  /* Keys from query + shift - before to query + shift + after are seen. */
  bool band;
  int64_t before, after, shift;
  mc_att_plane bias, mask;               /* mask: not 0 hides */
  const int64_t *q_lengths, *kv_lengths; /* by batch; NULL: all */
} mc_att;

/* Statistics of each query's softmax; any may be NULL. */
typedef struct mc_att_stats {
  float *most, *sum; /* `repeat` copies each */
  int64_t repeat;
  float *log_sum;
} mc_att_stats;

/* Reads an operand's shape by layout name ("BSH", "SBH", "BSND", "BNSD") and its number of heads (0: from the
 * shape): its dims [batch, heads, positions, size] and where they are. False: another layout or a shape that
 * does not fit. */
bool mc_att_layout(const char *layout, const mc_shape *shape, int64_t heads, int64_t dims[4],
                   mc_att_view *view);

/* Prepares a plane whose shape must broadcast to [batches, heads, queries, keys]; false when it does not. */
bool mc_att_plane_make(const mc_att *a, const mc_desc *desc, mc_att_plane *plane);

/* Scratch: bytes mc_att_run needs. */
size_t mc_att_scratch(const mc_att *a);
void mc_att_run(const mc_att *a, const void *q, const void *k, const void *v, void *y,
                const mc_att_stats *stats, void *scratch);
uint32_t mc_att_cost(const mc_att *a);

#endif
