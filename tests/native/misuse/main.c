#include "misuse.h"

#include <string.h>

static struct {
  const char *name;
  int (*run)(void);
} g_cases[512];
static int g_count;

void misuse_add(const char *name, int (*run)(void)) {
  g_cases[g_count].name = name;
  g_cases[g_count++].run = run;
}

int main(int argc, char **argv) {
  for (int i = 0; i < g_count; ++i) {
    if (argc < 2) {
      puts(g_cases[i].name);
    } else if (strcmp(g_cases[i].name, argv[1]) == 0) {
      const int status = g_cases[i].run();
      const int last = aclrtPeekAtLastError(ACL_RT_THREAD_LEVEL);
      const char *text = aclGetRecentErrMsg();
      printf("%d\n%d\n%s", status, last, text == NULL ? "" : text);
      return 0;
    }
  }
  return argc < 2 ? 0 : 5;
}
