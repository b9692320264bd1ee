/*
 * Memory the application gives to a static graph after CompileGraph. The order of the checks is CANN's,
 * because it decides which refusal a caller sees. Our models have no fixed feature memory, so the fixed base
 * is always ignored once its arguments are accepted, and the refreshable part is the whole feature memory.
 */
#include <string.h>

#include "graph/session_state.h"

typedef struct base_call {
  const char *name;
  mc_slot *slot;
  bool running, loaded;
} base_call;

static mc_ge_status refuse(const base_call *call, mc_ge_status status, const char *reason) {
  return mc_out_of_order(status, call->name, "graph %u: %s", call->slot->id, reason);
}

static mc_ge_status is_running(const base_call *call) {
  return call->running ? refuse(call, MC_GE_GRAPH_IS_RUNNING, "it is running") : MC_GE_SUCCESS;
}

static mc_ge_status not_built(const base_call *call) {
  return call->slot->model == NULL
             ? refuse(call, MC_GE_GRAPH_NOT_BUILT, "it is not compiled; call CompileGraph first")
             : MC_GE_SUCCESS;
}

static mc_ge_status is_dynamic(const base_call *call) {
  return mc_model_is_static(call->slot->model)
             ? MC_GE_SUCCESS
             : refuse(call, MC_GE_PARAM_INVALID,
                      "its shapes are dynamic; memory is given to static graphs only");
}

static mc_ge_status is_null(const base_call *call, const void *memory) {
  return memory == NULL ? refuse(call, MC_GE_PARAM_INVALID, "the memory is nullptr") : MC_GE_SUCCESS;
}

static mc_ge_status too_small(const base_call *call, size_t size, size_t needed) {
  return size >= mc_asked_size(needed) ? MC_GE_SUCCESS
                                       : mc_out_of_order(MC_GE_PARAM_INVALID, call->name,
                                                         "graph %u: size %zu is less than the %zu needed",
                                                         call->slot->id, size, mc_asked_size(needed));
}

#define RETURN_IF_REFUSED(check)                                                                             \
  do {                                                                                                       \
    const mc_ge_status refused = (check);                                                                    \
    if (refused != MC_GE_SUCCESS) {                                                                          \
      return refused;                                                                                        \
    }                                                                                                        \
  } while (0)

static mc_ge_status set_const(const base_call *call, const void *memory, size_t size) {
  mc_slot *slot = call->slot;
  RETURN_IF_REFUSED(is_running(call));
  if (call->loaded) {
    return refuse(call, MC_GE_GRAPH_UNSUPPORTED, "it is loaded already");
  }
  RETURN_IF_REFUSED(not_built(call));
  RETURN_IF_REFUSED(is_dynamic(call));
  if (slot->const_base.set) {
    return refuse(call, MC_GE_GRAPH_REPEAT_OPERATION, "its const memory was set already");
  }
  RETURN_IF_REFUSED(is_null(call, memory));
  RETURN_IF_REFUSED(too_small(call, size, mc_model_const_size(slot->model)));
  slot->const_base = (mc_base){(void *)memory, size, true};
  return MC_GE_SUCCESS;
}

/* What both kinds of feature memory end with. */
static mc_ge_status update(const base_call *call, mc_base *base, const void *memory, size_t size) {
  mc_slot *slot = call->slot;
  RETURN_IF_REFUSED(is_null(call, memory));
  RETURN_IF_REFUSED(too_small(call, size, mc_model_feature_size(slot->model)));
  if (!mc_summary_refreshable(slot->summary)) {
    if (call->loaded) {
      return refuse(call, MC_GE_PARAM_INVALID, "it is loaded and ge.featureBaseRefreshable is not 1");
    }
    if (base->set) {
      return refuse(call, MC_GE_GRAPH_REPEAT_OPERATION, "its feature memory was set already");
    }
  }
  if (call->loaded) {
    const int status = mc_loaded_set_work(slot->loaded, (void *)memory, size);
    if (status != 0) {
      return (mc_ge_status)status;
    }
  }
  *base = (mc_base){(void *)memory, size, true};
  return MC_GE_SUCCESS;
}

static mc_ge_status update_feature(const base_call *call, const void *memory, size_t size) {
  RETURN_IF_REFUSED(is_running(call));
  RETURN_IF_REFUSED(not_built(call));
  RETURN_IF_REFUSED(is_dynamic(call));
  if (call->slot->refreshable_base.set) {
    return refuse(call, MC_GE_GRAPH_UNSUPPORTED, "its refreshable feature memory was set already");
  }
  return update(call, &call->slot->feature_base, memory, size);
}

