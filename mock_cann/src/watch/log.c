/*
 * The log that programs write to. Nothing of the emulator's own goes there: what it has to say is in answers.
 *
 * Lock: `g_lock` guards the file; a leaf. A forked child opens a file of its own.
 */
#define _GNU_SOURCE /* program_invocation_short_name */
#include "watch/log.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/report.h"

enum { PATH_LENGTH = 4096 };

static const char *const kNames[MC_LOG_LEVELS] = {"DEBUG", "INFO", "WARNING", "ERROR"};

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *g_file;
static pid_t g_owner;

static pthread_once_t g_once = PTHREAD_ONCE_INIT;
static int g_level;
static const char *g_modules;
static bool g_print;

/* A level is one digit, 0 to 4 (none); anything else leaves the fallback. */
static int level_in(const char *text, int fallback) {
  const bool valid = text != NULL && *text >= '0' && *text <= '4' && (text[1] == '\0' || text[1] == ':');
  return valid ? *text - '0' : fallback;
}

static void read_settings(void) {
  const char *print = getenv("ASCEND_LOG_PRINT_TO_STDOUT");
  print = print == NULL || *print == '\0' ? getenv("ASCEND_SLOG_PRINT_TO_STDOUT") : print;
  g_print = print != NULL && strcmp(print, "1") == 0;
  g_level = level_in(getenv("ASCEND_GLOBAL_LOG_LEVEL"), MC_LOG_ERROR);
  const char *modules = getenv("ASCEND_MODULE_LOG_LEVEL");
  g_modules = modules == NULL ? NULL : strdup(modules);
}

static int least_level(const char *module) {
  const size_t length = strlen(module);
  for (const char *at = g_modules; at != NULL; at = strchr(at, ':')) {
    at += *at == ':';
    if (strncmp(at, module, length) == 0 && at[length] == '=') {
      return level_in(at + length + 1, g_level);
    }
  }
  return g_level;
}

/* The folder of process logs; false when no variable leads to one. */
static bool folder_of_logs(char path[PATH_LENGTH]) {
  static const char *const kRoots[][2] = {
      {"ASCEND_PROCESS_LOG_PATH", ""}, {"ASCEND_WORK_PATH", "/log"}, {"HOME", "/ascend/log"}};
  for (size_t i = 0; i < sizeof kRoots / sizeof *kRoots; ++i) {
    const char *root = getenv(kRoots[i][0]);
    if (root != NULL && *root != '\0') {
      return snprintf(path, PATH_LENGTH, "%s%s/debug/plog/", root, kRoots[i][1]) < PATH_LENGTH;
    }
  }
  return false;
}

static FILE *open_file(const char *time) {
  char folder[PATH_LENGTH], path[PATH_LENGTH + 64], digits[32] = "";
  if (!folder_of_logs(folder)) {
    return NULL;
  }
  for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    const bool usable = mkdir(folder, 0750) == 0 || errno == EEXIST;
    *slash = '/';
    if (!usable) {
      return NULL;
    }
  }
  for (size_t used = 0; *time != '\0' && used < 17; ++time) { /* to the millisecond */
    if (isdigit((unsigned char)*time)) {
      digits[used++] = *time;
    }
  }
  snprintf(path, sizeof path, "%splog-%d_%s.log", folder, (int)getpid(), digits);
  return fopen(path, "ae");
}

void mc_log(int level, const char *module, const char *function, const char *file, uint32_t line, const char *text) {
  pthread_once(&g_once, read_settings);
  if (level < least_level(module)) {
    return;
  }
  char time[48];
  mc_report_time(time);
  pthread_mutex_lock(&g_lock);
  if (!g_print && g_owner != getpid()) {
    g_owner = getpid();
    g_file = open_file(time);
  }
  /* A log that can be put nowhere is still told. */
  FILE *out = g_print ? stdout : g_file != NULL ? g_file : stderr;
  fprintf(out, "[%s] %s(%d,%s):%s [%s:%u]%d %s:%s\n", kNames[level], module, (int)getpid(),
          program_invocation_short_name, time, file, (unsigned)line, (int)syscall(SYS_gettid), function, text);
  fflush(out);
  pthread_mutex_unlock(&g_lock);
}
