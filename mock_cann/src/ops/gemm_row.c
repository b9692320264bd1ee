/* One row of C: reading B once is all the work, so B is never packed, and 16-bit floats are widened in registers. */
#include <string.h>

#include "ops/convert.h"
#include "ops/gemm_parts.h"
#include "ops/isa.h"
#include "ops/isa/gemm.h"
#include "ops/isa/gemv.h"
#include "ops/thread_buffer.h"

MC_ISA_DECLARE(mc_gemm_table, mc_gemm_table);
MC_ISA_DECLARE(mc_gemv_table, mc_gemv_table);

static int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}

/* y[0..n) = x · b for one float row x, where b's rows lie in memory. */
static void gemv_rows(const mc_matrix *b, int64_t n, int64_t k, const float *x, float *y) {
  const mc_gemm_table *isa = MC_ISA_PICK(mc_gemm_table);
  const mc_gemv_table *narrow = MC_ISA_PICK(mc_gemv_table);
  memset(y, 0, sizeof(float) * (size_t)n);
  if (b->dtype != MC_FLOAT) {
    (b->dtype == MC_FLOAT16 ? narrow->add_f16 : narrow->add_bf16)(b->data, b->row, n, k, x, y);
    return;
  }
  const float *data = b->data;
  for (int64_t i = 0; i < k; i += 4) {
    const float *rows[4];
    float factors[4] = {0};
    for (int64_t r = 0; r < 4; ++r) {
      const int64_t row = least(i + r, k - 1); /* rows past the end are not used */
      factors[r] = i + r < k ? x[row] : 0.0f;
      rows[r] = data + row * b->row;
    }
    isa->add_rows(rows, (int)least(4, k - i), factors, n, y);
  }
}

/* The same where b's columns lie in memory. */
static void gemv_columns(const mc_matrix *b, int64_t n, int64_t k, const float *x, float *y) {
  const mc_gemm_table *isa = MC_ISA_PICK(mc_gemm_table);
  const mc_gemv_table *narrow = MC_ISA_PICK(mc_gemv_table);
  mc_gemv_dot *dot = b->dtype == MC_FLOAT16 ? narrow->dot_f16 : narrow->dot_bf16;
  for (int64_t j = 0; j < n; ++j) {
    y[j] = b->dtype == MC_FLOAT ? isa->dot((const float *)b->data + j * b->col, x, k)
                                : dot((const uint16_t *)b->data + j * b->col, x, k);
  }
}

bool mc_row_suits(const mc_gemm *g) {
  if (g->m != 1 || g->b.packed != NULL || g->b.pack != mc_pack_columns || g->a.pack != mc_pack_rows ||
      g->k == 0) {
    return false;
  }
  const mc_matrix *b = g->b.source;
  return b->row == 1 || b->col == 1;
}

bool mc_row_multiply(const mc_gemm *g, int64_t j0, int64_t n) {
  const mc_matrix *a = g->a.source;
  mc_matrix b = *(const mc_matrix *)g->b.source;
  const bool direct = g->c.dtype == MC_FLOAT;
  const bool ready = a->dtype == MC_FLOAT && a->col == 1;
  const float *x = a->data;
  float *room = NULL;
  if (!direct || !ready) {
    room = mc_thread_buffer(sizeof(float) * (size_t)((ready ? 0 : g->k) + (direct ? 0 : n)));
    if (room == NULL) {
      return false;
    }
  }
  float *y = direct ? (float *)g->c.data + j0 : room + (ready ? 0 : g->k);
  if (!ready) {
    if (a->col == 1) {
      mc_convert_for(a->dtype, MC_FLOAT)(a->data, room, g->k);
    } else {
      for (int64_t i = 0; i < g->k; ++i) {
        room[i] = mc_matrix_element(a, 0, i);
      }
    }
    x = room;
  }
  b.data = (const char *)b.data + j0 * b.col * (int64_t)mc_dtype_size(b.dtype);
  (b.col == 1 ? gemv_rows : gemv_columns)(&b, n, g->k, x, y);
  if (!mc_result_is_plain(&g->c)) {
    mc_result_finish(&g->c, 0, j0, n, y);
  }
  return true;
}
