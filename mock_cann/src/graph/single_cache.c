/* Single operators compiled so far, found by what they are. Compiling happens outside the lock: when two threads compile
 * the same operator at once, the first to finish is kept. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "graph/single_state.h"
#include "watch/counts.h"

enum { BUCKETS = 1024, DEFAULT_LIMIT = 20000 };

static struct {
  pthread_mutex_t lock; /* guards all of it; nothing is taken while it is held */
  mc_single *buckets[BUCKETS];
  uint64_t count, limit, clock;
} g_kept = {.lock = PTHREAD_MUTEX_INITIALIZER, .limit = DEFAULT_LIMIT};

static uint64_t hash_of(const char *key, size_t size) {
  uint64_t hash = UINT64_C(14695981039346656037);
  for (size_t i = 0; i < size; ++i) {
    hash = (hash ^ (unsigned char)key[i]) * UINT64_C(1099511628211);
  }
  return hash ^ hash >> 32;
}

static void destroy(mc_single *single) {
  while (single->idle != NULL) {
    mc_single_call *next = single->idle->next;
    mc_single_call_free(single->idle);
    single->idle = next;
  }
  mc_model_release(single->model);
  free(single->wanted);
  free(single->key);
  pthread_mutex_destroy(&single->lock);
  free(single);
}

void mc_single_retain(mc_single *single) { atomic_fetch_add_explicit(&single->users, 1, memory_order_relaxed); }

void mc_single_release(mc_single *single) {
  if (single != NULL && atomic_fetch_sub_explicit(&single->users, 1, memory_order_acq_rel) == 1) {
    destroy(single);
  }
}

/* With the lock held. */
static mc_single *find(const char *key, size_t size, uint64_t hash) {
  mc_single *at = g_kept.buckets[hash % BUCKETS];
  while (at != NULL && (at->hash != hash || at->key_size != size || memcmp(at->key, key, size) != 0)) {
    at = at->next;
  }
  if (at != NULL) {
    at->used = ++g_kept.clock;
    mc_single_retain(at);
  }
  return at;
}

/* With the lock held: takes out the one not used for longest. */
static mc_single *take_oldest(void) {
  mc_single **oldest = NULL;
  for (int i = 0; i < BUCKETS; ++i) {
    for (mc_single **at = &g_kept.buckets[i]; *at != NULL; at = &(*at)->next) {
      oldest = oldest == NULL || (*at)->used < (*oldest)->used ? at : oldest;
    }
  }
  mc_single *single = *oldest;
  *oldest = single->next;
  g_kept.count -= 1;
  return single;
}

static void drop_above_limit(void) {
  for (;;) {
    pthread_mutex_lock(&g_kept.lock);
    mc_single *oldest = g_kept.count > g_kept.limit ? take_oldest() : NULL;
    pthread_mutex_unlock(&g_kept.lock);
    if (oldest == NULL) {
      return;
    }
    mc_single_release(oldest);
  }
}

void mc_single_keep_at_most(uint64_t count) {
  pthread_mutex_lock(&g_kept.lock);
  g_kept.limit = count;
  pthread_mutex_unlock(&g_kept.lock);
  drop_above_limit();
}

/* ---- compiling ---- */

int mc_single_check_output(const mc_single *single, int index, const mc_desc *made) {
  const char *type = single->model->graph->name;
  const mc_desc *wanted = &single->wanted[index];
  char a[MC_SHAPE_TEXT], b[MC_SHAPE_TEXT];
  if (wanted->dtype != MC_UNDEFINED && made->dtype != MC_UNDEFINED && made->dtype != wanted->dtype) {
    mc_report_inner("E19999", "Operator '%s': output %d is described as %s; for these inputs it is %s.", type, index,
                    mc_dtype_name(wanted->dtype), mc_dtype_name(made->dtype));
    return MC_GE_PARAM_INVALID;
  }
  /* Where the shape depends on contents, what is described is the most there can be. */
  const int64_t described = mc_shape_count(&wanted->shape), count = mc_shape_count(&made->shape);
  if (mc_shape_known(&wanted->shape) && mc_shape_known(&made->shape) &&
      (single->model->is_static ? count != described : count > described)) {
    mc_report_inner("E19999", "Operator '%s': output %d is described with shape %.80s; for these inputs it is %.80s.",
                    type, index, mc_shape_text(&wanted->shape, a), mc_shape_text(&made->shape, b));
    return MC_GE_PARAM_INVALID;
  }
  return 0;
}

