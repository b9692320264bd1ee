/*
 * Functions of CANN that are declared and not emulated: each answers "unsupported" and names itself.
 *
 * Compiled once per library with MC_UNSUPPORTED_LIST naming that library's list in unsupported/. A family that gets
 * implemented loses its lines there. The real signatures are left out on purpose: arguments are not looked at, and
 * on the ABIs we support a callee may ignore its arguments.
 */
#include "engine/report.h"

#include <stddef.h>

#define EXPORTED __attribute__((visibility("default")))

/* An aclError: CANN's "feature not supported". */
#define STATUS(name)                                                                                         \
  EXPORTED int name(void);                                                                                   \
  int name(void) { return mc_unsupported(#name); }

/* A handle or a text: NULL. */
#define POINTER(name)                                                                                        \
  EXPORTED void *name(void);                                                                                 \
  void *name(void) {                                                                                         \
    (void)mc_unsupported(#name);                                                                             \
    return NULL;                                                                                             \
  }

/* A size, a count or an id: 0. */
#define VALUE(name)                                                                                          \
  EXPORTED size_t name(void);                                                                                \
  size_t name(void) {                                                                                        \
    (void)mc_unsupported(#name);                                                                             \
    return 0;                                                                                                \
  }

/* An enumeration that has an "undefined" value, -1 in all of CANN's. */
#define UNDEFINED(name)                                                                                      \
  EXPORTED int name(void);                                                                                   \
  int name(void) {                                                                                           \
    (void)mc_unsupported(#name);                                                                             \
    return -1;                                                                                               \
  }

/* A floating point number: not a number. */
#define REAL(name)                                                                                           \
  EXPORTED float name(void);                                                                                 \
  float name(void) {                                                                                         \
    (void)mc_unsupported(#name);                                                                             \
    return __builtin_nanf("");                                                                               \
  }

#define VOID(name)                                                                                           \
  EXPORTED void name(void);                                                                                  \
  void name(void) { (void)mc_unsupported(#name); }

#include MC_UNSUPPORTED_LIST
