/* Assertions of C programs that use AscendCL: the first one that does not hold ends the program. */
#ifndef TESTS_NATIVE_MODELS_CHECK_H
#define TESTS_NATIVE_MODELS_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl/acl.h"

#define CHECK(condition)                                                                                     \
  do {                                                                                                       \
    if (!(condition)) {                                                                                      \
      fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                              \
      exit(1);                                                                                               \
    }                                                                                                        \
  } while (0)

#define CHECK_INT(expected, call)                                                                            \
  do {                                                                                                       \
    const long long expected_ = (long long)(expected), got_ = (long long)(call);                             \
    if (got_ != expected_) {                                                                                 \
      const char *text_ = aclGetRecentErrMsg();                                                              \
      fprintf(stderr, "%s:%d: %s is %lld, expected %lld\n%s\n", __FILE__, __LINE__, #call, got_, expected_,  \
              text_ == NULL ? "" : text_);                                                                   \
      exit(1);                                                                                               \
    }                                                                                                        \
  } while (0)

/* The call succeeds. */
#define MUST(call) CHECK_INT(0, call)

#endif
