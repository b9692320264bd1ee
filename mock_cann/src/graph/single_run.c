/* Runs of single operators on their stream: addresses are looked at when the turn has come. */
#include <stdlib.h>

#include "graph/single_state.h"

enum { LAUNCH_COST_NS = 200 };

int mc_single_input_count(const mc_single *single) { return single->model->program.n_inputs; }
int mc_single_output_count(const mc_single *single) { return single->model->program.n_outputs; }

mc_plan *mc_single_plan(const mc_single *single) {
  return single->model->is_static ? single->model->plans[0] : single->model->cache[0];
}

const mc_desc *mc_single_output(const mc_single *single, int index) {
  const mc_model *model = single->model;
  return model->is_static ? &mc_single_plan(single)->values[model->program.outputs[index]].desc : &model->outputs[index].desc;
}

/* ---- runs and their memory ---- */

static void *aligned(size_t size) {
  return aligned_alloc(MC_SINGLE_ALIGN, (size + MC_SINGLE_ALIGN - 1) / MC_SINGLE_ALIGN * MC_SINGLE_ALIGN);
}

void mc_single_call_free(mc_single_call *call) {
  if (call != NULL) {
    mc_bound_release(call->bound);
    free(call->work);
    free(call->host);
    free(call->packed);
    free(call);
  }
}

static mc_single_call *new_call(mc_single *single) {
  const size_t n_in = (size_t)mc_single_input_count(single) + 1, n_out = (size_t)mc_single_output_count(single) + 1;
  mc_plan *plan = mc_single_plan(single);
  mc_single_call *call =
      calloc(1, sizeof *call + (n_in + n_out) * (2 * sizeof(void *) + sizeof(mc_single_view) + sizeof(int64_t)) +
                    n_out * sizeof(void *) + n_in);
  if (call == NULL) {
    return NULL;
  }
  void **pointers = (void **)(call + 1);
  call->single = single;
  call->in_address = pointers;
  call->in = pointers + n_in;
  call->out_address = pointers + 2 * n_in;
  call->out = pointers + 2 * n_in + n_out;
  call->in_extent = (int64_t *)(pointers + 2 * n_in + 2 * n_out);
  call->out_extent = call->in_extent + n_in;
  call->in_views = (mc_single_view *)(call->out_extent + n_out);
  call->out_views = call->in_views + n_in;
  call->targets = (void **)(call->out_views + n_out);
  call->in_copied = (bool *)(call->targets + n_out);
  call->bound = mc_bound_create(plan);
  call->work = plan->work_size > 0 ? aligned(plan->work_size) : NULL;
  if (call->bound == NULL || (plan->work_size > 0 && call->work == NULL)) {
    mc_single_call_free(call);
    return NULL;
  }
  return call;
}

mc_single_call *mc_single_call_take(mc_single *single) {
  pthread_mutex_lock(&single->lock);
  mc_single_call *call = single->idle;
  single->idle = NULL;
  pthread_mutex_unlock(&single->lock);
  return call != NULL ? call : new_call(single);
}

void mc_single_call_give(mc_single_call *call) {
  mc_single *single = call->single;
  pthread_mutex_lock(&single->lock);
  mc_single_call *surplus = single->idle == NULL ? NULL : call;
  single->idle = surplus == NULL ? call : single->idle;
  pthread_mutex_unlock(&single->lock);
  mc_single_call_free(surplus);
}

/* ---- on the stream ---- */

static int view_of(const mc_single_call *call, mc_stream *stream, void *address, int64_t bytes, const char *what, int index,
                   void **view) {
  char why[192];
  if (bytes == 0) {
    *view = (void *)(uintptr_t)call; /* an empty tensor: never touched, but some kernels dislike NULL */
    return 0;
  }
  const int status = mc_device_view(address, bytes, view, why);
  if (status != 0) {
    mc_task_fail(stream, "operator '%s': %s %d (%lld bytes at %p): %s", call->single->model->graph->name, what, index,
                 (long long)bytes, address, why);
  }
  return status;
}

static int run_task(mc_task *task, mc_stream *stream) {
  mc_single_call *call = (mc_single_call *)(uintptr_t)task->payload[0];
  const mc_single *single = call->single;
  const mc_plan *plan = mc_single_plan(single);
  int status = 0;
  for (int i = 0; i < mc_single_input_count(single) && status == 0; ++i) {
    if (!call->in_copied[i] && plan->input_used[i]) {
      status = view_of(call, stream, call->in_address[i], call->in_extent[i], "input", i, &call->in[i]);
    }
  }
  for (int i = 0; i < mc_single_output_count(single) && status == 0; ++i) {
    status = view_of(call, stream, call->out_address[i], call->out_extent[i], "output", i, &call->out[i]);
  }
  if (status != 0) {
    return status;
  }
  mc_single_views_pack(call, call->targets);
  char why[400];
  const mc_addresses addresses = {.in = call->in, .out = call->out, .work = call->work,
                                  .const_offsets = single->model->const_offsets};
  status = mc_bound_run(call->bound, &addresses, why);
  if (status != 0) {
    mc_task_fail(stream, "operator '%s': %s", single->model->graph->name, why);
  } else {
    mc_single_views_unpack(call, call->targets);
  }
  return status;
}

static void drop_task(mc_task *task) {
  mc_single_call *call = (mc_single_call *)(uintptr_t)task->payload[0];
  mc_single *single = call->single;
  mc_single_call_give(call);
  mc_single_release(single);
}

int mc_single_call_queue(mc_single_call *call, mc_stream *stream) {
  mc_single_retain(call->single); /* the task's */
  const mc_task task = {.run = run_task, .drop = drop_task, .name = "operator",
                        .cost_ns = mc_single_plan(call->single)->cost_ns + LAUNCH_COST_NS,
                        .payload = {(uint64_t)(uintptr_t)call}};
  return mc_stream_launch("operator launch", stream, &task);
}
