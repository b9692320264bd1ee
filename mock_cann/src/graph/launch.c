/* A run on a stream: everything that can be checked is checked now; addresses are looked at when the run's turn comes,
 * as on the device. */
#include <stdlib.h>
#include <string.h>

#include "graph/loaded.h"
#include "watch/counts.h"

enum { ALIGN = 64 };

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
  status = mc_run_queue(run, stream); /* the run is the stream's from here on */
  mc_block_free(&borrowed);
  return status;
}

/* Shapes that depend on data: the stream is waited for, then everything runs here and now. */
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
  status = status != 0 ? status : mc_outputs_prepare(loaded, eager.out, out, n_out, allocator, blocks, mine);
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
    status = mc_outputs_prepare(loaded, descs, out, n_out, allocator, blocks, mine);
    if (status == 0) {
      status = launch_planned(loaded, stream, plan, in, out, n_out, allocator);
      if (status != 0) {
        mc_outputs_give_back(out, n_out, mine, allocator, blocks);
      }
    }
  }
  mc_plan_done(loaded, plan);
  if (status == 0) {
    mc_count_add(MC_COUNT_MODEL_RUNS);
  }
  if (many) {
    free(descs);
    free(mine);
  }
  return status;
}
