/* AddGraph, AddGraphClone, RemoveGraph: what a session accepts as a graph. */
#include <stdlib.h>
#include <string.h>

#include "graph/session_state.h"

static bool is_data(const mc_node *node) {
  return strcmp(node->type, "Data") == 0 || strcmp(node->type, "RefData") == 0 ||
         strcmp(node->type, "AippData") == 0;
}

/* The `index` attributes of inputs must be 0 ... n-1. Otherwise they are renumbered in node order, as GE does
 * in silence, unless an option depends on the numbers. */
static mc_ge_status number_inputs(mc_graph *graph, mc_options options) {
  int count = 0;
  for (int i = 0; i < graph->n_nodes; i++) {
    count += is_data(graph->nodes[i]);
  }
  if (count == 0) {
    return MC_GE_SUCCESS;
  }
  bool *seen = calloc((size_t)count, sizeof *seen);
  if (seen == NULL) {
    return MC_GE_MEMALLOC_FAILED;
  }
  bool good = true;
  for (int i = 0; i < graph->n_nodes && good; i++) {
    if (is_data(graph->nodes[i])) {
      const int64_t index = mc_attrs_int(&graph->nodes[i]->attrs, "index", -1);
      good = index >= 0 && index < count && !seen[index];
      if (good) {
        seen[index] = true;
      }
    }
  }
  free(seen);
  if (good) {
    return MC_GE_SUCCESS;
  }
  if (mc_option(options, "ge.exec.dataInputsShapeRange") != NULL) {
    mc_report("E13025",
              "the index attributes of the graph's Data nodes are not 0 ... n-1, which "
              "ge.exec.dataInputsShapeRange needs",
              NULL);
    return MC_GE_FAILED;
  }
  int next = 0;
  for (int i = 0; i < graph->n_nodes; i++) {
    if (is_data(graph->nodes[i]) && !mc_attrs_set_int(&graph->nodes[i]->attrs, "index", next++)) {
      return MC_GE_MEMALLOC_FAILED;
    }
  }
  return MC_GE_SUCCESS;
}

/* PARAM_INVALID for what cannot be a graph; FAILED for options. */
static mc_ge_status check(const mc_graph *graph, mc_options options, const char *call) {
  if (graph == NULL || graph->name == NULL || graph->name[0] == '\0' || graph->n_nodes == 0) {
    mc_report("E10001", graph == NULL || graph->name == NULL ? "" : graph->name, "graph",
              graph == NULL || graph->n_nodes == 0 ? "the graph is empty; set its inputs and outputs first"
                                                   : "the graph has no name",
              NULL);
    return MC_GE_PARAM_INVALID;
  }
  if (mc_options_check(options, MC_LEVEL_GRAPH, call) != MC_GE_SUCCESS) {
    return MC_GE_FAILED;
  }
  const char *hybrid = mc_option(options, "ge.compileHybridMode");
  if (hybrid != NULL && strcmp(hybrid, "1") == 0) {
    mc_report("E10055",
              "ge.compileHybridMode is not emulated by mock_cann; compile for gears or for any shape", NULL);
    return MC_GE_FAILED;
  }
  const char *host = mc_option(options, "ge.exec.hostInputIndexes");
  int *indexes = NULL, count;
  if (host != NULL && (strchr(host, ',') != NULL || !mc_option_indexes(host, &indexes, &count))) {
    mc_report("E10001", host, "ge.exec.hostInputIndexes",
              "it must be indexes with ; between them, like \"0;1\"", NULL);
    return MC_GE_FAILED;
  }
  free(indexes);
  return MC_GE_SUCCESS;
}

static mc_slot *create_slot(mc_session *session, uint32_t id, mc_options options) {
  mc_slot *slot = calloc(1, sizeof *slot);
  if (slot == NULL) {
    return NULL;
  }
  if (!mc_option_set_copy(&slot->own, options) || !mc_option_set_copy(&slot->options, options) ||
      !mc_option_set_fill(&slot->options, mc_option_set_view(&session->options))) {
    mc_option_set_free(&slot->own);
    mc_option_set_free(&slot->options);
    free(slot);
    return NULL;
  }
  const char *timeout = mc_option(mc_option_set_view(&slot->options), "stream_sync_timeout");
  slot->sync_timeout_ms = timeout == NULL ? -1 : atoi(timeout);
  slot->refs = 1;
  slot->session = session;
  slot->id = id;
  pthread_mutex_init(&slot->lock, NULL);
  pthread_cond_init(&slot->changed, NULL);
  return slot;
}

/* Takes over the slot, also on failure. */
static mc_ge_status insert(mc_session *session, mc_slot *slot) {
  mc_ge_status status = number_inputs(slot->graph, mc_option_set_view(&slot->options));
  if (status == MC_GE_SUCCESS && !mc_slot_insert(session, slot)) {
    status = MC_GE_MEMALLOC_FAILED;
  }
  if (status != MC_GE_SUCCESS) {
    if (slot->shared) {
      mc_ge_unshare_graph(slot);
    }
    mc_slot_release(slot);
  }
  return status;
}

