/*
 * Sums of floats run in four vectors of float lanes over blocks of 4096 and are carried on in double, which
 * is both faster and more exact than one float accumulator. Largest and smallest take NaN over any number.
 */
#include "ops/isa/reduce.h"

#include <math.h>
#include <string.h>

#include "ops/isa/name.h"

#if defined(__AVX512F__)
enum { LANES = 16 };
#elif defined(__AVX2__)
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif
enum { BLOCK = 4096 };

typedef float lanes __attribute__((vector_size(LANES * 4)));
typedef int32_t mask __attribute__((vector_size(LANES * 4)));

static inline lanes load(const float *x) {
  lanes v;
  memcpy(&v, x, sizeof(v));
  return v;
}

static inline lanes choose(mask m, lanes a, lanes b) { return (lanes)((m & (mask)a) | (~m & (mask)b)); }
static inline lanes larger(lanes a, lanes x) { return choose((x > a) | (x != x), x, a); }
static inline lanes smaller(lanes a, lanes x) { return choose((x < a) | (x != x), x, a); }

/* The largest (smallest) of two numbers, NaN before any number. */
#define NAN_FIRST(type)                                                                                      \
  static inline type larger_##type(type a, type x) { return (x > a) | (x != x) ? x : a; }                    \
  static inline type smaller_##type(type a, type x) { return (x < a) | (x != x) ? x : a; }
NAN_FIRST(float)
NAN_FIRST(double)

static double block_sum(const float *x, int64_t n) {
  lanes a = {0}, b = {0}, c = {0}, d = {0};
  int64_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
    a += load(x + i);
    b += load(x + i + LANES);
    c += load(x + i + 2 * LANES);
    d += load(x + i + 3 * LANES);
  }
  for (; i + LANES <= n; i += LANES) {
    a += load(x + i);
  }
  const lanes s = (a + b) + (c + d);
  double sum = 0;
  for (int k = 0; k < LANES; ++k) {
    sum += (double)s[k];
  }
  for (; i < n; ++i) {
    sum += (double)x[i];
  }
  return sum;
}

static double block_square_sum(const float *x, float center, int64_t n) {
  lanes a = {0}, b = {0};
  int64_t i = 0;
  for (; i + 2 * LANES <= n; i += 2 * LANES) {
    const lanes u = load(x + i) - center;
    const lanes v = load(x + i + LANES) - center;
    a += u * u;
    b += v * v;
  }
  const lanes s = a + b;
  double sum = 0;
  for (int k = 0; k < LANES; ++k) {
    sum += (double)s[k];
  }
  for (; i < n; ++i) {
    const double u = (double)(x[i] - center);
    sum += u * u;
  }
  return sum;
}

static double sum_f32(const float *x, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; i += BLOCK) {
    sum += block_sum(x + i, n - i < BLOCK ? n - i : BLOCK);
  }
  return sum;
}

static double square_sum_f32(const float *x, float center, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; i += BLOCK) {
    sum += block_square_sum(x + i, center, n - i < BLOCK ? n - i : BLOCK);
  }
  return sum;
}

#define EXTREME(name, step, step1, start)                                                                    \
  static float name(const float *x, int64_t n) {                                                             \
    float best = start;                                                                                      \
    int64_t i = 0;                                                                                           \
    if (n >= 2 * LANES) {                                                                                    \
      lanes a = load(x), b = load(x + LANES);                                                                \
      for (i = 2 * LANES; i + 2 * LANES <= n; i += 2 * LANES) {                                              \
        a = step(a, load(x + i));                                                                            \
        b = step(b, load(x + i + LANES));                                                                    \
      }                                                                                                      \
      a = step(a, b);                                                                                        \
      for (int k = 0; k < LANES; ++k) {                                                                      \
        best = step1(best, a[k]);                                                                            \
      }                                                                                                      \
    }                                                                                                        \
    for (; i < n; ++i) {                                                                                     \
      best = step1(best, x[i]);                                                                              \
    }                                                                                                        \
    return best;                                                                                             \
  }
EXTREME(max_f32, larger, larger_float, -INFINITY)
EXTREME(min_f32, smaller, smaller_float, INFINITY)

static void sum_f32_row(const void *x, int64_t n, void *acc) { *(double *)acc += sum_f32(x, n); }
static void max_f32_row(const void *x, int64_t n, void *acc) {
  *(float *)acc = larger_float(*(float *)acc, max_f32(x, n));
}
static void min_f32_row(const void *x, int64_t n, void *acc) {
  *(float *)acc = smaller_float(*(float *)acc, min_f32(x, n));
}

/* A sum of doubles in eight chains. */
static void sum_f64_row(const void *in, int64_t n, void *acc) {
  const double *x = in;
  double chain[8] = {0};
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (int k = 0; k < 8; ++k) {
      chain[k] += x[i + k];
    }
  }
  for (; i < n; ++i) {
    chain[i & 7] += x[i];
  }
  *(double *)acc +=
      ((chain[0] + chain[1]) + (chain[2] + chain[3])) + ((chain[4] + chain[5]) + (chain[6] + chain[7]));
}