static mc_ge_status update_refreshable(const base_call *call, const void *memory, size_t size) {
  RETURN_IF_REFUSED(is_running(call));
  RETURN_IF_REFUSED(not_built(call));
  RETURN_IF_REFUSED(is_dynamic(call));
  RETURN_IF_REFUSED(is_null(call, memory));
  if (call->slot->feature_base.set) {
    return refuse(call, MC_GE_GRAPH_UNSUPPORTED, "its whole feature memory was set already");
  }
  return update(call, &call->slot->refreshable_base, memory, size);
}

static mc_ge_status set_fixed(const base_call *call, int type, const void *memory, size_t size) {
  enum { DEFAULT = 0, P2P = 1 };
  RETURN_IF_REFUSED(not_built(call));
  RETURN_IF_REFUSED(is_running(call));
  if (call->loaded) {
    return refuse(call, MC_GE_GRAPH_UNSUPPORTED, "it is loaded already");
  }
  if (type != DEFAULT && type != P2P) {
    return refuse(call, MC_GE_PARAM_INVALID, "the memory type is neither default nor P2P");
  }
  if (type == P2P && size == 0) {
    return refuse(call, MC_GE_GRAPH_UNSUPPORTED, "P2P memory of size 0 cannot be given");
  }
  return size > 0 ? is_null(call, memory) : MC_GE_SUCCESS;
}

typedef mc_ge_status (*setter)(const base_call *call, const void *memory, size_t size);

static mc_ge_status set_fixed_default(const base_call *call, const void *memory, size_t size) {
  return set_fixed(call, 0, memory, size);
}

static mc_ge_status set_fixed_p2p(const base_call *call, const void *memory, size_t size) {
  return set_fixed(call, 1, memory, size);
}

static mc_ge_status set_fixed_other(const base_call *call, const void *memory, size_t size) {
  return set_fixed(call, -1, memory, size);
}

static mc_ge_status with_slot(mc_session *session, uint32_t id, const char *name, setter set,
                              const void *memory, size_t size) {
  if (!mc_session_ready(session, name)) {
    return MC_GE_FAILED;
  }
  mc_slot *slot = mc_slot_find(session, id);
  if (slot == NULL) {
    return mc_unknown_graph_assert(session, id, name);
  }
  mc_ge_status status = mc_slot_enter(slot, name, MC_MODE_NONE);
  if (status == MC_GE_SUCCESS) {
    pthread_mutex_lock(&slot->lock);
    const base_call call = {name, slot, slot->running, slot->loaded != NULL};
    const bool compiled = session->version != 1 || slot->compiled_by_user;
    pthread_mutex_unlock(&slot->lock);
    status = compiled ? set(&call, memory, size)
                      : refuse(&call, MC_GE_GRAPH_NOT_BUILT, "it was not compiled by CompileGraph");
    mc_slot_leave(slot, MC_MODE_NONE);
  }
  mc_slot_release(slot);
  /* The second generation folds every refusal into one code; the text tells them apart. */
  return status == MC_GE_SUCCESS || session->version == 1 ? status : MC_GE_PARAM_INVALID;
}

mc_ge_status mc_session_set_const_base(mc_session *session, uint32_t id, const void *memory, size_t size) {
  return with_slot(session, id, "SetGraphConstMemoryBase", set_const, memory, size);
}

mc_ge_status mc_session_update_feature_base(mc_session *session, uint32_t id, const void *memory,
                                            size_t size) {
  return with_slot(session, id, "UpdateGraphFeatureMemoryBase", update_feature, memory, size);
}

mc_ge_status mc_session_set_fixed_feature_base(mc_session *session, uint32_t id, int type, const void *memory,
                                               size_t size) {
  const setter set = type == 0 ? set_fixed_default : type == 1 ? set_fixed_p2p : set_fixed_other;
  return with_slot(session, id, "SetGraphFixedFeatureMemoryBaseWithType", set, memory, size);
}

mc_ge_status mc_session_update_refreshable_base(mc_session *session, uint32_t id, const void *memory,
                                                size_t size) {
  return with_slot(session, id, "UpdateGraphRefreshableFeatureMemoryBase", update_refreshable, memory, size);
}
