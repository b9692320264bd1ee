/* GE itself: initialised or not, its options, the list of live sessions. */
#include <stdlib.h>

#include "graph/session_state.h"

static atomic_bool initialised;
/* Guards what follows. The outermost lock: held for a few instructions, while which the sessions' may be
 * taken. */
static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;
static bool v1_started;
static mc_option_set options;
static mc_session *sessions;
static uint64_t last_id;
static mc_slot *shared_graphs;
/* GEInitialize and GEFinalize do not overlap; the registry may be taken while this is held. */
static pthread_mutex_t transition = PTHREAD_MUTEX_INITIALIZER;

bool mc_ge_initialized(void) {
  return atomic_load_explicit(&initialised, memory_order_acquire);
}

static mc_ge_status initialize(int version, mc_options given) {
  const mc_ge_status status =
      mc_options_check(given, MC_LEVEL_GLOBAL, version == 1 ? "GEInitialize" : "GEInitializeV2");
  mc_option_set copy = {0};
  if (status != MC_GE_SUCCESS) {
    return status;
  }
  if (!mc_option_set_copy(&copy, given)) {
    return MC_GE_MEMALLOC_FAILED;
  }
  pthread_mutex_lock(&registry);
  mc_option_set old = options;
  options = copy;
  pthread_mutex_unlock(&registry);
  mc_option_set_free(&old);
  atomic_store(&initialised, true);
  return MC_GE_SUCCESS;
}

mc_ge_status mc_ge_initialize(int version, mc_options given) {
  if (!mc_process_usable()) {
    return MC_GE_FAILED;
  }
  for (mc_options at = given; at != NULL && at[0] != NULL; at += 2) {
    if (at[0][0] == '\0') { /* refused also when GE is initialised already */
      return mc_options_check(given, MC_LEVEL_GLOBAL, version == 1 ? "GEInitialize" : "GEInitializeV2");
    }
  }
  pthread_mutex_lock(&transition);
  const mc_ge_status status = mc_ge_initialized() ? MC_GE_SUCCESS : initialize(version, given);
  if (status == MC_GE_SUCCESS && version == 1) {
    pthread_mutex_lock(&registry);
    v1_started = true;
    pthread_mutex_unlock(&registry);
  }
  pthread_mutex_unlock(&transition);
  return status;
}

/* One live session, or NULL when none is open. Sessions are destroyed by their users only, and not during
 * GEFinalize. */
static mc_session *open_session(void) {
  mc_session *found = NULL;
  pthread_mutex_lock(&registry);
  for (mc_session *at = sessions; at != NULL && found == NULL; at = at->next) {
    if (atomic_load(&at->open)) {
      found = at;
    }
  }
  pthread_mutex_unlock(&registry);
  return found;
}

/* True on a thread that GEFinalize would have to wait for. */
static bool called_back(void) {
  bool self = false;
  pthread_mutex_lock(&registry);
  for (mc_session *at = sessions; at != NULL && !self; at = at->next) {
    self = mc_session_is_self(at);
  }
  pthread_mutex_unlock(&registry);
  return self;
}

mc_ge_status mc_ge_finalize(int version) {
  const char *call = version == 1 ? "GEFinalize" : "GEFinalizeV2";
  if (!mc_process_usable()) {
    return MC_GE_FAILED;
  }
  if (called_back()) {
    return mc_out_of_order(MC_GE_FAILED, call, "it was called inside a callback of a session");
  }
  pthread_mutex_lock(&transition);
  if (mc_ge_initialized()) {
    for (mc_session *session; (session = open_session()) != NULL;) {
      mc_session_close(session);
    }
    atomic_store(&initialised, false);
    pthread_mutex_lock(&registry);
    v1_started = false;
    mc_option_set old = options;
    options = (mc_option_set){0};
    pthread_mutex_unlock(&registry);
    mc_option_set_free(&old);
  }
  pthread_mutex_unlock(&transition);
  return MC_GE_SUCCESS;
}

/* In a forked child every call fails, and without a text: locks of the parent's other threads may be held for
 * ever. */
bool mc_ge_ready(const char *call) {
  if (!mc_process_usable()) {
    return false;
  }
  if (!mc_ge_initialized()) {
    mc_out_of_order(MC_GE_FAILED, call, "GE is not initialised; call GEInitializeV2 before %s", call);
    return false;
  }
  return true;
}

bool mc_session_ready(const mc_session *session, const char *call) {
  if (!mc_ge_ready(call)) {
    return false;
  }
  if (session == NULL || !atomic_load_explicit(&session->open, memory_order_acquire)) {
    mc_out_of_order(MC_GE_FAILED, call,
                    "the session is not usable: its construction failed, or GE was finalised");
    return false;
  }
  return true;
}

mc_ge_status mc_session_check(const mc_session *session, const char *call) {
  return mc_session_ready(session, call) ? MC_GE_SUCCESS : MC_GE_FAILED;
}

bool mc_ge_enlist(mc_session *session) {
  pthread_mutex_lock(&registry);
  const bool started = session->version != 1 || v1_started;
  const bool done = started && mc_option_set_fill(&session->options, mc_option_set_view(&options));
  if (done) {
    session->id = ++last_id;
    session->next = sessions;
    sessions = session;
  }
  pthread_mutex_unlock(&registry);
  if (!started) {
    mc_out_of_order(MC_GE_FAILED, "Session",
                    "a ge::Session needs GEInitialize; GEInitializeV2 serves GeSession only");
  }
  return done;
}

void mc_ge_delist(mc_session *session) {
  pthread_mutex_lock(&registry);
  for (mc_session **at = &sessions; *at != NULL; at = &(*at)->next) {
    if (*at == session) {
      *at = session->next;
      break;
    }
  }
  pthread_mutex_unlock(&registry);
}

mc_session *mc_session_by_id(uint64_t id) {
  if (!mc_process_usable()) {
    return NULL;
  }
  pthread_mutex_lock(&registry);
  mc_session *found = sessions;
  while (found != NULL && found->id != id) {
    found = found->next;
  }
  pthread_mutex_unlock(&registry);
  return found;
}

bool mc_ge_graph_shared(const mc_graph *graph) {
  pthread_mutex_lock(&registry);
  const mc_slot *found = shared_graphs;
  while (found != NULL && found->graph != graph) {
    found = found->next_shared;
  }
  pthread_mutex_unlock(&registry);
  return found != NULL;
}

bool mc_ge_share_graph(mc_slot *slot) {
  pthread_mutex_lock(&registry);
  const mc_slot *found = shared_graphs;
  while (found != NULL && found->graph != slot->graph) {
    found = found->next_shared;
  }
  if (found == NULL) {
    slot->next_shared = shared_graphs;
    shared_graphs = slot;
  }
  pthread_mutex_unlock(&registry);
  return found == NULL;
}

void mc_ge_unshare_graph(mc_slot *slot) {
  pthread_mutex_lock(&registry);
  for (mc_slot **at = &shared_graphs; *at != NULL; at = &(*at)->next_shared) {
    if (*at == slot) {
      *at = slot->next_shared;
      break;
    }
  }
  pthread_mutex_unlock(&registry);
}
