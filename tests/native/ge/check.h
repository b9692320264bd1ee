/* One line per expectation; the program's exit code is the number of failed ones (at most 100). */
#ifndef TESTS_NATIVE_GE_CHECK_H
#define TESTS_NATIVE_GE_CHECK_H

#include <cstdio>

static int failed_checks;

#define CHECK(condition)                                          \
  do {                                                            \
    if (!(condition)) {                                           \
      ++failed_checks;                                            \
      std::printf("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
    }                                                             \
  } while (0)

static inline int CheckResult() { return (failed_checks > 100) ? 100 : failed_checks; }

#endif
