/* A run on a stream: everything that can be checked is checked now; addresses are looked at when the run's turn comes,
 * as on the device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/loaded.h"

enum { ALIGN = 64, OUTPUT_ROUND = 32, LAUNCH_COST_NS = 200 };

/* ---- on the stream ---- */

static int fail_run(mc_run *run, mc_stream *stream, int status, const char *why) {
  mc_task_fail(stream, "graph '%s': %s", run->loaded->model->graph->name, why);
  return status;
}

static int view_of(mc_run *run, mc_stream *stream, void *address, int64_t bytes, const char *what, const char *name,
                   void **view) {
  char why[192], text[400];
  if (bytes == 0) {
    *view = run; /* an empty tensor: never touched, but some kernels dislike NULL */
    return 0;
  }
  const int status = mc_memory_view(address, (size_t)bytes, view, why);
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

/* ---- choosing ---- */

/* The gear an offline model's extra input holds; the largest when it holds none, which is CANN's default. */
static int read_gear(const mc_model *model, const mc_binding *extra) {
  int64_t values[256];
  const int width = model->gears.width;
  const size_t word = extra->size >= 8 * (size_t)width ? 8 : 4;
  void *view = extra->address;
  char why[192];
  if (width > 256 || extra->size < word * (size_t)width ||
      (!extra->on_host && mc_memory_view(extra->address, word * (size_t)width, &view, why) != 0)) {
    return model->largest_gear;
  }
  for (int i = 0; i < width; ++i) {
    int32_t small;
    memcpy(word == 8 ? (void *)&values[i] : (void *)&small, (char *)view + word * (size_t)i, word);
    values[i] = word == 8 ? values[i] : small;
  }
  const int gear = mc_gear_index(&model->gears, values);
  return gear < 0 ? model->largest_gear : gear;
}

int mc_choose_plan(mc_loaded *loaded, const mc_binding *in, int n_in, mc_desc *descs, mc_plan **plan) {
  mc_model *model = loaded->model;
  int gear;
  const int status = mc_check_inputs(model, in, n_in, descs, &gear);
  if (status != 0) {
    return status;
  }
  if (!model->is_static) {
    return mc_model_plan(model, descs, plan);
  }
  if (model->gears.extra_input) {
    gear = read_gear(model, &in[n_in - 1]);
  }
  *plan = model->plans[gear < 0 ? 0 : gear];
  mc_plan_retain(*plan);
  for (int i = 0; gear >= 0 && i < model->program.n_inputs; ++i) {
    descs[i].shape = (*plan)->in_shapes[i];
  }
  return 0;
}

/* ---- preparing a run ---- */

static int copy_host_inputs(mc_run *run, const mc_binding *in) {
  const mc_plan *plan = run->bound->plan;
  size_t total = 0;
  for (int i = 0; i < plan->program->n_inputs; ++i) {
    run->in_address[i] = in[i].address;
    run->in_copied[i] = in[i].on_host;
    total += in[i].on_host ? ((size_t)plan->in_bytes[i] + ALIGN - 1) / ALIGN * ALIGN : 0;
  }
  if (total > run->host_size) {
    free(run->host);
    run->host = aligned_alloc(ALIGN, total);
    run->host_size = run->host == NULL ? 0 : total;
  }
  if (total > run->host_size) {
    return MC_GE_NO_MEMORY;
  }
  char *at = run->host;
  for (int i = 0; total > 0 && i < plan->program->n_inputs; ++i) {
    if (in[i].on_host) {
      const size_t bytes = (size_t)plan->in_bytes[i];
      const size_t given = in[i].size < bytes ? in[i].size : bytes; /* CANN's slack: the rest is undefined there */
      memcpy(at, in[i].address, given);
      memset(at + given, 0, bytes - given);
      run->in[i] = at;
      at += (bytes + ALIGN - 1) / ALIGN * ALIGN;
    }
  }
  return 0;
}

static void describe_output(mc_binding *out, const mc_desc *desc) {
  out->shape = desc->shape;
  out->dtype = desc->dtype;
  out->format = desc->format;
}

/* CANN rounds up to 32 and adds 32. */
static size_t asked_size(int64_t bytes) {
  return ((size_t)bytes + OUTPUT_ROUND - 1) / OUTPUT_ROUND * OUTPUT_ROUND + OUTPUT_ROUND;
}

static int allocate_output(mc_loaded *loaded, mc_binding *out, int64_t bytes, const mc_allocator *allocator,
                           void **block) {
  const mc_allocator engine = {0};
  if (allocator == NULL && loaded->model->is_static) {
    return 0; /* CANN leaves it to the device to fail */
  }
  mc_block memory;
  const int status = mc_block_allocate(&memory, allocator == NULL ? &engine : allocator, asked_size(bytes), "an output");
  if (status == 0) {
    out->address = memory.address;
    out->size = (size_t)bytes;
    if (block != NULL) {
      *block = memory.handle;
    }
  }
  return status;
}

static void give_outputs_back(mc_binding *out, int n_out, const bool *mine, const mc_allocator *allocator, void **blocks) {
  for (int i = 0; i < n_out; ++i) {
    if (mine[i]) {
      if (allocator != NULL) {
        allocator->free(allocator->self, blocks[i]);
        blocks[i] = NULL;
      } else {
        mc_device_free("an output", out[i].address);
      }
      out[i].address = NULL;
      out[i].size = 0;
    }
  }
}

/* Describes all outputs and allocates those without address; `mine` says which. */
static int prepare_outputs(mc_loaded *loaded, const mc_desc *descs, mc_binding *out, int n_out,
                           const mc_allocator *allocator, void **blocks, bool *mine) {
  int status = 0;
  for (int i = 0; i < n_out && status == 0; ++i) {
    const bool missing = out[i].address == NULL;
    describe_output(&out[i], &descs[i]);
    if (missing) {
      status = allocate_output(loaded, &out[i], mc_desc_bytes(&descs[i]), allocator, blocks == NULL ? NULL : &blocks[i]);
      mine[i] = status == 0 && out[i].address != NULL;
    }
  }
  if (status != 0) {
    give_outputs_back(out, n_out, mine, allocator, blocks);
  }
  return status;
}

/* Work memory of a dynamic run. An external allocator is stream-ordered: what is freed right after the launch may be
 * used by what was launched before. */
static int prepare_work(mc_run *run, const mc_allocator *allocator, mc_block *borrowed) {
  const mc_plan *plan = run->bound->plan;
  mc_loaded *loaded = run->loaded;
  *borrowed = (mc_block){0};
  run->work_address = loaded->work.address;
  if (loaded->model->is_static || plan->work_size == 0) {
    return 0;
  }
  if (loaded->work.address != NULL && loaded->work.size >= plan->work_size) {
    return 0;
  }
  int status = 0;
  if (allocator != NULL) {
    status = mc_block_allocate(borrowed, allocator, plan->work_size, "work memory");
    run->work_address = borrowed->address;
  } else {
    status = mc_loaded_dynamic_work(loaded, plan->work_size, &run->work);
    run->work_address = status == 0 ? run->work->block.address : NULL;
  }
  return status;
}

static int queue(mc_run *run, mc_stream *stream) {
  int other = -1;
  run->stream = stream;
  run->other_stream = mc_order_acquire(&run->loaded->use, stream, &other) ? -1 : other;
  const mc_task task = {.run = run_task, .drop = drop_task, .name = "graph",
                        .cost_ns = run->bound->plan->cost_ns + LAUNCH_COST_NS,
                        .payload = {(uint64_t)(uintptr_t)run}};
  return mc_stream_launch("graph launch", stream, &task);
}

static int launch_planned(mc_loaded *loaded, mc_stream *stream, mc_plan *plan, const mc_binding *in, const mc_binding *out,
                          int n_out, const mc_allocator *allocator) {
  mc_run *run = mc_run_take(loaded);
  if (run == NULL) {
    return MC_GE_NO_MEMORY;
  }
  run->stream = stream;
  run->bound = mc_loaded_bound(loaded, plan);
  mc_block borrowed = {0};
  int status = run->bound == NULL ? MC_GE_NO_MEMORY : copy_host_inputs(run, in);
  status = status != 0 ? status : prepare_work(run, allocator, &borrowed);
  if (status != 0) {
    mc_run_give(run);
    return status;
  }
  for (int i = 0; i < n_out; ++i) {
    run->out_address[i] = out[i].address;
  }
  status = queue(run, stream); /* the run is the stream's from here on */
  mc_block_free(&borrowed);
  return status;
}

/* ---- shapes that depend on data ---- */

static int launch_eager(mc_loaded *loaded, mc_stream *stream, const mc_desc *descs, const mc_binding *in, mc_binding *out,
                        int n_out, const mc_allocator *allocator, void **blocks, bool *mine) {
  const mc_model *model = loaded->model;
  int status = mc_stream_synchronize("graph launch", stream, -1);
  if (status != 0) {
    return status;
  }
  mc_eager eager = {.program = &model->program, .in = descs, .variables = loaded->bound_variables};
  void **data = mc_arena_alloc(&eager.arena, ((size_t)model->program.n_inputs + 1) * sizeof *data);
  char why[192];
  status = data == NULL ? MC_GE_NO_MEMORY : 0;
  for (int i = 0; i < model->program.n_inputs && status == 0; ++i) {
    const int64_t bytes = mc_desc_bytes(&descs[i]);
    data[i] = in[i].address;
    if (!in[i].on_host && bytes > 0) {
      status = mc_memory_view(in[i].address, (size_t)bytes, &data[i], why);
      if (status != 0) {
        mc_report_inner("E19999", "Input '%s' of graph '%s': %s", model->inputs[i].name, model->graph->name, why);
      }
    }
  }
  eager.in_data = data;
  status = status != 0 ? status : mc_eager_run(&eager);
  status = status != 0 ? status : prepare_outputs(loaded, eager.out, out, n_out, allocator, blocks, mine);
  for (int i = 0; i < n_out && status == 0; ++i) {
    const int64_t bytes = mc_desc_bytes(&eager.out[i]);
    void *view;
    if (bytes > 0) {
      status = mc_memory_view(out[i].address, (size_t)bytes, &view, why);
      if (status == 0) {
        mc_copy(view, eager.out_data[i], (size_t)bytes);
      } else {
        mc_report_inner("E19999", "Output '%s' of graph '%s': %s", model->outputs[i].name, model->graph->name, why);
      }
    }
  }
  mc_eager_free(&eager);
  return status;
}

int mc_loaded_launch(mc_loaded *loaded, mc_stream *stream, const mc_binding *in, int n_in, mc_binding *out, int n_out,
                     const mc_allocator *allocator, void **blocks) {
  const mc_program *program = &loaded->model->program;
  mc_desc few[16];
  bool few_mine[16] = {false};
  const bool many = program->n_inputs > 16 || program->n_outputs > 16;
  const int most = program->n_inputs > program->n_outputs ? program->n_inputs : program->n_outputs;
  mc_desc *descs = many ? malloc((size_t)most * sizeof *descs) : few;
  bool *mine = many ? calloc((size_t)most, sizeof *mine) : few_mine;
  mc_plan *plan = NULL;
  int status = descs == NULL || mine == NULL ? MC_GE_NO_MEMORY : 0;
  if (status == 0 && loaded->device >= 0 && mc_stream_device_id(stream) != loaded->device) {
    mc_report_inner("E19999", "Graph '%s' is loaded on device %d and cannot run on stream %d of device %d.",
                    loaded->model->graph->name, loaded->device, mc_stream_id(stream), mc_stream_device_id(stream));
    status = MC_GE_PARAM_INVALID;
  }
  status = status != 0 ? status : mc_choose_plan(loaded, in, n_in, descs, &plan);
  status = status != 0 ? status : mc_check_outputs(loaded->model, plan->data_dependent ? NULL : plan, out, n_out);
  if (status == 0 && plan->data_dependent) {
    status = launch_eager(loaded, stream, descs, in, out, n_out, allocator, blocks, mine);
  } else if (status == 0) {
    for (int i = 0; i < n_out; ++i) {
      descs[i] = plan->values[program->outputs[i]].desc;
    }
    status = prepare_outputs(loaded, descs, out, n_out, allocator, blocks, mine);
    if (status == 0) {
      status = launch_planned(loaded, stream, plan, in, out, n_out, allocator);
      if (status != 0) {
        give_outputs_back(out, n_out, mine, allocator, blocks);
      }
    }
  }
  mc_plan_release(plan);
  if (many) {
    free(descs);
    free(mine);
  }
  return status;
}
