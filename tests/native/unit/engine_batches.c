/* Small tasks: producers run them in batches, and nothing else; whoever runs them, order and back-pressure hold. */
#include <pthread.h>
#include <sched.h>

#include "check.h"
#include "engine/internal.h"

enum { SMALL = 20, LARGE = MC_SMALL_NS + 1 };

typedef struct seen {
  uint64_t count;
  bool in_order, by_producer;
  pthread_t producer;
} seen;

/* payload: 0 the seen, 1 the number expected, 2 whether a producer must not run it */
static int run_look(mc_task *task, mc_stream *stream) {
  (void)stream;
  seen *s = (seen *)(uintptr_t)task->payload[0];
  s->in_order = s->in_order && s->count == task->payload[1];
  s->by_producer = s->by_producer || (task->payload[2] != 0 && pthread_equal(pthread_self(), s->producer));
  ++s->count;
  return MC_OK;
}

static void launch(mc_stream *stream, seen *s, uint64_t number, bool large) {
  const mc_task task = {
      .run = run_look, .name = "look", .cost_ns = large ? LARGE : SMALL, .payload = {(uintptr_t)s, number, large}};
  CHECK_INT(mc_stream_launch("test", stream, &task), 0);
}

static void wait_without_helping(const mc_stream *stream, uint64_t position) {
  while (!mc_stream_reached(stream, position)) {
    sched_yield();
  }
}

static void only_small_tasks_run_where_they_are_launched(void) {
  mc_stream *stream = NULL;
  seen s = {.in_order = true, .producer = pthread_self()};
  CHECK_INT(mc_stream_create("test", 0, 0, &stream), 0);
  for (uint64_t i = 0; i < MC_QUEUE_DEPTH; ++i) {
    launch(stream, &s, i, i % 300 == 299);
  }
  wait_without_helping(stream, MC_QUEUE_DEPTH);
  CHECK_INT(s.count, MC_QUEUE_DEPTH);
  CHECK(s.in_order && !s.by_producer);
  CHECK_INT(mc_stream_destroy("test", stream), 0);
}

/* Also while another stream is being fed, and without anybody who waits. */
static void small_work_starts_by_itself(void) {
  mc_stream *fed = NULL, *quiet = NULL;
  mc_event *e = NULL;
  seen s = {.in_order = true}, other = {.in_order = true};
  CHECK(mc_stream_create("test", 0, 0, &fed) == 0 && mc_stream_create("test", 0, 0, &quiet) == 0);
  CHECK_INT(mc_event_new("test", 1, false, false, &e), 0);
  uint64_t number = 0;
  for (uint64_t round = 0; round < 20; ++round) {
    CHECK_INT(mc_event_record("test", e, fed), 0);
    CHECK_INT(mc_event_wait("test", e, quiet, 0), 0);
    launch(quiet, &other, round, false);
    while (!mc_stream_reached(quiet, 2 * (round + 1))) {
      launch(fed, &s, number++, false);
      sched_yield();
    }
  }
  CHECK_INT(mc_stream_synchronize("test", fed, -1), 0);
  CHECK_INT(s.count, number);
  CHECK(s.in_order && other.in_order);
  mc_handle_retire(e);
  mc_event_destroy(e);
  CHECK(mc_stream_destroy("test", fed) == 0 && mc_stream_destroy("test", quiet) == 0);
}

static int run_gate(mc_task *task, mc_stream *stream) {
  (void)stream;
  return atomic_load((_Atomic int *)(uintptr_t)task->payload[0]) ? MC_OK : MC_TASK_BLOCKED;
}

