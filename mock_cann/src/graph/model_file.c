/* Models in files. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "graph/model_table.h"

enum { PATH_INVALID = 145002, OUT_OF_MEMORY = 245000 };

static int refuse(const char *code, const char *path, const char *reason) {
  mc_report(code, path, reason, (char *)NULL);
  return PATH_INVALID;
}

int mc_model_file_check(const char *path) {
  struct stat about;
  if (stat(path, &about) != 0) {
    return refuse("E13000", path, strerror(errno));
  }
  return S_ISREG(about.st_mode) ? 0 : refuse("E13026", path, "it is not a regular file");
}

/* All bytes of an open file, malloc'ed. */
static int read_all(FILE *file, const char *path, char **bytes, size_t *size) {
  size_t room = 0;
  *bytes = NULL;
  *size = 0;
  for (;;) {
    if (*size == room) {
      room = room == 0 ? (size_t)1 << 16 : room * 2;
      char *grown = realloc(*bytes, room);
      if (grown == NULL) {
        mc_report("E13002", path, MC_TEXT("%zu", room), (char *)NULL);
        return OUT_OF_MEMORY;
      }
      *bytes = grown;
    }
    const size_t got = fread(*bytes + *size, 1, room - *size, file);
    *size += got;
    if (got == 0) {
      return ferror(file) ? refuse("E13004", path, strerror(errno)) : 0;
    }
  }
}

int mc_model_file_restore(const char *path, mc_model **model) {
  *model = NULL;
  int status = mc_model_file_check(path);
  if (status != 0) {
    return status;
  }
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    return refuse("E13026", path, strerror(errno));
  }
  char *bytes = NULL;
  size_t size = 0;
  status = read_all(file, path, &bytes, &size);
  fclose(file);
  status = status != 0 ? status : mc_model_restore(path, bytes, size, model);
  free(bytes);
  return status;
}
