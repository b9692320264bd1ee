/* Host functions run in stream order on a thread of the runtime, and report threads run what is launched for them. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/callback.h"

#define CHECK(condition)                                                                                    \
  do {                                                                                                      \
    if (!(condition)) {                                                                                     \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                       \
      abort();                                                                                              \
    }                                                                                                       \
  } while (0)

typedef struct note {
  uint64_t *cell;
  uint64_t seen;
  pthread_t thread;
} note;

static void look(void *args) {
  note *n = args;
  n->seen = *n->cell;
  n->thread = pthread_self();
}

static int run_add(mc_task *task, mc_stream *stream) {
  (void)stream;
  *(uint64_t *)(uintptr_t)task->payload[0] += 1;
  return MC_OK;
}

static void host_functions_keep_their_place_in_the_stream(void) {
  mc_stream *s = NULL;
  uint64_t cell = 0;
  note notes[100];
  CHECK(mc_stream_create("test", 0, 0, &s) == 0);
  for (int i = 0; i < 100; ++i) {
    const mc_task task = {.run = run_add, .name = "add", .payload = {(uintptr_t)&cell}};
    notes[i].cell = &cell;
    CHECK(mc_stream_launch("test", s, &task) == 0);
    CHECK(mc_host_func_launch("test", s, look, &notes[i]) == 0);
  }
  CHECK(mc_stream_synchronize("test", s, -1) == 0);
  for (int i = 0; i < 100; ++i) {
    CHECK(notes[i].seen == (uint64_t)i + 1);
    CHECK(!pthread_equal(notes[i].thread, pthread_self()));
  }
  CHECK(mc_report_subscribe("test", 1, s) == MC_RT_STREAM_SUBSCRIBE);
  free(mc_report_take());
  CHECK(mc_stream_destroy("test", s) == 0);
}

static void *serve_three(void *arg) {
  _Atomic int *handled = arg;
  while (atomic_load(handled) < 3) {
    CHECK(mc_device_set("test", 0) == 0);
    mc_report_process("test", 1000);
    CHECK(mc_device_reset("test", 0) == 0);
  }
  return NULL;
}

static void count(void *args) { atomic_fetch_add((_Atomic int *)args, 1); }

static void a_report_thread_runs_what_was_launched_for_it(void) {
  mc_stream *s = NULL;
  _Atomic int handled = 0;
  pthread_t thread;
  CHECK(mc_stream_create("test", 0, 0, &s) == 0);
  CHECK(mc_report_launch("test", s, count, &handled, true) == MC_RT_NO_CALLBACK);
  CHECK(mc_report_process("test", 10) == MC_RT_THREAD_SUBSCRIBE);
  CHECK(pthread_create(&thread, NULL, serve_three, &handled) == 0);
  CHECK(mc_report_subscribe("test", (uint64_t)thread, s) == 0);
  CHECK(mc_report_subscribe("test", (uint64_t)thread, s) == MC_RT_THREAD_SUBSCRIBE);
  CHECK(mc_report_subscribe("test", (uint64_t)pthread_self(), s) == MC_RT_STREAM_SUBSCRIBE);
  CHECK(mc_host_func_launch("test", s, count, &handled) == MC_RT_STREAM_SUBSCRIBE);
  for (int i = 0; i < 3; ++i) {
    CHECK(mc_report_launch("test", s, count, &handled, i % 2 == 0) == 0);
  }
  CHECK(mc_stream_synchronize("test", s, -1) == 0);
  pthread_join(thread, NULL);
  CHECK(atomic_load(&handled) == 3);
  CHECK(mc_report_unsubscribe("test", (uint64_t)thread, s) == 0);
  CHECK(mc_report_unsubscribe("test", (uint64_t)thread, s) == MC_RT_STREAM_SUBSCRIBE);
  free(mc_report_take());
  CHECK(mc_stream_destroy("test", s) == 0);
}

static void dropping_a_stream_drops_its_functions(void) {
  mc_stream *s = NULL;
  _Atomic int handled = 0;
  CHECK(mc_stream_create("test", 0, 0, &s) == 0);
  CHECK(mc_report_subscribe("test", (uint64_t)pthread_self(), s) == 0);
  CHECK(mc_report_launch("test", s, count, &handled, true) == 0);
  CHECK(mc_stream_destroy_force("test", s) == 0);
}

int main(void) {
  CHECK(mc_device_set("test", 0) == 0);
  host_functions_keep_their_place_in_the_stream();
  a_report_thread_runs_what_was_launched_for_it();
  dropping_a_stream_drops_its_functions();
  CHECK(mc_device_reset("test", 0) == 0);
  return 0;
}
