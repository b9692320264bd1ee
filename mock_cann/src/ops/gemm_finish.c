/* What happens to sums when they are complete: scaling, the addend, rounding. */
#include "ops/convert.h"
#include "ops/gemm_parts.h"

float mc_matrix_element(const mc_matrix *m, int64_t i, int64_t j) {
  const int64_t at = i * m->row + j * m->col;
  switch (m->dtype) {
  case MC_FLOAT16:
    return mc_half_to_float(((const uint16_t *)m->data)[at]);
  case MC_BF16:
    return mc_bf16_to_float(((const uint16_t *)m->data)[at]);
  default:
    return ((const float *)m->data)[at];
  }
}

/* alpha, the addend and rounding, on `n` finished sums of row i from column j on. */
void mc_result_finish(const mc_result *c, int64_t i, int64_t j, int64_t n, float *sums) {
  if (c->alpha != 1.0f) {
    for (int64_t s = 0; s < n; ++s) {
      sums[s] *= c->alpha;
    }
  }
  if (c->addend.data != NULL) {
    if (c->addend.col == 0) {
      const float value = c->beta * mc_matrix_element(&c->addend, i, 0);
      for (int64_t s = 0; s < n; ++s) {
        sums[s] += value;
      }
    } else if (c->addend.dtype == MC_FLOAT && c->addend.col == 1) {
      const float *row = (const float *)c->addend.data + i * c->addend.row + j;
      for (int64_t s = 0; s < n; ++s) {
        sums[s] += c->beta * row[s];
      }
    } else {
      for (int64_t s = 0; s < n; ++s) {
        sums[s] += c->beta * mc_matrix_element(&c->addend, i, j + s);
      }
    }
  }
  if (c->dtype != MC_FLOAT) {
    mc_convert_for(MC_FLOAT, c->dtype)(sums, (uint16_t *)c->data + i * c->row + j, n);
  }
}

bool mc_result_is_plain(const mc_result *c) {
  return c->alpha == 1.0f && c->addend.data == NULL && c->dtype == MC_FLOAT;
}
