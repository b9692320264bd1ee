/*
 * Strided copies. A plan drops axes of length one and merges neighbours that are contiguous in both views,
 * until a copy is a walk over few outer axes around one of three inner loops: one long run (memcpy), units of
 * 1 to 16 bytes with strides, or a blocked transposition when the source is contiguous along another axis
 * than the destination.
 */
#include "ops/strided.h"

#include <string.h>

#include "engine/engine.h"
#include "ops/isa.h"
#include "ops/isa/transpose.h"

MC_ISA_DECLARE(mc_transpose_table, mc_transpose_table);

enum { PIECE_BYTES = 128 << 10, TILE = 16 };

void mc_dense_strides(const mc_shape *shape, int64_t strides[MC_MAX_RANK]) {
  int64_t stride = mc_shape_count(shape) == 0 ? 0 : 1;
  for (int i = shape->rank - 1; i >= 0; --i) {
    strides[i] = stride;
    stride = stride == 0 ? 0 : stride * shape->dims[i];
  }
}

static int merge_axes(mc_strided *plan, int rank, const int64_t *dims, const int64_t *dst, const int64_t *src,
                      int64_t size) {
  int last = -1;
  for (int i = 0; i < rank; ++i) {
    if (dims[i] == 1) {
      continue;
    }
    const int64_t d = dst[i] * size;
    const int64_t s = src[i] * size;
    if (last >= 0 && plan->dst[last] == d * dims[i] && plan->src[last] == s * dims[i]) {
      plan->dims[last] *= dims[i];
    } else {
      plan->dims[++last] = dims[i];
    }
    plan->dst[last] = d;
    plan->src[last] = s;
  }
  return last + 1;
}

static bool typed(size_t unit) {
  return unit == 1 || unit == 2 || unit == 4 || unit == 8 || unit == 16;
}

/* The longest axis, if any, along which the source's units are neighbours. */
static int transposed_axis(const mc_strided *plan, int axes) {
  if (!typed(plan->unit) || plan->dst_step != (int64_t)plan->unit || plan->n < 2) {
    return -1;
  }
  for (int i = 0; i < axes; ++i) {
    if (plan->src[i] == (int64_t)plan->unit && plan->dims[i] >= 2) {
      return i;
    }
  }
  return -1;
}

static void remove_axis(mc_strided *plan, int axis) {
  for (int i = axis; i + 1 < plan->outer; ++i) {
    plan->dims[i] = plan->dims[i + 1];
    plan->dst[i] = plan->dst[i + 1];
    plan->src[i] = plan->src[i + 1];
  }
  --plan->outer;
}

void mc_strided_plan(mc_strided *plan, int rank, const int64_t *dims, const int64_t *dst, const int64_t *src,
                     size_t size) {
  memset(plan, 0, sizeof(*plan));
  for (int i = 0; i < rank; ++i) {
    if (dims[i] == 0) {
      return;
    }
  }
  plan->unit = size;
  plan->n = 1;
  plan->outer = merge_axes(plan, rank, dims, dst, src, (int64_t)size);
  int last = plan->outer - 1;
  if (last >= 0 && plan->dst[last] == (int64_t)size && plan->src[last] == (int64_t)size) {
    plan->unit *= (size_t)plan->dims[last];
    last = --plan->outer - 1;
  }
  if (last >= 0) {
    plan->n = plan->dims[last];
    plan->dst_step = plan->dst[last];
    plan->src_step = plan->src[last];
    --plan->outer;
  }
  int64_t length = plan->n;
  int64_t width = (int64_t)plan->unit;
  const int axis = transposed_axis(plan, plan->outer);
  if (axis >= 0) {
    plan->rows = length = plan->dims[axis];
    plan->dst_row = plan->dst[axis];
    width *= plan->n;
    remove_axis(plan, axis);
  } else if (plan->outer == 0 && plan->n == 1) {
    /* One run: cut it so that threads can share it. */
    plan->n = length = width;
    plan->unit = 1;
    plan->dst_step = plan->src_step = width = 1;
  }
  plan->block = PIECE_BYTES / width;
  if (plan->rows != 0) {
    plan->block = (plan->block + TILE - 1) / TILE * TILE;
  }
  plan->block = plan->block < 1 ? 1 : plan->block > length ? length : plan->block;
  plan->blocks = (length + plan->block - 1) / plan->block;
  plan->pieces = plan->blocks;
  for (int i = 0; i < plan->outer; ++i) {
    plan->pieces *= plan->dims[i];
  }
}

#define UNITS(bytes)                                                                                         \
  case bytes:                                                                                                \
    for (int64_t i = 0; i < n; ++i) {                                                                        \
      memcpy(dst + i * dst_step, src + i * src_step, bytes);                                                 \
    }                                                                                                        \
    break

static void copy_units(char *dst, int64_t dst_step, const char *src, int64_t src_step, int64_t n,
                       size_t unit) {
  if (dst_step == (int64_t)unit && src_step == (int64_t)unit) {
    memcpy(dst, src, unit * (size_t)n);
    return;
  }
  if (src_step == 0 && unit == 1 && dst_step == 1) {
    memset(dst, *(const unsigned char *)src, (size_t)n);
    return;
  }
  switch (unit) {
    UNITS(1);
    UNITS(2);
    UNITS(4);
    UNITS(8);
    UNITS(16);
  default:
    for (int64_t i = 0; i < n; ++i) {
      memcpy(dst + i * dst_step, src + i * src_step, unit);
    }
  }
}

