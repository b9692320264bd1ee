/* Blocks of 16-byte vectors are turned by interleaving pairs: log2(lanes) steps, each pairing row i with row
 * i + lanes / 2. What does not fill a block is moved element by element. */
#include "ops/isa/transpose.h"
#include "ops/isa/name.h"

#include <string.h>

typedef uint16_t lanes8 __attribute__((vector_size(16)));
typedef uint32_t lanes4 __attribute__((vector_size(16)));
typedef uint64_t lanes2 __attribute__((vector_size(16)));

#define LOW8(a, b) __builtin_shuffle(a, b, (lanes8){0, 8, 1, 9, 2, 10, 3, 11})
#define HIGH8(a, b) __builtin_shuffle(a, b, (lanes8){4, 12, 5, 13, 6, 14, 7, 15})
#define LOW4(a, b) __builtin_shuffle(a, b, (lanes4){0, 4, 1, 5})
#define HIGH4(a, b) __builtin_shuffle(a, b, (lanes4){2, 6, 3, 7})
#define LOW2(a, b) __builtin_shuffle(a, b, (lanes2){0, 2})
#define HIGH2(a, b) __builtin_shuffle(a, b, (lanes2){1, 3})

/* After one step, row 2i and 2i + 1 are the low and high halves of rows i and i + n / 2 interleaved; log2(n)
 * steps transpose n x n. */
#define BLOCK(n, type, low, high)                                                                            \
  static inline void block_##n(char *dst, int64_t dst_row, const char *src, int64_t src_step) {              \
    type a[n];                                                                                               \
    _Pragma("GCC unroll 8") for (int i = 0; i < n; ++i) {                                                    \
      memcpy(&a[i], src + i * src_step, 16);                                                                 \
    }                                                                                                        \
    _Pragma("GCC unroll 3") for (int step = 1; step < n; step *= 2) {                                        \
      type b[n];                                                                                             \
      _Pragma("GCC unroll 4") for (int i = 0; i < n / 2; ++i) {                                              \
        b[2 * i] = low(a[i], a[i + n / 2]);                                                                  \
        b[2 * i + 1] = high(a[i], a[i + n / 2]);                                                             \
      }                                                                                                      \
      _Pragma("GCC unroll 8") for (int i = 0; i < n; ++i) {                                                  \
        a[i] = b[i];                                                                                         \
      }                                                                                                      \
    }                                                                                                        \
    _Pragma("GCC unroll 8") for (int i = 0; i < n; ++i) {                                                    \
      memcpy(dst + i * dst_row, &a[i], 16);                                                                  \
    }                                                                                                        \
  }

BLOCK(8, lanes8, LOW8, HIGH8)
BLOCK(4, lanes4, LOW4, HIGH4)
BLOCK(2, lanes2, LOW2, HIGH2)

/* Strips of `rows` narrow enough that the cache lines written stay in the first-level cache until they are
 * full. */
#define TRANSPOSE(bytes, lanes)                                                                              \
  static void by_##bytes(char *dst, int64_t dst_row, const char *src, int64_t src_step, int64_t rows,        \
                         int64_t n) {                                                                        \
    const int64_t strip = 8 * lanes;                                                                         \
    for (int64_t r0 = 0; r0 < rows; r0 += strip) {                                                           \
      const int64_t r1 = rows - r0 < strip ? rows : r0 + strip;                                              \
      const int64_t whole = r0 + (r1 - r0) / lanes * lanes;                                                  \
      int64_t i = 0;                                                                                         \
      for (; i + lanes <= n; i += lanes) {                                                                   \
        const char *from = src + i * src_step;                                                               \
        for (int64_t r = r0; r < whole; r += lanes) {                                                        \
          block_##lanes(dst + r * dst_row + i * bytes, dst_row, from + r * bytes, src_step);                 \
        }                                                                                                    \
        for (int64_t r = whole; r < r1; ++r) {                                                               \
          for (int64_t k = 0; k < lanes; ++k) {                                                              \
            memcpy(dst + r * dst_row + (i + k) * bytes, from + r * bytes + k * src_step, bytes);             \
          }                                                                                                  \
        }                                                                                                    \
      }                                                                                                      \
      for (; i < n; ++i) {                                                                                   \
        for (int64_t r = r0; r < r1; ++r) {                                                                  \
          memcpy(dst + r * dst_row + i * bytes, src + r * bytes + i * src_step, bytes);                      \
        }                                                                                                    \
      }                                                                                                      \
    }                                                                                                        \
  }

TRANSPOSE(2, 8)
TRANSPOSE(4, 4)
TRANSPOSE(8, 2)

extern const mc_transpose_table MC_ISA_NAME(mc_transpose_table);
const mc_transpose_table MC_ISA_NAME(mc_transpose_table) = {by_2, by_4, by_8};
