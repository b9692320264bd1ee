/*
 * The product in blocks. C is cut into blocks of MB x NB that threads take; a block walks the depth in steps
 * of KB, packing what is not packed yet into the thread's buffer (A: MB x KB, B: KB x NB, both stay in the
 * second-level cache), and fills register tiles. 16-bit results collect in a float block and are rounded
 * once.
 */
#include "ops/gemm.h"

#include <stdatomic.h>
#include <string.h>

#include "engine/engine.h"
#include "ops/gemm_blas.h"
#include "ops/gemm_parts.h"
#include "ops/isa.h"
#include "ops/isa/gemm.h"
#include "ops/thread_buffer.h"

MC_ISA_DECLARE(mc_gemm_table, mc_gemm_table);

enum { KB = MC_GEMM_DEPTH, MB = 192, NB = 384, ROW_WORK = 1 << 20 };

static int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t round_up(int64_t a, int64_t unit) {
  return (a + unit - 1) / unit * unit;
}

/* Panels of the operand from `first` (a multiple of width) for one depth step. */
static const float *panels(const mc_operand *operand, int64_t total, int64_t first, int64_t count, int64_t k0,
                           int64_t k, int width, float *room) {
  if (operand->packed != NULL) {
    return operand->packed + round_up(total, width) * k0 + first * k;
  }
  operand->pack(operand->source, first, count, k0, k, width, room);
  return room;
}

/* ---- one block of C ---- */

/* `ldb`: nr for panels, which follow each other by b_step floats; else the row stride of the matrix itself.
 */
static void multiply_panels(const mc_gemm_table *isa, int64_t m, int64_t n, int64_t k, const float *a,
                            const float *b, int64_t ldb, int64_t b_step, float *c, int64_t ldc, bool add) {
  float edge[MC_GEMM_MR_MAX * MC_GEMM_NR_MAX];
  for (int64_t j = 0; j < n; j += isa->nr, b += b_step) {
    const int64_t columns = least(isa->nr, n - j);
    const int64_t vectors = (columns + isa->lanes - 1) / isa->lanes;
    mc_gemm_tile *tile = isa->tile[vectors - 1];
    mc_gemm_tile *half = isa->half[vectors - 1];
    for (int64_t i = 0; i < m; i += isa->mr) {
      const int64_t rows = least(isa->mr, m - i);
      float *to = c + i * ldc + j;
      if (rows == isa->mr && columns == vectors * isa->lanes) {
        tile(k, a + i * k, b, ldb, to, ldc, add);
        continue;
      }
      (rows <= isa->mr / 2 ? half : tile)(k, a + i * k, b, ldb, edge, isa->nr, false);
      for (int64_t r = 0; r < rows; ++r) {
        for (int64_t s = 0; s < columns; ++s) {
          to[r * ldc + s] = edge[r * isa->nr + s] + (add ? to[r * ldc + s] : 0.0f);
        }
      }
    }
  }
}

/* Few rows would not pay for packing B; float rows can be read where they are, but for columns behind the
 * last whole vector. */
static const mc_matrix *readable_in_place(const mc_gemm_table *isa, const mc_gemm *g, int64_t m) {
  if (g->b.packed != NULL || g->b.pack != mc_pack_columns || m > 2 * isa->mr) {
    return NULL;
  }
  const mc_matrix *b = g->b.source;
  return b->dtype == MC_FLOAT && b->col == 1 ? b : NULL;
}

