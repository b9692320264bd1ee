/* What the runs of a loaded model share: records, bound plans, work memory of dynamic shapes. */
#include <stdlib.h>
#include <string.h>

#include "graph/loaded.h"

enum { WORK_PADDING = 64 };

void mc_run_free_all(mc_loaded *loaded) {
  while (loaded->unused != NULL) {
    mc_run *next = loaded->unused->next;
    free(loaded->unused->host);
    free(loaded->unused);
    loaded->unused = next;
  }
}

static mc_run *new_run(mc_loaded *loaded) {
  const size_t n_in = (size_t)loaded->model->n_inputs + 1, n_out = (size_t)loaded->model->program.n_outputs + 1;
  mc_run *run = calloc(1, sizeof *run + 2 * (n_in + n_out) * sizeof(void *) + n_in);
  if (run != NULL) {
    void **pointers = (void **)(run + 1);
    run->loaded = loaded;
    run->in_address = pointers;
    run->in = pointers + n_in;
    run->out_address = pointers + 2 * n_in;
    run->out = pointers + 2 * n_in + n_out;
    run->in_copied = (bool *)(pointers + 2 * (n_in + n_out));
  }
  return run;
}

mc_run *mc_run_take(mc_loaded *loaded) {
  pthread_mutex_lock(&loaded->lock);
  mc_run *run = loaded->unused;
  if (run != NULL) {
    loaded->unused = run->next;
  } else {
    run = new_run(loaded);
  }
  if (run != NULL) {
    run->previous = NULL;
    run->next = loaded->active;
    if (run->next != NULL) {
      run->next->previous = run;
    }
    loaded->active = run;
  }
  pthread_mutex_unlock(&loaded->lock);
  return run;
}

void mc_run_give(mc_run *run) {
  mc_loaded *loaded = run->loaded;
  mc_bound *bound = run->bound;
  mc_work *work = run->work;
  run->bound = NULL;
  run->work = NULL;
  pthread_mutex_lock(&loaded->lock);
  if (run->next != NULL) {
    run->next->previous = run->previous;
  }
  if (run->previous != NULL) {
    run->previous->next = run->next;
  } else {
    loaded->active = run->next;
  }
  run->next = loaded->unused;
  loaded->unused = run;
  /* While the lock is held: an unload that waits for this run frees the rest as soon as it gets it. */
  if (!loaded->model->is_static) {
    mc_bound_release(bound);
  }
  mc_work_release(work);
  pthread_mutex_unlock(&loaded->lock);
}

mc_bound *mc_loaded_bound(mc_loaded *loaded, mc_plan *plan) {
  mc_bound *bound = NULL;
  for (int i = 0; i < loaded->model->n_plans; ++i) {
    if (loaded->model->plans[i] == plan) {
      return loaded->static_bounds[i];
    }
  }
  pthread_mutex_lock(&loaded->lock);
  int at = 0;
  while (at < MC_PLAN_CACHE - 1 && loaded->bounds[at] != NULL && loaded->bounds[at]->plan != plan) {
    ++at;
  }
  bound = loaded->bounds[at];
  if (bound == NULL || bound->plan != plan) {
    mc_bound *fresh = mc_bound_create(plan);
    if (fresh != NULL) {
      mc_bound_release(bound);
    }
    bound = fresh;
  }
  if (bound != NULL) {
    memmove(&loaded->bounds[1], &loaded->bounds[0], (size_t)at * sizeof loaded->bounds[0]);
    loaded->bounds[0] = bound;
    atomic_fetch_add_explicit(&bound->users, 1, memory_order_relaxed);
  }
  pthread_mutex_unlock(&loaded->lock);
  return bound;
}

void mc_work_release(mc_work *work) {
  if (work != NULL && atomic_fetch_sub_explicit(&work->users, 1, memory_order_acq_rel) == 1) {
    mc_block_free(&work->block);
    free(work);
  }
}

int mc_loaded_dynamic_work(mc_loaded *loaded, size_t size, mc_work **result) {
  const mc_allocator engine = {0};
  pthread_mutex_lock(&loaded->lock);
  mc_work *work = loaded->dynamic_work, *old = NULL;
  int status = 0;
  if (work == NULL || work->block.size < size) {
    old = work;
    work = calloc(1, sizeof *work);
    status = work == NULL ? MC_GE_NO_MEMORY : mc_block_allocate(&work->block, &engine, size + WORK_PADDING, "work memory");
    if (status == 0) {
      atomic_init(&work->users, 1);
      loaded->dynamic_work = work;
    } else {
      free(work);
      old = NULL;
    }
  }
  if (status == 0) {
    atomic_fetch_add_explicit(&work->users, 1, memory_order_relaxed);
    *result = work;
  }
  pthread_mutex_unlock(&loaded->lock);
  mc_work_release(old);
  return status;
}