/* Types that mean something in graphs only (Data, Variable, Const ...) leave a program with other ends. */
static int check_ends(const mc_single_request *request, const mc_single *single) {
  const mc_program *program = &single->model->program;
  int n_in = 0, n_out = 0;
  for (int i = 0; i < request->n_in; ++i) {
    n_in += request->in[i].present && request->in[i].constant == NULL;
  }
  for (int i = 0; i < request->n_out; ++i) {
    n_out += request->out[i].present;
  }
  if (program->n_inputs != n_in || program->n_outputs != n_out || program->n_variables > 0) {
    mc_report("E13010", request->type, request->type, (char *)NULL);
    mc_report_inner("E19999", "Type '%s' belongs to graphs; it cannot be executed as a single operator.", request->type);
    return MC_GE_PARAM_INVALID;
  }
  return 0;
}

static int compile(const mc_single_request *request, mc_single *single) {
  mc_graph *graph = mc_single_graph(request);
  single->wanted = calloc((size_t)request->n_out + 1, sizeof *single->wanted);
  if (graph == NULL || single->wanted == NULL) {
    mc_graph_destroy(graph);
    return MC_GE_NO_MEMORY;
  }
  for (int i = 0, at = 0; i < request->n_out; ++i) {
    if (request->out[i].present) {
      single->wanted[at++] = request->out[i].desc;
    }
  }
  int status = mc_model_compile(graph, NULL, NULL, 0, &single->model);
  mc_graph_destroy(graph);
  status = status != 0 ? status : check_ends(request, single);
  for (int i = 0; status == 0 && i < mc_single_output_count(single); ++i) {
    status = mc_single_check_output(single, i, mc_single_output(single, i));
  }
  return status;
}

static mc_single *keep(mc_single *fresh) {
  pthread_mutex_lock(&g_kept.lock);
  mc_single *single = find(fresh->key, fresh->key_size, fresh->hash);
  if (single == NULL) {
    single = fresh;
    single->next = g_kept.buckets[single->hash % BUCKETS];
    g_kept.buckets[single->hash % BUCKETS] = single;
    single->used = ++g_kept.clock;
    g_kept.count += 1;
    mc_single_retain(single); /* the table's */
  }
  pthread_mutex_unlock(&g_kept.lock);
  if (single != fresh) {
    mc_single_release(fresh);
  }
  drop_above_limit();
  return single;
}

static mc_single *look_up(const char *key, size_t size) {
  pthread_mutex_lock(&g_kept.lock);
  mc_single *single = find(key, size, hash_of(key, size));
  pthread_mutex_unlock(&g_kept.lock);
  return single;
}

mc_single *mc_single_find(const mc_single_request *request) {
  size_t size = 0;
  char *key = mc_single_key(request, &size);
  mc_single *single = key == NULL ? NULL : look_up(key, size);
  free(key);
  return single;
}

int mc_single_compile(const mc_single_request *request, mc_single **result) {
  size_t size = 0;
  char *key = mc_single_key(request, &size);
  *result = key == NULL ? NULL : look_up(key, size);
  if (key == NULL || *result != NULL) {
    free(key);
    return key == NULL ? MC_GE_NO_MEMORY : 0;
  }
  mc_single *fresh = calloc(1, sizeof *fresh);
  if (fresh == NULL) {
    free(key);
    return MC_GE_NO_MEMORY;
  }
  atomic_init(&fresh->users, 1);
  pthread_mutex_init(&fresh->lock, NULL);
  fresh->key = key;
  fresh->key_size = size;
  fresh->hash = hash_of(key, size);
  const int status = compile(request, fresh);
  if (status != 0) {
    mc_single_release(fresh);
    return status;
  }
  mc_count_add(MC_COUNT_OPERATOR_BUILDS);
  *result = keep(fresh);
  return 0;
}
