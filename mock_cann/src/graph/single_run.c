/* Runs of single operators: sizes are checked at the call, addresses when the run's turn on the stream has come. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/single_state.h"
#include "watch/counts.h"

enum { ALIGN = 64, LAUNCH_COST_NS = 200 };

int mc_single_input_count(const mc_single *single) { return single->model->program.n_inputs; }
int mc_single_output_count(const mc_single *single) { return single->model->program.n_outputs; }

static mc_plan *plan_of(const mc_single *single) {
  return single->model->is_static ? single->model->plans[0] : single->model->cache[0];
}

const mc_desc *mc_single_output(const mc_single *single, int index) {
  const mc_model *model = single->model;
  return model->is_static ? &plan_of(single)->values[model->program.outputs[index]].desc : &model->outputs[index].desc;
}

/* ---- runs and their memory ---- */

static void *aligned(size_t size) { return aligned_alloc(ALIGN, (size + ALIGN - 1) / ALIGN * ALIGN); }

void mc_single_call_free(mc_single_call *call) {
  if (call != NULL) {
    mc_bound_release(call->bound);
    free(call->work);
    free(call->host);
    free(call);
  }
}

static mc_single_call *new_call(mc_single *single) {
  const size_t n_in = (size_t)mc_single_input_count(single) + 1, n_out = (size_t)mc_single_output_count(single) + 1;
  mc_plan *plan = plan_of(single);
  mc_single_call *call = calloc(1, sizeof *call + 2 * (n_in + n_out) * sizeof(void *) + n_in);
  if (call == NULL) {
    return NULL;
  }
  void **pointers = (void **)(call + 1);
  call->single = single;
  call->in_address = pointers;
  call->in = pointers + n_in;
  call->out_address = pointers + 2 * n_in;
  call->out = pointers + 2 * n_in + n_out;
  call->in_copied = (bool *)(pointers + 2 * (n_in + n_out));
  call->bound = mc_bound_create(plan);
  call->work = plan->work_size > 0 ? aligned(plan->work_size) : NULL;
  if (call->bound == NULL || (plan->work_size > 0 && call->work == NULL)) {
    mc_single_call_free(call);
    return NULL;
  }
  return call;
}

static mc_single_call *take_call(mc_single *single) {
  pthread_mutex_lock(&single->lock);
  mc_single_call *call = single->idle;
  single->idle = NULL;
  pthread_mutex_unlock(&single->lock);
  return call != NULL ? call : new_call(single);
}

static void give_call(mc_single_call *call) {
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
  const mc_plan *plan = plan_of(single);
  int status = 0;
  for (int i = 0; i < mc_single_input_count(single) && status == 0; ++i) {
    if (!call->in_copied[i] && plan->input_used[i]) {
      status = view_of(call, stream, call->in_address[i], plan->in_bytes[i], "input", i, &call->in[i]);
    }
  }
  for (int i = 0; i < mc_single_output_count(single) && status == 0; ++i) {
    status = view_of(call, stream, call->out_address[i], plan->out_bytes[i], "output", i, &call->out[i]);
  }
  if (status != 0) {
    return status;
  }
  char why[400];
  const mc_addresses addresses = {.in = call->in, .out = call->out, .work = call->work,
                                  .const_offsets = single->model->const_offsets};
  status = mc_bound_run(call->bound, &addresses, why);
  if (status != 0) {
    mc_task_fail(stream, "operator '%s': %s", single->model->graph->name, why);
  }
  return status;
}

static void drop_task(mc_task *task) {
  mc_single_call *call = (mc_single_call *)(uintptr_t)task->payload[0];
  mc_single *single = call->single;
  give_call(call);
  mc_single_release(single);
}

static int copy_host_inputs(mc_single_call *call, const mc_binding *in) {
  const mc_plan *plan = plan_of(call->single);
  const int n = mc_single_input_count(call->single);
  size_t total = 0;
  for (int i = 0; i < n; ++i) {
    call->in_address[i] = in[i].address;
    call->in_copied[i] = in[i].on_host;
    total += in[i].on_host ? ((size_t)plan->in_bytes[i] + ALIGN - 1) / ALIGN * ALIGN : 0;
  }
  if (total > call->host_size) {
    free(call->host);
    call->host = aligned(total);
    call->host_size = call->host == NULL ? 0 : total;
  }
  if (total > call->host_size) {
    return MC_GE_NO_MEMORY;
  }
  char *at = call->host;
  for (int i = 0; i < n && total > 0; ++i) {
    if (in[i].on_host) {
      memcpy(at, in[i].address, (size_t)plan->in_bytes[i]);
      call->in[i] = at;
      at += ((size_t)plan->in_bytes[i] + ALIGN - 1) / ALIGN * ALIGN;
    }
  }
  return 0;
}