/* GE counts uses of an id that is added again; the new graph and options are ignored. */
static bool exists(mc_session *session, uint32_t id) {
  mc_slot *slot = mc_slot_find(session, id);
  if (slot != NULL) {
    mc_slot_release(slot);
  }
  return slot != NULL;
}

static mc_ge_status add_shared(mc_session *session, uint32_t id, mc_graph *graph, mc_options options,
                               mc_owner *owner) {
  mc_ge_status status = check(graph, options, "AddGraph");
  if (status != MC_GE_SUCCESS || exists(session, id)) {
    return status;
  }
  mc_slot *slot = create_slot(session, id, options);
  if (slot == NULL) {
    return MC_GE_MEMALLOC_FAILED;
  }
  slot->graph = graph;
  slot->shared = true;
  if (!mc_ge_share_graph(slot)) {
    mc_slot_release(slot);
    mc_out_of_order(
        MC_GE_FAILED, "AddGraph",
        "the graph object \"%s\" was added under another id already; use AddGraphClone to add it again",
        graph->name);
    return MC_GE_FAILED;
  }
  slot->owner = *owner;
  owner->drop = NULL;
  return insert(session, slot);
}

mc_ge_status mc_session_add_graph(mc_session *session, uint32_t id, mc_graph *graph, mc_owner owner,
                                  mc_options options) {
  mc_ge_status status = MC_GE_FAILED;
  if (mc_session_ready(session, "AddGraph")) {
    status = add_shared(session, id, graph, options, &owner);
  }
  if (owner.drop != NULL) {
    owner.drop(owner.self);
  }
  /* Only an unusable graph object shows its code. */
  return status == MC_GE_SUCCESS || status == MC_GE_PARAM_INVALID ? status : MC_GE_FAILED;
}

mc_ge_status mc_session_add_graph_clone(mc_session *session, uint32_t id, const mc_graph *graph,
                                        mc_options options) {
  if (!mc_session_ready(session, "AddGraphClone")) {
    return MC_GE_FAILED;
  }
  mc_ge_status status = check(graph, options, "AddGraphClone");
  if (status != MC_GE_SUCCESS) {
    return status;
  }
  if (exists(session, id)) {
    return mc_out_of_order(MC_GE_FAILED, "AddGraphClone", "graph %u was added before", id);
  }
  if (mc_ge_graph_shared(graph)) {
    return mc_out_of_order(MC_GE_FAILED, "AddGraphClone",
                           "the graph object \"%s\" was added by AddGraph before", graph->name);
  }
  mc_slot *slot = create_slot(session, id, options);
  if (slot == NULL) {
    return MC_GE_FAILED;
  }
  slot->graph = mc_graph_clone(graph);
  if (slot->graph == NULL) {
    mc_slot_release(slot);
    return MC_GE_FAILED;
  }
  return insert(session, slot) == MC_GE_SUCCESS ? MC_GE_SUCCESS : MC_GE_FAILED;
}

mc_ge_status mc_session_remove_graph(mc_session *session, uint32_t id) {
  if (!mc_session_ready(session, "RemoveGraph")) {
    return MC_GE_FAILED;
  }
  mc_slot *slot = mc_slot_find(session, id);
  if (slot == NULL) {
    return mc_out_of_order(MC_GE_FAILED, "RemoveGraph", "graph %u does not exist in the session", id);
  }
  pthread_mutex_lock(&slot->lock);
  const bool own_callback = mc_runner_is_self(slot->runner);
  const bool running = slot->running && !own_callback;
  if (running) {
    slot->remove_pending = true; /* the run performs it when it ends */
  } else if (!own_callback) {
    slot->removing = true;
  }
  pthread_mutex_unlock(&slot->lock);
  mc_ge_status status = MC_GE_SUCCESS;
  if (own_callback) {
    status = mc_out_of_order(MC_GE_FAILED, "RemoveGraph",
                             "it was called inside a callback of graph %u, where CANN dead-locks", id);
  } else if (!running && !mc_slot_remove(slot)) {
    pthread_mutex_lock(&slot->lock);
    slot->removing = false;
    pthread_mutex_unlock(&slot->lock);
    status = MC_GE_FAILED;
  }
  mc_slot_release(slot);
  return status;
}

bool mc_session_needs_rebuild(mc_session *session, uint32_t id) {
  if (!mc_ge_ready("IsGraphNeedRebuild")) {
    return false;
  }
  if (!mc_session_ready(session, "IsGraphNeedRebuild")) {
    return true;
  }
  mc_slot *slot = mc_slot_find(session, id);
  if (slot == NULL) {
    return true;
  }
  pthread_mutex_lock(&slot->lock);
  const bool needed = slot->model == NULL;
  pthread_mutex_unlock(&slot->lock);
  mc_slot_release(slot);
  return needed;
}