/* A blocked queue fills up to its depth and no further; a batch behind the blockade runs when it opens. */
static void a_blocked_stream_takes_what_its_queue_holds(void) {
  mc_stream *stream = NULL;
  _Atomic int open = 0;
  seen s = {.in_order = true};
  CHECK_INT(mc_stream_create("test", 0, 0, &stream), 0);
  const mc_task gate = {.run = run_gate, .name = "gate", .cost_ns = SMALL, .payload = {(uintptr_t)&open}};
  CHECK_INT(mc_stream_launch("test", stream, &gate), 0);
  for (uint64_t i = 0; i + 1 < MC_QUEUE_DEPTH; ++i) {
    launch(stream, &s, i, false);
  }
  CHECK(!mc_stream_reached(stream, 1));
  atomic_store(&open, 1);
  mc_schedule(stream);
  wait_without_helping(stream, MC_QUEUE_DEPTH);
  CHECK(s.in_order);
  CHECK_INT(s.count, MC_QUEUE_DEPTH - 1);
  CHECK_INT(mc_stream_destroy("test", stream), 0);
}

static void an_abort_drops_what_is_queued_and_later_work_runs(void) {
  mc_stream *stream = NULL;
  _Atomic int open = 0;
  seen s = {.in_order = true};
  CHECK_INT(mc_stream_create("test", 0, 0, &stream), 0);
  const mc_task gate = {.run = run_gate, .name = "gate", .cost_ns = SMALL, .payload = {(uintptr_t)&open}};
  CHECK_INT(mc_stream_launch("test", stream, &gate), 0);
  for (uint64_t i = 0; i < 2 * MC_BATCH; ++i) {
    launch(stream, &s, i, false);
  }
  mc_stream_abort(stream);
  CHECK_INT(s.count, 0);
  for (uint64_t i = 0; i < 2 * MC_BATCH; ++i) {
    launch(stream, &s, i, false);
  }
  CHECK_INT(mc_stream_synchronize("test", stream, -1), 0);
  CHECK(s.in_order);
  CHECK_INT(s.count, 2 * MC_BATCH);
  CHECK_INT(mc_stream_destroy("test", stream), 0);
}

/* Nothing of an event may be touched after its newest record is finished: many are destroyed right behind it. */
static void events_end_with_their_last_record(void) {
  mc_stream *stream = NULL;
  CHECK_INT(mc_stream_create("test", 0, 0, &stream), 0);
  for (int i = 0; i < 3000; ++i) {
    mc_event *e = NULL;
    CHECK_INT(mc_event_new("test", 1, false, false, &e), 0);
    CHECK_INT(mc_event_record("test", e, stream), 0);
    CHECK(mc_handle_retire(e));
    mc_event_destroy(e);
  }
  CHECK_INT(mc_stream_synchronize("test", stream, -1), 0);
  CHECK_INT(mc_stream_destroy("test", stream), 0);
}

/* However often it was recorded before, in the same batch or an earlier one. */
static void an_event_has_the_time_of_its_newest_record(void) {
  mc_stream *stream = NULL;
  mc_event *e = NULL;
  CHECK_INT(mc_stream_create("test", 0, 0, &stream), 0);
  CHECK_INT(mc_event_new("test", 0x8, false, false, &e), 0);
  for (int records = 1; records < 2 * MC_BATCH; records = 3 * records + 1) {
    for (int i = 1; i < records; ++i) {
      CHECK_INT(mc_event_record("test", e, stream), 0);
    }
    const int64_t before = mc_now_ns();
    CHECK_INT(mc_event_record("test", e, stream), 0);
    CHECK_INT(mc_stream_synchronize("test", stream, -1), 0);
    CHECK_INT(mc_event_state(e), 2);
    CHECK(before <= e->time_ns && e->time_ns <= mc_now_ns());
  }
  mc_handle_retire(e);
  mc_event_destroy(e);
  CHECK_INT(mc_stream_destroy("test", stream), 0);
}

int main(void) {
  CHECK_INT(mc_device_set("test", 0), 0);
  if (strcmp(mc_schedule_name(), "concurrent") == 0) {
    only_small_tasks_run_where_they_are_launched();
    small_work_starts_by_itself();
    a_blocked_stream_takes_what_its_queue_holds();
  }
  an_abort_drops_what_is_queued_and_later_work_runs();
  events_end_with_their_last_record();
  an_event_has_the_time_of_its_newest_record();
  CHECK_INT(mc_device_reset("test", 0), 0);
  return 0;
}
