/* Options of operator compilation: kept for the process and given back. The emulator compiles the same way whatever they
 * say; values that CANN would refuse are refused. */
#include <pthread.h>

#include "acl/op_common/op.h"

enum { OPTIONS = ACL_OP_DEBUG_OPTION + 1 };

/* Allowed values, separated by spaces; NULL: any text. */
static const char *const kAllowed[OPTIONS] = {
    [ACL_OP_COMPILER_CACHE_MODE] = "disable enable force",
    [ACL_OP_JIT_COMPILE] = "enable disable",
    [ACL_OP_DETERMINISTIC] = "0 1",
};

static struct {
  pthread_mutex_t lock; /* guards values; a leaf */
  char *values[OPTIONS];
} g_options = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* What holds without a choice: binaries of operators come with the toolkit, so nothing is compiled just in time. */
static const char *default_value(int option) { return option == ACL_OP_JIT_COMPILE ? "disable" : NULL; }

/* With the lock held; NULL: never chosen. */
static const char *value_of(int option) {
  return g_options.values[option] != NULL ? g_options.values[option] : default_value(option);
}

static bool allowed(int option, const char *value) {
  const size_t length = strlen(value);
  for (const char *at = kAllowed[option]; at != NULL && length > 0; at = strchr(at, ' ')) {
    at += *at == ' ';
    if (strncmp(at, value, length) == 0 && (at[length] == ' ' || at[length] == 0)) {
      return true;
    }
  }
  return kAllowed[option] == NULL;
}

aclError aclSetCompileopt(aclCompileOpt opt, const char *value) {
  REFUSE_UNLESS((unsigned)opt < OPTIONS, opt, "opt", "an aclCompileOpt, 0 to 16");
  REQUIRE(value);
  if (!allowed((int)opt, value)) {
    return mc_refuse(MC_INVALID_PARAM, "EH0007", __func__, MC_TEXT("%.100s", value), "value",
                     MC_TEXT("one of: %s", kAllowed[opt]));
  }
  char *copy = strdup(value);
  if (copy == NULL) {
    return no_host_memory(strlen(value) + 1);
  }
  pthread_mutex_lock(&g_options.lock);
  free(g_options.values[opt]);
  g_options.values[opt] = copy;
  pthread_mutex_unlock(&g_options.lock);
  return MC_OK;
}

/* With the terminating NUL; 0 when the option has no value. */
size_t aclGetCompileoptSize(aclCompileOpt opt) {
  if ((unsigned)opt >= OPTIONS) {
    mc_report("EH0007", __func__, MC_TEXT("%d", (int)opt), "opt", "an aclCompileOpt, 0 to 16", (char *)NULL);
    return 0;
  }
  pthread_mutex_lock(&g_options.lock);
  const char *value = value_of((int)opt);
  const size_t size = value == NULL ? 0 : strlen(value) + 1;
  pthread_mutex_unlock(&g_options.lock);
  return size;
}

aclError aclGetCompileopt(aclCompileOpt opt, char *value, size_t length) {
  REFUSE_UNLESS((unsigned)opt < OPTIONS, opt, "opt", "an aclCompileOpt, 0 to 16");
  REQUIRE(value);
  pthread_mutex_lock(&g_options.lock);
  const char *found = value_of((int)opt);
  const size_t size = found == NULL ? 0 : strlen(found) + 1;
  if (size > 0 && size <= length) {
    memcpy(value, found, size);
  }
  pthread_mutex_unlock(&g_options.lock);
  REFUSE_UNLESS(size > 0, opt, "opt", "an option that has a value; this one was never set");
  REFUSE_UNLESS(size <= length, length, "length", MC_TEXT("%zu or more, as aclGetCompileoptSize says", size));
  return MC_OK;
}

aclError aclopSetCompileFlag(aclOpCompileFlag flag) {
  REFUSE_UNLESS((unsigned)flag <= ACL_COMPILE_FLAG_BIN_SELECTOR, flag, "flag", "an aclOpCompileFlag, 0 or 1");
  return MC_OK;
}
