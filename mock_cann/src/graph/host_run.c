/* A run on the caller's thread with host buffers. */
#include <stdlib.h>
#include <string.h>

#include "graph/loaded.h"
#include "watch/counts.h"

enum { ALIGN = 64 };

static void *allocate(size_t size) { return aligned_alloc(ALIGN, (size + ALIGN) / ALIGN * ALIGN); }

/* Describes the outputs and allocates the missing ones. */
static int prepare(const mc_program *program, const mc_desc *descs, mc_binding *out, bool *mine) {
  for (int i = 0; i < program->n_outputs; ++i) {
    const int64_t bytes = mc_desc_bytes(&descs[i]);
    out[i].shape = descs[i].shape;
    out[i].dtype = descs[i].dtype;
    out[i].format = descs[i].format;
    if (out[i].address == NULL) {
      out[i].address = allocate((size_t)bytes);
      out[i].size = (size_t)bytes;
      mine[i] = true;
      if (out[i].address == NULL) {
        return MC_GE_NO_MEMORY;
      }
    } else if (out[i].size < (size_t)bytes) {
      mc_report("E13031", MC_TEXT("output %d has %zu bytes, %lld are needed", i, out[i].size, (long long)bytes),
                (char *)NULL);
      return MC_GE_PARAM_INVALID;
    }
  }
  return 0;
}

static void give_back(mc_binding *out, int n_out, const bool *mine) {
  for (int i = 0; i < n_out; ++i) {
    if (mine[i]) {
      free(out[i].address);
      out[i].address = NULL;
      out[i].size = 0;
    }
  }
}

static int run_planned(mc_loaded *loaded, mc_plan *plan, void *const *in, void *const *out) {
  mc_bound *bound = mc_bound_create(plan);
  char *work = allocate(plan->work_size);
  int status = bound == NULL || work == NULL ? MC_GE_NO_MEMORY : 0;
  if (status == 0) {
    char why[400];
    const mc_addresses a = {.in = in, .out = out, .work = work, .const_offsets = loaded->model->const_offsets,
                            .variables = loaded->bound_variables};
    status = mc_bound_run(bound, &a, why);
    if (status != 0) {
      mc_report_inner("E19999", "Graph '%s': %s", loaded->model->graph->name, why);
    }
  }
  mc_bound_release(bound);
  free(work);
  return status;
}

/* CANN's slack lets a buffer be shorter than its tensor: what is missing reads as zeros here. */
static int read_inputs(const mc_program *program, const mc_desc *descs, const mc_binding *in, void **pointers,
                       mc_arena *arena) {
  for (int i = 0; i < program->n_inputs; ++i) {
    const size_t bytes = (size_t)mc_desc_bytes(&descs[i]);
    pointers[i] = in[i].address;
    if (in[i].size < bytes) {
      pointers[i] = mc_arena_alloc(arena, bytes);
      if (pointers[i] == NULL) {
        return MC_GE_NO_MEMORY;
      }
      memcpy(pointers[i], in[i].address, in[i].size);
    }
  }
  return 0;
}

static int run(mc_loaded *loaded, mc_plan *plan, mc_desc *descs, const mc_binding *in, mc_binding *out, bool *mine) {
  const mc_program *program = &loaded->model->program;
  void **pointers = calloc((size_t)(program->n_inputs + program->n_outputs) + 2, sizeof *pointers);
  if (pointers == NULL) {
    return MC_GE_NO_MEMORY;
  }
  void **out_pointers = pointers + program->n_inputs + 1;
  mc_arena padded = {0};
  int status = read_inputs(program, descs, in, pointers, &padded);
  if (status == 0 && plan->data_dependent) {
    mc_eager eager = {.program = program, .in = descs, .in_data = pointers, .variables = loaded->bound_variables};
    status = mc_eager_run(&eager);
    status = status != 0 ? status : prepare(program, eager.out, out, mine);
    for (int i = 0; i < program->n_outputs && status == 0; ++i) {
      memcpy(out[i].address, eager.out_data[i], (size_t)mc_desc_bytes(&eager.out[i]));
    }
    mc_eager_free(&eager);
  } else if (status == 0) {
    for (int i = 0; i < program->n_outputs; ++i) {
      descs[i] = plan->values[program->outputs[i]].desc;
    }
    status = prepare(program, descs, out, mine);
    for (int i = 0; i < program->n_outputs; ++i) {
      out_pointers[i] = out[i].address;
    }
    status = status != 0 ? status : run_planned(loaded, plan, pointers, out_pointers);
  }
  mc_arena_free(&padded);
  free(pointers);
  return status;
}

int mc_loaded_run_host(mc_loaded *loaded, const mc_binding *in, int n_in, mc_binding *out, int n_out) {
  const mc_program *program = &loaded->model->program;
  const size_t most = (size_t)(program->n_inputs > program->n_outputs ? program->n_inputs : program->n_outputs) + 1;
  mc_desc *descs = malloc(most * sizeof *descs);
  bool *mine = calloc(most, sizeof *mine);
  mc_plan *plan = NULL;
  int status = descs == NULL || mine == NULL ? MC_GE_NO_MEMORY : 0;
  status = status != 0 ? status : mc_choose_plan(loaded, in, n_in, descs, &plan);
  status = status != 0 ? status : mc_check_outputs(loaded->model, plan->data_dependent ? NULL : plan, out, n_out);
  if (status == 0) {
    /* Variables are shared with nothing else that runs on the host. */
    pthread_mutex_lock(&loaded->host_lock);
    status = run(loaded, plan, descs, in, out, mine);
    pthread_mutex_unlock(&loaded->host_lock);
    if (status != 0) {
      give_back(out, n_out, mine);
    } else {
      mc_count_add(MC_COUNT_MODEL_RUNS);
    }
  }
  mc_plan_done(loaded, plan);
  free(descs);
  free(mine);
  return status;
}
