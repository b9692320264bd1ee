/*
 * The store of error and warning texts: one list per work id (by default a thread), read and cleared as one text.
 *
 * Lock: `g_lock` guards the lists and the mode; nothing else is taken while it is held.
 */
#include "engine/report.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "engine/report_templates.h"
#include "engine/status.h"

enum { MAX_STORES = 1000, MAX_ENTRIES = 1000, MAX_MESSAGE = 1024, BUCKETS = 256 };

typedef struct entry {
  struct entry *next;
  char code[8];
  bool warning;
  const mc_report_template *form; /* NULL for an inner entry */
  char time[48];
  char message[];
} entry;

typedef struct store {
  struct store *next;
  uint64_t id;
  int count;
  entry *first, **last;
} store;

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static store *g_stores[BUCKETS];
static int g_store_count;
static bool g_process_mode;

static _Thread_local uint64_t t_work_id, t_adopted;
static _Thread_local int t_last_error;

static uint64_t thread_number(void) { return (uint64_t)syscall(SYS_gettid); }

uint64_t mc_report_work_id(void) {
  if (t_adopted != 0) {
    return t_adopted;
  }
  if (t_work_id == 0) {
    t_work_id = (uint64_t)getpid() * 100000u + thread_number();
  }
  return t_work_id;
}

void mc_report_adopt(uint64_t work_id) { t_adopted = work_id; }

void mc_report_process_mode(bool process) {
  pthread_mutex_lock(&g_lock);
  g_process_mode = process;
  pthread_mutex_unlock(&g_lock);
}

/* Called with g_lock held. Process mode keeps everything under id 0, which no thread has. */
static store **store_place(void) {
  const uint64_t id = g_process_mode ? 0 : mc_report_work_id();
  store **place = &g_stores[id % BUCKETS];
  while (*place != NULL && (*place)->id != id) {
    place = &(*place)->next;
  }
  return place;
}

static bool is_duplicate(const store *s, const entry *e) {
  for (const entry *o = s->first; o != NULL; o = o->next) {
    if (o->warning == e->warning && strcmp(o->code, e->code) == 0 && strcmp(o->message, e->message) == 0) {
      return true;
    }
  }
  return false;
}

void mc_report_time(char text[48]) {
  struct timespec now;
  struct tm local;
  clock_gettime(CLOCK_REALTIME, &now);
  localtime_r(&now.tv_sec, &local);
  char seconds[24];
  strftime(seconds, sizeof seconds, "%Y-%m-%d-%H:%M:%S", &local);
  snprintf(text, 48, "%s.%03u.%03u", seconds, (unsigned)(now.tv_nsec / 1000000) % 1000u,
           (unsigned)(now.tv_nsec / 1000) % 1000u);
}

static void add(const char *code, const mc_report_template *form, bool warning, const char *message) {
  entry *e = malloc(sizeof *e + MAX_MESSAGE + 32);
  if (e == NULL) {
    return;
  }
  *e = (entry){.form = form, .warning = warning};
  snprintf(e->code, sizeof e->code, "%s", code);
  mc_report_time(e->time);
  pthread_mutex_lock(&g_lock);
  if (g_process_mode) {
    snprintf(e->message, MAX_MESSAGE + 32, "%.*s[THREAD:%llu]", MAX_MESSAGE - 1, message,
             (unsigned long long)thread_number());
  } else {
    snprintf(e->message, MAX_MESSAGE, "%s", message);
  }
  store **place = store_place();
  if (*place == NULL && g_store_count < MAX_STORES) {
    *place = calloc(1, sizeof **place);
    if (*place != NULL) {
      (*place)->id = g_process_mode ? 0 : mc_report_work_id();
      (*place)->last = &(*place)->first;
      ++g_store_count;
    }
  }
  store *s = *place;
  if (s == NULL || s->count >= MAX_ENTRIES || is_duplicate(s, e)) {
    free(e);
  } else {
    *s->last = e;
    s->last = &e->next;
    ++s->count;
  }
  pthread_mutex_unlock(&g_lock);
}

/* Fills the template's %s places; a template with a missing argument stores nothing, as in CANN. */
static void report_template(const char *code, bool warning, va_list arguments) {
  const mc_report_template *form = mc_report_template_find(code);
  if (form == NULL) {
    return;
  }
  char message[MAX_MESSAGE] = {0};
  size_t used = 0;
  for (const char *p = form->message; *p != '\0' && used + 1 < sizeof message; ++p) {
    if (p[0] != '%' || p[1] != 's') {
      message[used++] = *p;
      continue;
    }
    const char *argument = va_arg(arguments, const char *);
    if (argument == NULL) {
      return;
    }
    const int written = snprintf(message + used, sizeof message - used, "%s", argument);
    used = (size_t)written >= sizeof message - used ? sizeof message - 1 : used + (size_t)written;
    ++p;
  }
  message[used] = '\0';
  add(code, form, warning, message);
}

