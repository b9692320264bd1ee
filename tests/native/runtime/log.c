/* Writes lines to CANN's log, of every level and from the macro; the test looks for them. */
#include <stdio.h>
#include <string.h>

#include "acl/acl.h"

static int refused(const char *what) {
  const char *text = aclGetRecentErrMsg();
  return text != NULL && strstr(text, what) != NULL ? 0 : 1;
}

int main(void) {
  aclAppLog(ACL_DEBUG, "main", "log.c", 1, "debug %d", 1);
  aclAppLog(ACL_INFO, "main", "log.c", 2, "info %s", "two");
  aclAppLog(ACL_WARNING, "main", "log.c", 3, "warning");
  ACL_APP_LOG(ACL_ERROR, "error %.1f", 4.5);
  if (aclGetRecentErrMsg() != NULL) {
    return 2; /* logging is no error */
  }
  aclAppLog((aclLogLevel)4, "main", "log.c", 5, "no level");
  if (refused("logLevel")) {
    return 3;
  }
  aclAppLog(ACL_ERROR, "main", "log.c", 6, NULL);
  return refused("fmt") ? 4 : 0;
}
