/* Packing of matrices in memory. The panels' width is along rows of A or columns of B; what matters is only
 * whether a matrix is contiguous across the panel (copy) or along the depth (transpose); 16-bit floats are
 * widened on the way. */
#include <string.h>

#include "ops/convert.h"
#include "ops/gemm_parts.h"
#include "ops/isa.h"
#include "ops/isa/gemm.h"

MC_ISA_DECLARE(mc_gemm_table, mc_gemm_table);

static int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t round_up(int64_t a, int64_t unit) {
  return (a + unit - 1) / unit * unit;
}

/* Depths handled at a time when rows have to be widened: the rows of one panel stay in the first-level cache.
 */
enum { DEPTH = 64 };

typedef struct lanes {
  const void *data;
  int64_t across, along; /* strides in elements: over the panel's width, over the depth */
  int dtype;
} lanes;

static const void *at(const lanes *l, int64_t across, int64_t along) {
  return (const char *)l->data + (across * l->across + along * l->along) * (int64_t)mc_dtype_size(l->dtype);
}

static void pack_across(const lanes *l, int64_t first, int64_t count, int64_t k0, int64_t k, int width,
                        float *panel) {
  mc_convert *widen = l->dtype == MC_FLOAT ? NULL : mc_convert_for(l->dtype, MC_FLOAT);
  for (int64_t i = 0; i < k; ++i, panel += width) {
    const void *from = at(l, first, k0 + i);
    if (widen == NULL) {
      memcpy(panel, from, sizeof(float) * (size_t)count);
    } else {
      widen(from, panel, count);
    }
    for (int64_t r = count; r < width; ++r) {
      panel[r] = 0;
    }
  }
}

static void pack_along(const lanes *l, int64_t first, int64_t count, int64_t k0, int64_t k, int width,
                       float *panel) {
  static const float kZeros[DEPTH];
  float widened[MC_GEMM_NR_MAX][DEPTH];
  const float *rows[MC_GEMM_NR_MAX];
  mc_convert *widen = l->dtype == MC_FLOAT ? NULL : mc_convert_for(l->dtype, MC_FLOAT);
  const mc_gemm_table *isa = MC_ISA_PICK(mc_gemm_table);
  for (int64_t i = 0; i < k; i += DEPTH) {
    const int64_t depth = k - i < DEPTH ? k - i : DEPTH;
    for (int r = 0; r < width; ++r) {
      rows[r] = kZeros;
      if (r < count) {
        rows[r] = at(l, first + r, k0 + i);
        if (widen != NULL) {
          widen(rows[r], widened[r], depth);
          rows[r] = widened[r];
        }
      }
    }
    isa->interleave(rows, width, depth, panel + i * width);
  }
}

static void pack_any(const lanes *l, int64_t first, int64_t count, int64_t k0, int64_t k, int width,
                     float *panel) {
  mc_convert *widen = mc_convert_for(l->dtype, MC_FLOAT);
  for (int64_t i = 0; i < k; ++i) {
    for (int64_t r = 0; r < width; ++r) {
      panel[i * width + r] = 0;
      if (r < count) {
        widen(at(l, first + r, k0 + i), &panel[i * width + r], 1);
      }
    }
  }
}

static void pack(const lanes *l, int64_t first, int64_t count, int64_t k0, int64_t k, int width,
                 float *panels) {
  for (int64_t done = 0; done < count; done += width, panels += width * k) {
    const int64_t n = count - done < width ? count - done : width;
    if (l->across == 1) {
      pack_across(l, first + done, n, k0, k, width, panels);
    } else if (l->along == 1) {
      pack_along(l, first + done, n, k0, k, width, panels);
    } else {
      pack_any(l, first + done, n, k0, k, width, panels);
    }
  }
}

void mc_pack_rows(const void *source, int64_t first, int64_t count, int64_t k0, int64_t k, int width,
                  float *panels) {
  const mc_matrix *m = source;
  const lanes l = {m->data, m->row, m->col, m->dtype};
  pack(&l, first, count, k0, k, width, panels);
}

void mc_pack_columns(const void *source, int64_t first, int64_t count, int64_t k0, int64_t k, int width,
                     float *panels) {
  const mc_matrix *m = source;
  const lanes l = {m->data, m->col, m->row, m->dtype};
  pack(&l, first, count, k0, k, width, panels);
}

/* Operands packed as a whole: depth step by depth step, each as the packer writes it. */
int64_t mc_gemm_packed_size(bool rows, int64_t count, int64_t k) {
  const mc_gemm_table *isa = MC_ISA_PICK(mc_gemm_table);
  int64_t size = 0;
  if (count > INT64_MAX - MC_GEMM_NR_MAX ||
      __builtin_mul_overflow(round_up(count, rows ? isa->mr : isa->nr), k, &size) ||
      size > INT64_MAX / (int64_t)sizeof(float)) {
    return -1;
  }
  return size;
}

void mc_gemm_prepack(bool rows, const mc_operand *operand, int64_t count, int64_t k, float *packed) {
  const mc_gemm_table *isa = MC_ISA_PICK(mc_gemm_table);
  const int width = rows ? isa->mr : isa->nr;
  const int64_t padded = round_up(count, width);
  for (int64_t k0 = 0; k0 < k; k0 += MC_GEMM_DEPTH) {
    operand->pack(operand->source, 0, count, k0, least(MC_GEMM_DEPTH, k - k0), width, packed + padded * k0);
  }
}