static bool multiply_block(const mc_gemm *g, int64_t i0, int64_t m, int64_t j0, int64_t n) {
  const mc_gemm_table *isa = MC_ISA_PICK(mc_gemm_table);
  const int64_t depth = least(KB, g->k);
  const int64_t a_size = g->a.packed != NULL ? 0 : round_up(m, isa->mr) * depth;
  const int64_t b_size = g->b.packed != NULL ? 0 : round_up(n, isa->nr) * depth;
  const bool direct = g->c.dtype == MC_FLOAT;
  const int64_t ldc = direct ? g->c.row : n;
  float *room = mc_thread_buffer(
      sizeof(float) * (size_t)(round_up(a_size, 16) + round_up(b_size, 16) + (direct ? 0 : m * n)));
  if (room == NULL) {
    return false;
  }
  float *b_room = room + round_up(a_size, 16);
  float *c = direct ? (float *)g->c.data + i0 * ldc + j0 : b_room + round_up(b_size, 16);
  const mc_matrix *in_place = readable_in_place(isa, g, m);
  const int64_t whole = in_place == NULL ? 0 : n / isa->lanes * isa->lanes;
  for (int64_t k0 = 0; k0 < g->k; k0 += KB) {
    const int64_t k = least(KB, g->k - k0);
    const float *a = panels(&g->a, g->m, i0, m, k0, k, isa->mr, room);
    if (whole > 0) {
      const float *rows = (const float *)in_place->data + k0 * in_place->row + j0;
      multiply_panels(isa, m, whole, k, a, rows, in_place->row, isa->nr, c, ldc, k0 != 0);
    }
    if (whole < n) {
      const float *b = panels(&g->b, g->n, j0 + whole, n - whole, k0, k, isa->nr, b_room);
      multiply_panels(isa, m, n - whole, k, a, b, isa->nr, isa->nr * k, c + whole, ldc, k0 != 0);
    }
  }
  for (int64_t i = 0; i < m; ++i) {
    if (g->k == 0) {
      memset(c + i * ldc, 0, sizeof(float) * (size_t)n);
    }
    if (!mc_result_is_plain(&g->c)) {
      mc_result_finish(&g->c, i0 + i, j0, n, c + i * ldc);
    }
  }
  return true;
}

/* ---- the walk over all blocks ---- */

typedef struct walk {
  mc_gemm_select *select;
  const void *context;
  int64_t m, n, k, mb, nb, across, blocks; /* block size, blocks per block row, blocks per product */
  _Atomic bool failed;
} walk;

static void take_blocks(void *arg, int64_t begin, int64_t end) {
  walk *w = arg;
  mc_matrix storage[2];
  mc_gemm g = {.m = w->m, .n = w->n, .k = w->k};
  int64_t selected = -1;
  for (int64_t at = begin; at < end; ++at) {
    if (at / w->blocks != selected) {
      selected = at / w->blocks;
      g.c = (mc_result){.dtype = MC_FLOAT, .alpha = 1.0f, .beta = 1.0f};
      w->select(w->context, selected, &g, storage);
    }
    const int64_t i0 = at % w->blocks / w->across * w->mb;
    const int64_t j0 = at % w->blocks % w->across * w->nb;
    const int64_t m = least(w->mb, w->m - i0);
    const int64_t n = least(w->nb, w->n - j0);
    bool done = true;
    if (mc_row_suits(&g)) {
      done = mc_row_multiply(&g, j0, n);
    } else if (mc_blas_suits(&g, m, n)) {
      mc_blas_block(&g, i0, m, j0, n);
    } else {
      done = multiply_block(&g, i0, m, j0, n);
    }
    if (!done) {
      atomic_store(&w->failed, true);
    }
  }
}

bool mc_gemm_run(int64_t batches, int64_t m, int64_t n, int64_t k, mc_gemm_select *select,
                 const void *context) {
  if (batches == 0 || m == 0 || n == 0) {
    return true;
  }
  const mc_gemm_table *isa = MC_ISA_PICK(mc_gemm_table);
  walk w = {.select = select, .context = context, .m = m, .n = n, .k = k};
  const int64_t row_columns = round_up(ROW_WORK / (k + 1) + 1, 4 * isa->nr);
  w.mb = round_up(least(m, MB), isa->mr);
  w.nb = m == 1 ? row_columns : round_up(least(n, NB), isa->nr);
  w.across = (n + w.nb - 1) / w.nb;
  w.blocks = w.across * ((m + w.mb - 1) / w.mb);
  /* Blocks with little work are taken several at a time. */
  const double work = (double)w.mb * (double)least(w.nb, n) * (double)(k + 1);
  const int64_t grain = work > 1e6 ? 1 : (int64_t)(1e6 / (work + 1)) + 1;
  mc_parallel_for(batches * w.blocks, grain, take_blocks, &w);
  return !atomic_load(&w.failed);
}

double mc_gemm_cost_ns(double m, double n, double k) {
  return 150 + m * n * k / 40 + k * n / 8;
}