static int queue(mc_single *single, mc_stream *stream, const mc_binding *in, const mc_binding *out) {
  mc_single_call *call = take_call(single);
  if (call == NULL) {
    return MC_GE_NO_MEMORY;
  }
  const int status = copy_host_inputs(call, in);
  if (status != 0) {
    give_call(call);
    return status;
  }
  for (int i = 0; i < mc_single_output_count(single); ++i) {
    call->out_address[i] = out[i].address;
  }
  mc_single_retain(single); /* the task's */
  const mc_task task = {.run = run_task, .drop = drop_task, .name = "operator",
                        .cost_ns = plan_of(single)->cost_ns + LAUNCH_COST_NS,
                        .payload = {(uint64_t)(uintptr_t)call}};
  return mc_stream_launch("operator launch", stream, &task);
}

/* ---- at the call ---- */

static int check_size(const mc_single *single, const char *what, int index, size_t size, int64_t needed) {
  if (size >= (size_t)needed) {
    return 0;
  }
  mc_report(what[0] == 'i' ? "E13025" : "E13031",
            MC_TEXT("%s %d of operator '%.60s' has %zu bytes, %lld are needed", what, index, single->model->graph->name,
                    size, (long long)needed), (char *)NULL);
  return MC_GE_PARAM_INVALID;
}

static int finish_output(const mc_single *single, int index, const mc_desc *desc, mc_binding *out) {
  out->shape = desc->shape;
  out->dtype = desc->dtype;
  out->format = desc->format;
  return check_size(single, "output", index, out->size, mc_desc_bytes(desc));
}

/* Shapes that depend on contents: everything runs here and now. */
static int run_now(mc_single *single, mc_stream *stream, const mc_binding *in, mc_binding *out) {
  const mc_program *program = &single->model->program;
  int status = mc_stream_synchronize("operator launch", stream, -1);
  mc_eager eager = {.program = program, .in = single->model->in};
  void **data = mc_arena_alloc(&eager.arena, ((size_t)program->n_inputs + 1) * sizeof *data);
  char why[192] = "";
  status = status == 0 && data == NULL ? MC_GE_NO_MEMORY : status;
  for (int i = 0; i < program->n_inputs && status == 0; ++i) {
    const int64_t bytes = mc_desc_bytes(&eager.in[i]);
    data[i] = in[i].address;
    if (!in[i].on_host && bytes > 0 && (status = mc_device_view(in[i].address, bytes, &data[i], why)) != 0) {
      mc_report_inner("E19999", "Input %d of operator '%s': %s", i, single->model->graph->name, why);
    }
  }
  eager.in_data = data;
  status = status != 0 ? status : mc_eager_run(&eager);
  for (int i = 0; i < program->n_outputs && status == 0; ++i) {
    const int64_t bytes = mc_desc_bytes(&eager.out[i]);
    void *view;
    status = mc_single_check_output(single, i, &eager.out[i]);
    status = status != 0 ? status : finish_output(single, i, &eager.out[i], &out[i]);
    if (status == 0 && bytes > 0) {
      status = mc_device_view(out[i].address, bytes, &view, why);
      if (status == 0) {
        mc_copy(view, eager.out_data[i], (size_t)bytes);
      } else {
        mc_report_inner("E19999", "Output %d of operator '%s': %s", i, single->model->graph->name, why);
      }
    }
  }
  mc_eager_free(&eager);
  return status;
}

int mc_single_launch(mc_single *single, mc_stream *stream, const mc_binding *in, mc_binding *out) {
  const bool now = !single->model->is_static;
  int status = 0;
  for (int i = 0; i < mc_single_input_count(single) && status == 0; ++i) {
    status = check_size(single, "input", i, in[i].size, mc_desc_bytes(&single->model->in[i]));
  }
  for (int i = 0; i < mc_single_output_count(single) && status == 0 && !now; ++i) {
    status = finish_output(single, i, mc_single_output(single, i), &out[i]);
  }
  if (status == 0) {
    status = now ? run_now(single, stream, in, out) : queue(single, stream, in, out);
  }
  if (status == 0) {
    mc_count_add(MC_COUNT_OPERATOR_RUNS);
  }
  return status;
}