void mc_report(const char *code, ...) {
  va_list arguments;
  va_start(arguments, code);
  report_template(code, false, arguments);
  va_end(arguments);
}

void mc_report_warning(const char *code, ...) {
  va_list arguments;
  va_start(arguments, code);
  report_template(code, true, arguments);
  va_end(arguments);
}

void mc_report_inner(const char *code, const char *format, ...) {
  char message[MAX_MESSAGE];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  add(code, NULL, false, message);
}

char *mc_text_format(char *buffer, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(buffer, size, format, arguments);
  va_end(arguments);
  return buffer;
}

int mc_last_error_set(int status) {
  if (status != MC_OK) {
    t_last_error = status;
  }
  return status;
}

int mc_last_error_peek(void) { return t_last_error; }

int mc_last_error_take(void) {
  const int status = t_last_error;
  t_last_error = MC_OK;
  return status;
}

int mc_unsupported(const char *function) {
  return mc_fail(MC_RT_NOT_SUPPORTED, "EE1016", function, "mock_cann does not emulate this function");
}

static bool is_inner(const char *code) {
  const size_t length = strlen(code);
  return length >= 4 && (strcmp(code + length - 4, "9999") == 0 || strcmp(code + length - 4, "8888") == 0);
}

static void write_headline(FILE *out, const entry *e) {
  fprintf(out, "[PID: %d] %s %s(%s): %s\n", (int)getpid(), e->time, e->form->title, e->code, e->message);
  if (e->form->cause != NULL) {
    fprintf(out, "        Possible Cause: %s\n", e->form->cause);
  }
  if (e->form->solution != NULL) {
    fprintf(out, "        Solution: %s\n", e->form->solution);
  }
}

static void write_traceback(FILE *out, const entry *first, const entry *headline, const char *indent) {
  bool opened = false;
  for (const entry *e = first; e != NULL; e = e->next) {
    if (e == headline) {
      continue;
    }
    fprintf(out, opened ? "%s%s\n" : "TraceBack (most recent call last):\n%s%s\n", indent, e->message);
    opened = true;
  }
}

static void write_inner(FILE *out, const entry *first) {
  const entry *head = first;
  while (head != NULL && strcmp(head->code + strlen(head->code) - 4, "8888") == 0) {
    head = head->next;
  }
  head = head == NULL ? first : head;
  fprintf(out, "%s: Internal error!\n%s[PID: %d] %s (%s):  %s\n", head->code, head->code, (int)getpid(), head->time,
          head->code, head->message);
  fprintf(out, "TraceBack (most recent call last):\n");
  for (const entry *e = first; e != NULL; e = e->next) {
    if (e != head) {
      fprintf(out, "       %s\n", e->message);
    }
  }
}

/* Unlinks the caller's entries of one kind and returns their list. */
static entry *detach(bool warnings) {
  entry *taken = NULL, **tail = &taken;
  pthread_mutex_lock(&g_lock);
  store **place = store_place();
  store *s = *place;
  if (s != NULL) {
    s->last = &s->first;
    while (*s->last != NULL) {
      entry *e = *s->last;
      if (e->warning != warnings) {
        s->last = &e->next;
        continue;
      }
      *s->last = e->next;
      e->next = NULL;
      *tail = e;
      tail = &e->next;
      --s->count;
    }
    if (s->count == 0) {
      *place = s->next;
      free(s);
      --g_store_count;
    }
  }
  pthread_mutex_unlock(&g_lock);
  return taken;
}

static char *take(bool warnings) {
  entry *first = detach(warnings);
  if (first == NULL) {
    return NULL;
  }
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (out != NULL) {
    const entry *headline = first;
    while (headline != NULL && (headline->form == NULL || is_inner(headline->code))) {
      headline = headline->next;
    }
    if (warnings) {
      for (const entry *e = first; e != NULL; e = e->next) {
        write_headline(out, e);
      }
    } else if (headline != NULL) {
      write_headline(out, headline);
      write_traceback(out, first, headline, "        ");
    } else {
      write_inner(out, first);
    }
    fclose(out);
  }
  while (first != NULL) {
    entry *next = first->next;
    free(first);
    first = next;
  }
  return text;
}

char *mc_report_take(void) { return take(false); }

char *mc_report_take_warnings(void) { return take(true); }
