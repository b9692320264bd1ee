/* A run when its turn on the stream has come: addresses are looked at, then the steps run. */
#include <stdio.h>

#include "graph/loaded.h"

enum { LAUNCH_COST_NS = 200 };

static int fail_run(mc_run *run, mc_stream *stream, int status, const char *why) {
  mc_task_fail(stream, "graph '%s': %s", run->loaded->model->graph->name, why);
  return status;
}

int mc_device_view(void *address, int64_t bytes, void **view, char why[192]) {
  int status = mc_memory_view(address, (size_t)bytes, view, why);
  if (status == 0 && *view == address && !mc_memory_reachable(address)) {
    snprintf(why, 192, "it is host memory, which the device cannot reach; copy the data to memory of aclrtMalloc");
    status = MC_RT_DEVICE_MEMORY;
  }
  return status;
}

static int view_of(mc_run *run, mc_stream *stream, void *address, int64_t bytes, const char *what, const char *name,
                   void **view) {
  char why[192], text[400];
  if (bytes == 0) {
    *view = run; /* an empty tensor: never touched, but some kernels dislike NULL */
    return 0;
  }
  const int status = mc_device_view(address, bytes, view, why);
  if (status != 0) {
    snprintf(text, sizeof text, "%s%s%.80s%s (%lld bytes at %p): %s", what, name == NULL ? "" : " '",
             name == NULL ? "" : name, name == NULL ? "" : "'", (long long)bytes, address, why);
    return fail_run(run, stream, status, text);
  }
  return 0;
}

static int view_all(mc_run *run, mc_stream *stream) {
  const mc_model *model = run->loaded->model;
  const mc_plan *plan = run->bound->plan;
  int status = 0;
  for (int i = 0; i < model->program.n_inputs && status == 0; ++i) {
    if (!run->in_copied[i] && plan->input_used[i]) {
      status = view_of(run, stream, run->in_address[i], plan->in_bytes[i], "input", model->inputs[i].name, &run->in[i]);
    }
  }
  for (int i = 0; i < model->program.n_outputs && status == 0; ++i) {
    status = view_of(run, stream, run->out_address[i], plan->out_bytes[i], "output", model->outputs[i].name, &run->out[i]);
  }
  return status;
}

static int run_task(mc_task *task, mc_stream *stream) {
  mc_run *run = (mc_run *)(uintptr_t)task->payload[0];
  mc_loaded *loaded = run->loaded;
  const mc_plan *plan = run->bound->plan;
  char why[400];
  if (run->other_stream >= 0) {
    snprintf(why, sizeof why,
             "a loaded model must not run on two streams at once: it was still in use on stream %d when it was launched on "
             "stream %d with nothing to order the two; use one stream, let one wait for an event of the other, or "
             "synchronize in between",
             run->other_stream, mc_stream_id(stream));
    return fail_run(run, stream, MC_RT_MODEL_EXECUTE, why);
  }
  mc_addresses a = {.in = run->in, .out = run->out, .const_offsets = loaded->model->const_offsets,
                    .variables = loaded->bound_variables};
  void *work = NULL, *weight = NULL;
  int status = view_all(run, stream);
  if (status == 0 && plan->work_size > 0) {
    status = view_of(run, stream, run->work_address, (int64_t)plan->work_size, "work memory", NULL, &work);
  }
  if (status == 0 && loaded->model->const_size > 0) {
    status = view_of(run, stream, loaded->weight.address, (int64_t)loaded->model->const_size, "constants' memory", NULL,
                     &weight);
  }
  if (status != 0) {
    return status;
  }
  a.work = work;
  a.weight = weight;
  status = mc_bound_run(run->bound, &a, why);
  return status == 0 ? 0 : fail_run(run, stream, status, why);
}

static void drop_task(mc_task *task) { mc_run_give((mc_run *)(uintptr_t)task->payload[0]); }

int mc_run_queue(mc_run *run, mc_stream *stream) {
  int other = -1;
  run->stream = stream;
  run->other_stream = mc_order_acquire(&run->loaded->use, stream, &other) ? -1 : other;
  const mc_task task = {.run = run_task, .drop = drop_task, .name = "graph",
                        .cost_ns = run->bound->plan->cost_ns + LAUNCH_COST_NS,
                        .payload = {(uint64_t)(uintptr_t)run}};
  return mc_stream_launch("graph launch", stream, &task);
}
