/* One case a function: it misuses AscendCL once and returns what CANN answered. The program runs one case, named by its
 * argument, and prints the status, the thread's last error and the recent text; without an argument it lists them. */
#ifndef MISUSE_H
#define MISUSE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "acl/acl.h"

void misuse_add(const char *name, int (*run)(void));

#define CASE(name)                                                                                            \
  static int name(void);                                                                                      \
  __attribute__((constructor)) static void add_##name(void) { misuse_add(#name, name); }                      \
  static int name(void)

/* Preparation that must succeed. */
#define NEED(call)                                                                                            \
  do {                                                                                                        \
    const int need_status = (int)(call);                                                                      \
    if (need_status != 0) {                                                                                   \
      fprintf(stderr, "%s:%d: %s answered %d\n", __FILE__, __LINE__, #call, need_status);                     \
      exit(3);                                                                                                \
    }                                                                                                         \
  } while (0)

/* Later expectations inside one case, when the case is about a sequence. */
#define EXPECT(condition)                                                                                     \
  do {                                                                                                        \
    if (!(condition)) {                                                                                       \
      fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                               \
      exit(4);                                                                                                \
    }                                                                                                         \
  } while (0)

static inline aclrtStream need_stream(void) {
  aclrtStream stream = NULL;
  NEED(aclrtSetDevice(0));
  NEED(aclrtCreateStream(&stream));
  return stream;
}

static inline void *need_memory(size_t size) {
  void *memory = NULL;
  NEED(aclrtSetDevice(0));
  NEED(aclrtMalloc(&memory, size, ACL_MEM_MALLOC_HUGE_FIRST));
  return memory;
}

#endif