/* dst[r * dst_row + i] = src[r + i * src_step] in tiles, so that both sides stay in the first-level cache. */
#define TRANSPOSE(bytes)                                                                                     \
  static void transpose_##bytes(char *dst, int64_t dst_row, const char *src, int64_t src_step, int64_t rows, \
                                int64_t n) {                                                                 \
    for (int64_t r0 = 0; r0 < rows; r0 += TILE) {                                                            \
      const int64_t r1 = rows - r0 < TILE ? rows : r0 + TILE;                                                \
      for (int64_t i0 = 0; i0 < n; i0 += TILE) {                                                             \
        const int64_t i1 = n - i0 < TILE ? n : i0 + TILE;                                                    \
        for (int64_t r = r0; r < r1; ++r) {                                                                  \
          for (int64_t i = i0; i < i1; ++i) {                                                                \
            memcpy(dst + r * dst_row + i * bytes, src + r * bytes + i * src_step, bytes);                    \
          }                                                                                                  \
        }                                                                                                    \
      }                                                                                                      \
    }                                                                                                        \
  }

TRANSPOSE(1)
TRANSPOSE(16)

static void transpose(char *dst, int64_t dst_row, const char *src, int64_t src_step, int64_t rows, int64_t n,
                      size_t unit) {
  switch (unit) {
  case 1:
    transpose_1(dst, dst_row, src, src_step, rows, n);
    break;
  case 2:
    MC_ISA_PICK(mc_transpose_table)->by_2(dst, dst_row, src, src_step, rows, n);
    break;
  case 4:
    MC_ISA_PICK(mc_transpose_table)->by_4(dst, dst_row, src, src_step, rows, n);
    break;
  case 8:
    MC_ISA_PICK(mc_transpose_table)->by_8(dst, dst_row, src, src_step, rows, n);
    break;
  default:
    transpose_16(dst, dst_row, src, src_step, rows, n);
  }
}

typedef struct job {
  const mc_strided *plan;
  char *dst;
  const char *src;
} job;

static void copy_piece(const mc_strided *plan, char *dst, const char *src, int64_t block) {
  const int64_t first = block * plan->block;
  if (plan->rows != 0) {
    const int64_t rows = plan->rows - first < plan->block ? plan->rows - first : plan->block;
    transpose(dst + first * plan->dst_row, plan->dst_row, src + first * (int64_t)plan->unit, plan->src_step,
              rows, plan->n, plan->unit);
    return;
  }
  const int64_t n = plan->n - first < plan->block ? plan->n - first : plan->block;
  copy_units(dst + first * plan->dst_step, plan->dst_step, src + first * plan->src_step, plan->src_step, n,
             plan->unit);
}

static void copy_pieces(void *arg, int64_t begin, int64_t end) {
  const job *work = arg;
  const mc_strided *plan = work->plan;
  int64_t at[MC_STRIDED_RANK];
  int64_t rest = begin / plan->blocks;
  int64_t block = begin % plan->blocks;
  char *dst = work->dst;
  const char *src = work->src;
  for (int i = plan->outer - 1; i >= 0; --i) {
    at[i] = rest % plan->dims[i];
    rest /= plan->dims[i];
    dst += at[i] * plan->dst[i];
    src += at[i] * plan->src[i];
  }
  for (int64_t piece = begin; piece < end; ++piece) {
    copy_piece(plan, dst, src, block);
    if (++block < plan->blocks) {
      continue;
    }
    block = 0;
    for (int i = plan->outer - 1; i >= 0; --i) {
      dst += plan->dst[i];
      src += plan->src[i];
      if (++at[i] < plan->dims[i]) {
        break;
      }
      dst -= plan->dims[i] * plan->dst[i];
      src -= plan->dims[i] * plan->src[i];
      at[i] = 0;
    }
  }
}

static int64_t piece_bytes(const mc_strided *plan) {
  const int64_t width = plan->rows != 0 ? plan->n * (int64_t)plan->unit : (int64_t)plan->unit;
  return plan->block * width;
}

void mc_strided_run(const mc_strided *plan, void *dst, const void *src) {
  if (plan->pieces == 0) {
    return;
  }
  job work = {plan, dst, src};
  const int64_t bytes = piece_bytes(plan);
  if (plan->pieces == 1 || bytes * plan->pieces < 2 * PIECE_BYTES) {
    copy_pieces(&work, 0, plan->pieces);
  } else {
    mc_parallel_for(plan->pieces, bytes >= PIECE_BYTES ? 1 : PIECE_BYTES / bytes, copy_pieces, &work);
  }
}

uint32_t mc_strided_cost(const mc_strided *plan) {
  const double bytes = (double)piece_bytes(plan) * (double)plan->pieces;
  const double ns = 20 + (double)plan->pieces * 4 + bytes / (plan->rows != 0 || plan->n > 1 ? 6 : 12);
  return ns > 4e9 ? 4000000000u : (uint32_t)ns;
}
