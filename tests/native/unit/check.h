/* What every unit test uses: assertions that say what was found, and random numbers that are the same every time. */
#ifndef UNIT_CHECK_H
#define UNIT_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                                     \
  do {                                                                                                       \
    if (!(condition)) {                                                                                      \
      fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                              \
      abort();                                                                                               \
    }                                                                                                        \
  } while (0)

#define CHECK_INT(got, want)                                                                                 \
  do {                                                                                                       \
    const long long got_ = (long long)(got), want_ = (long long)(want);                                      \
    if (got_ != want_) {                                                                                     \
      fprintf(stderr, "%s:%d: %s is %lld, expected %lld\n", __FILE__, __LINE__, #got, got_, want_);          \
      abort();                                                                                               \
    }                                                                                                        \
  } while (0)

#define CHECK_TEXT(got, want)                                                                                \
  do {                                                                                                       \
    const char *got_ = (got), *want_ = (want);                                                               \
    if (got_ == NULL || strcmp(got_, want_) != 0) {                                                          \
      fprintf(stderr, "%s:%d: %s is \"%s\", expected \"%s\"\n", __FILE__, __LINE__, #got,                    \
              got_ == NULL ? "(null)" : got_, want_);                                                        \
      abort();                                                                                               \
    }                                                                                                        \
  } while (0)

/* xorshift64* */
typedef struct random_state {
  uint64_t value;
} random_state;

static inline uint64_t random_next(random_state *state) {
  state->value ^= state->value >> 12;
  state->value ^= state->value << 25;
  state->value ^= state->value >> 27;
  return state->value * UINT64_C(0x2545f4914f6cdd1d);
}

static inline uint64_t random_below(random_state *state, uint64_t limit) {
  return (random_next(state) >> 11) % limit;
}

#endif
