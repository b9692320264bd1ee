/* One row of C: reading B once is all the work, so B is widened in small pieces and never packed. */
#include <string.h>

#include "ops/convert.h"
#include "ops/gemm_parts.h"
#include "ops/isa.h"
#include "ops/isa/gemm.h"
#include "ops/thread_buffer.h"

MC_ISA_DECLARE(mc_gemm_table, mc_gemm_table);

enum { ROW_PIECE = 256 };

static int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}

/* y[0..n) = x · b for one float row x: reading b once is all the work, so it is widened in small pieces and
 * never packed. */
static void gemv_rows(const mc_gemm_table *isa, const mc_matrix *b, int64_t n, int64_t k, const float *x,
                      float *y) {
  float widened[4][ROW_PIECE];
  const float *rows[4];
  mc_convert *widen = b->dtype == MC_FLOAT ? NULL : mc_convert_for(b->dtype, MC_FLOAT);
  const int64_t size = (int64_t)mc_dtype_size(b->dtype);
  const int64_t piece = widen == NULL ? n : ROW_PIECE;
  memset(y, 0, sizeof(float) * (size_t)n);
  for (int64_t j = 0; j < n; j += piece) {
    const int64_t columns = least(piece, n - j);
    for (int64_t i = 0; i < k; i += 4) {
      float factors[4] = {0};
      for (int64_t r = 0; r < 4; ++r) {
        const int64_t row = least(i + r, k - 1); /* rows past the end are not used */
        const char *from = (const char *)b->data + (row * b->row + j) * size;
        factors[r] = i + r < k ? x[row] : 0.0f;
        rows[r] = (const float *)(const void *)from;
        if (widen != NULL) {
          widen(from, widened[r], columns);
          rows[r] = widened[r];
        }
      }
      isa->add_rows(rows, (int)least(4, k - i), factors, columns, y + j);
    }
  }
}

static void gemv_columns(const mc_gemm_table *isa, const mc_matrix *b, int64_t n, int64_t k, const float *x,
                         float *y) {
  float widened[4 * ROW_PIECE];
  mc_convert *widen = b->dtype == MC_FLOAT ? NULL : mc_convert_for(b->dtype, MC_FLOAT);
  const int64_t piece = widen == NULL ? k : 4 * ROW_PIECE;
  for (int64_t j = 0; j < n; ++j) {
    float sum = 0;
    for (int64_t i = 0; i < k; i += piece) {
      const int64_t depth = least(piece, k - i);
      const char *from = (const char *)b->data + (j * b->col + i) * (int64_t)mc_dtype_size(b->dtype);
      if (widen != NULL) {
        widen(from, widened, depth);
        from = (const char *)widened;
      }
      sum += isa->dot((const float *)(const void *)from, x + i, depth);
    }
    y[j] = sum;
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
  const mc_gemm_table *isa = MC_ISA_PICK(mc_gemm_table);
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
  (b.col == 1 ? gemv_rows : gemv_columns)(isa, &b, n, g->k, x, y);
  if (!mc_result_is_plain(&g->c)) {
    mc_result_finish(&g->c, 0, j0, n, y);
  }
  return true;
}
