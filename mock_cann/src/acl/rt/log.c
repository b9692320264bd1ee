/* aclAppLog: lines of the program in CANN's log. */
#define _GNU_SOURCE /* vasprintf */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "acl/acl_rt.h"
#include "acl/check.h"
#include "watch/log.h"

static int app_log(int level, const char *func, const char *file, uint32_t line, const char *fmt,
                   va_list arguments) {
  if (level < 0 || level >= MC_LOG_LEVELS) {
    return mc_refuse(MC_INVALID_PARAM, "EH0007", "aclAppLog", MC_TEXT("%d", level), "logLevel",
                     "ACL_DEBUG, _INFO, _WARNING or _ERROR");
  }
  REQUIRE(func);
  REQUIRE(file);
  REQUIRE(fmt);
  char *text = NULL;
  if (vasprintf(&text, fmt, arguments) < 0) {
    return MC_OK; /* no memory for a log line: the program goes on without it */
  }
  mc_log(level, "APP", func, file, line, text);
  free(text);
  return MC_OK;
}

void aclAppLog(aclLogLevel logLevel, const char *func, const char *file, uint32_t line, const char *fmt, ...) {
  va_list arguments;
  va_start(arguments, fmt);
  (void)app_log((int)logLevel, func, file, line, fmt, arguments); /* has no way to say no but the error's text */
  va_end(arguments);
}