/* Four rows at a time, so that the accumulators are read and written once for four elements. */
#define ROWS(name, type, acc_type, join, fold)                                                               \
  static void name(const void *in, int64_t n, int64_t count, int64_t stride, void *acc) {                    \
    acc_type *restrict q = acc;                                                                              \
    int64_t row = 0;                                                                                         \
    for (; row + 4 <= count; row += 4) {                                                                     \
      const type *p0 = (const type *)in + row * stride;                                                      \
      const type *p1 = p0 + stride, *p2 = p1 + stride, *p3 = p2 + stride;                                    \
      MC_EACH(i, n) { q[i] = fold(q[i], join(join(p0[i], p1[i]), join(p2[i], p3[i]))); }                     \
    }                                                                                                        \
    for (; row < count; ++row) {                                                                             \
      const type *p = (const type *)in + row * stride;                                                       \
      MC_EACH(i, n) { q[i] = fold(q[i], p[i]); }                                                             \
    }                                                                                                        \
  }
#define SUM(a, x) ((a) + (x))
#define PRODUCT(a, x) ((a) * (x))
#define LARGER(a, x) ((x) > (a) ? (x) : (a))
#define SMALLER(a, x) ((x) < (a) ? (x) : (a))

/* The compiler does not vectorise chains of these choices by itself. */
#define EXTREME_ROWS(name, step, step1)                                                                      \
  static void name(const void *in, int64_t n, int64_t count, int64_t stride, void *acc) {                    \
    float *q = acc;                                                                                          \
    for (int64_t row = 0; row < count; row += 4) {                                                           \
      /* Past the last row the last one is taken again, which changes no extreme. */                         \
      const float *p[4];                                                                                     \
      for (int k = 0; k < 4; ++k) {                                                                          \
        p[k] = (const float *)in + (row + k < count ? row + k : count - 1) * stride;                         \
      }                                                                                                      \
      int64_t i = 0;                                                                                         \
      for (; i + LANES <= n; i += LANES) {                                                                   \
        const lanes a = step(step(load(p[0] + i), load(p[1] + i)), step(load(p[2] + i), load(p[3] + i)));    \
        const lanes best = step(load(q + i), a);                                                             \
        memcpy(q + i, &best, sizeof(best));                                                                  \
      }                                                                                                      \
      for (; i < n; ++i) {                                                                                   \
        q[i] = step1(q[i], step1(step1(p[0][i], p[1][i]), step1(p[2][i], p[3][i])));                         \
      }                                                                                                      \
    }                                                                                                        \
  }

#define ROW(name, type, fold)                                                                                \
  static void name(const void *in, int64_t n, void *acc) {                                                   \
    const type *x = in;                                                                                      \
    type a = *(type *)acc;                                                                                   \
    for (int64_t i = 0; i < n; ++i) {                                                                        \
      a = fold(a, x[i]);                                                                                     \
    }                                                                                                        \
    *(type *)acc = a;                                                                                        \
  }
#define BOTH(name, type, fold)                                                                               \
  ROW(name##_row, type, fold)                                                                                \
  ROWS(name##_rows, type, type, fold, fold)

ROWS(sum_f32_rows, float, double, SUM, SUM)
EXTREME_ROWS(max_f32_rows, larger, larger_float)
EXTREME_ROWS(min_f32_rows, smaller, smaller_float)
ROWS(sum_f64_rows, double, double, SUM, SUM)
BOTH(prod_f64, double, PRODUCT)
BOTH(max_f64, double, larger_double)
BOTH(min_f64, double, smaller_double)
BOTH(sum_u64, uint64_t, SUM)
BOTH(prod_u64, uint64_t, PRODUCT)
BOTH(max_i64, int64_t, LARGER)
BOTH(min_i64, int64_t, SMALLER)
BOTH(max_u64, uint64_t, LARGER)
BOTH(min_u64, uint64_t, SMALLER)

#define PAIR(name) {name##_row, name##_rows}

const mc_reduce_table MC_ISA_NAME(mc_reduce_kernels) = {
    .fold = {[MC_FOLD_SUM] = {PAIR(sum_f32), PAIR(sum_f64), PAIR(sum_u64), PAIR(sum_u64)},
             [MC_FOLD_PROD] = {{NULL, NULL}, PAIR(prod_f64), PAIR(prod_u64), PAIR(prod_u64)},
             [MC_FOLD_MAX] = {PAIR(max_f32), PAIR(max_f64), PAIR(max_i64), PAIR(max_u64)},
             [MC_FOLD_MIN] = {PAIR(min_f32), PAIR(min_f64), PAIR(min_i64), PAIR(min_u64)}},
    .max_f32 = max_f32,
    .sum_f32 = sum_f32,
    .square_sum_f32 = square_sum_f32,
};
