/* A session's variables: device memory by name, shared by all graphs of the session. */
#include <stdlib.h>
#include <string.h>

#include "graph/compiled.h"

struct mc_variables {
  pthread_mutex_t lock; /* guards the list; memory is allocated while it is held */
  mc_variable *first;
};

mc_variables *mc_variables_create(void) {
  mc_variables *store = calloc(1, sizeof *store);
  if (store != NULL) {
    pthread_mutex_init(&store->lock, NULL);
  }
  return store;
}

static void destroy_variable(mc_variable *variable) {
  if (variable->address != NULL) {
    mc_device_free("GE variables", variable->address);
  }
  free(variable->name);
  free(variable);
}

void mc_variables_destroy(mc_variables *store) {
  if (store == NULL) {
    return;
  }
  while (store->first != NULL) {
    mc_variable *next = store->first->next;
    destroy_variable(store->first);
    store->first = next;
  }
  pthread_mutex_destroy(&store->lock);
  free(store);
}

static int create(const mc_program *program, const mc_prog_variable *from, mc_variable **result) {
  const mc_desc *desc = &program->values[from->value].desc;
  const int64_t bytes = mc_desc_bytes(desc);
  mc_variable *variable = calloc(1, sizeof *variable);
  if (variable == NULL || (variable->name = strdup(from->name)) == NULL) {
    free(variable);
    return MC_GE_NO_MEMORY;
  }
  variable->desc = *desc;
  int status = 0;
  char why[192] = "";
  if (bytes > 0) {
    status = mc_device_malloc("GE variables", (size_t)bytes, 0, &variable->address);
    if (status == 0) {
      status = mc_memory_view(variable->address, (size_t)bytes, &variable->view, why);
    }
  }
  if (status != 0) {
    mc_report_inner("E19999", "Variable '%s' gets no device memory (%lld bytes) %s", from->name, (long long)bytes, why);
    destroy_variable(variable);
    return status;
  }
  if (from->init != NULL && bytes > 0) {
    memcpy(variable->view, from->init->tensor.data.data, (size_t)bytes);
  }
  atomic_init(&variable->assigned, from->init != NULL || bytes == 0);
  *result = variable;
  return 0;
}

static int find_or_create(mc_variables *store, const mc_program *program, const mc_prog_variable *from,
                          mc_variable **result) {
  const mc_desc *desc = &program->values[from->value].desc;
  for (mc_variable *v = store->first; v != NULL; v = v->next) {
    if (strcmp(v->name, from->name) != 0) {
      continue;
    }
    if (v->desc.dtype != desc->dtype || !mc_shape_equal(&v->desc.shape, &desc->shape)) {
      char a[MC_SHAPE_TEXT], b[MC_SHAPE_TEXT];
      mc_report_inner("E19999", "Variable '%s' is %s %s in this session; the graph declares it as %s %s.", from->name,
                      mc_dtype_name(v->desc.dtype), mc_shape_text(&v->desc.shape, a), mc_dtype_name(desc->dtype),
                      mc_shape_text(&desc->shape, b));
      return MC_GE_PARAM_INVALID;
    }
    *result = v;
    return 0;
  }
  const int status = create(program, from, result);
  if (status == 0) {
    (*result)->next = store->first;
    store->first = *result;
  }
  return status;
}

int mc_variables_bind(mc_variables *store, const mc_program *program, int index, mc_variable **variable) {
  pthread_mutex_lock(&store->lock);
  const int status = find_or_create(store, program, &program->variables[index], variable);
  pthread_mutex_unlock(&store->lock);
  return status;
}
