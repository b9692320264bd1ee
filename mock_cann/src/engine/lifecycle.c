/*
 * Initialisation of AscendCL.
 *
 * Lock: `g_lock` is recursive and held over all of aclInit and aclFinalize, as in CANN, because callbacks of other
 * libraries run inside them and may register more. It is the outermost lock of the process. These callbacks are the
 * only code of others that ever runs under one of our locks; GE's run-time callbacks do not.
 */
#include "engine/lifecycle.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/internal.h"

enum { REPEAT_FINALIZE = 100037, INTERNAL = 500000, OTHER = 65535, MAX_CALLBACKS = 64 };

typedef struct registered {
  int type;
  void (*callback)(void);
  void *user_data;
} registered;

typedef struct registry {
  registered items[MAX_CALLBACKS];
  int count;
} registry;

static pthread_mutex_t g_lock;
static pthread_once_t g_once = PTHREAD_ONCE_INIT;
static uint64_t g_count;
static bool g_finalized; /* false before the first aclFinalize, whatever happened before */
static bool g_configured;
static uint64_t g_hash;
static char *g_first_path, *g_config;
static size_t g_config_size;
static registry g_init, g_finalize;
static _Atomic int g_executor;
static _Atomic uint64_t g_executor_epoch;

static void start(void) {
  pthread_mutexattr_t recursive;
  pthread_mutexattr_init(&recursive);
  pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&g_lock, &recursive);
  pthread_mutexattr_destroy(&recursive);
}

static void lock(void) {
  pthread_once(&g_once, start);
  pthread_mutex_lock(&g_lock);
}

static void unlock(void) { pthread_mutex_unlock(&g_lock); }

bool mc_executor_ready(void) { return atomic_load(&g_executor) > 0; }
void mc_executor_retain(void) { atomic_fetch_add(&g_executor, 1); }
void mc_executor_release(void) {
  if (atomic_fetch_sub(&g_executor, 1) == 1) {
    atomic_fetch_add(&g_executor_epoch, 1);
  }
}
uint64_t mc_executor_epoch(void) { return atomic_load(&g_executor_epoch); }

bool mc_acl_initialized(void) {
  lock();
  const bool initialized = g_count > 0;
  unlock();
  return initialized;
}

static uint64_t hash(const char *text, size_t size) {
  uint64_t h = UINT64_C(1469598103934665603);
  for (size_t i = 0; i < size; ++i) {
    h = (h ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
  }
  return h;
}

/* Runs the callbacks of one kind in the order of their types; the first failure stops the sequence. */
static int run_init_callbacks(const char *config, size_t size) {
  for (int i = 0; i < g_init.count; ++i) {
    const registered r = g_init.items[i];
    const int status = ((mc_init_callback)r.callback)(config, size, r.user_data);
    if (status != MC_OK) {
      return status;
    }
  }
  return MC_OK;
}

static int run_finalize_callbacks(void) {
  for (int i = 0; i < g_finalize.count; ++i) {
    const registered r = g_finalize.items[i];
    const int status = ((mc_finalize_callback)r.callback)(r.user_data);
    if (status != MC_OK) {
      return status;
    }
  }
  return MC_OK;
}

static int remember_config(const char *path, char *config, size_t size) {
  const uint64_t h = hash(config == NULL ? "" : config, size);
  if (g_configured && h != g_hash) {
    return mc_refuse(MC_INVALID_PARAM, "EH0004", path == NULL ? "" : path,
                     MC_TEXT("its content differs from the first configuration of this process, %s",
                             g_first_path == NULL || *g_first_path == '\0' ? "which was empty" : g_first_path));
  }
  return MC_OK;
}

static int init_first(const char *function, const char *path) {
  char *config = NULL;
  size_t size = 0;
  int status = mc_config_read(function, path, &config, &size);
  status = status == MC_OK ? remember_config(path, config, size) : status;
  status = status == MC_OK ? mc_config_apply(function, path, config, size) : status;
  if (status == MC_OK && mc_device_soc_name() == NULL) {
    const char *problem = mc_profile_problem();
    status = mc_refuse(INTERNAL, "EH0012", function, "MOCK_CANN_PROFILE", problem == NULL ? "no device" : problem);
  }
  status = status == MC_OK ? run_init_callbacks(config == NULL ? "" : config, size) : status;
  if (status != MC_OK) {
    free(config);
    return status;
  }
  if (!g_configured) {
    g_hash = hash(config == NULL ? "" : config, size);
    g_first_path = strdup(path == NULL ? "" : path);
    g_configured = true;
  }
  free(g_config);
  g_config = config;
  g_config_size = size;
  return MC_OK;
}

int mc_acl_init(const char *function, const char *path) {
  int status = mc_process_check(function);
  if (status != MC_OK) {
    return status;
  }
  lock();
  if (g_count > 0) {
    ++g_count;
    status = MC_REPEAT_INITIALIZE;
  } else {
    status = init_first(function, path);
    if (status == MC_OK) {
      g_count = 1;
      g_finalized = false;
      mc_executor_retain();
    }
  }
  unlock();
  return status;
}

/* Called with the lock held. */
static int tear_down(void) {
  const int status = run_finalize_callbacks();
  if (status == MC_OK) {
    mc_device_default(-1);
    if (g_count > 0) {
      mc_executor_release();
    }
    g_count = 0;
    g_finalized = true;
  }
  return status;
}

int mc_acl_finalize(const char *function) {
  int status = mc_process_check(function);
  if (status != MC_OK) {
    return status;
  }
  lock();
  status = g_finalized ? mc_refuse(REPEAT_FINALIZE, "EH0012", function, "call", "aclFinalize was called already")
                       : tear_down();
  unlock();
  return status;
}

int mc_acl_finalize_reference(const char *function, uint64_t *count) {
  int status = mc_process_check(function);
  if (status != MC_OK) {
    return status;
  }
  lock();
  if (g_count == 0) {
    status = mc_refuse(REPEAT_FINALIZE, "EH0012", function, "call", "nothing is initialised");
  } else if (g_count > 1) {
    --g_count;
  } else {
    status = tear_down();
  }
  if (count != NULL) {
    *count = g_count;
  }
  unlock();
  return status;
}

/* Called with the lock held. Every type but OTHER holds one callback. */
static int add(const char *function, registry *r, registered item) {
  if (item.callback == NULL) {
    return mc_refuse(MC_INVALID_PARAM, "EH0002", "cbFunc");
  }
  int at = 0;
  while (at < r->count && (r->items[at].type < item.type || (item.type == OTHER && r->items[at].type == OTHER))) {
    ++at;
  }
  if (r->count == MAX_CALLBACKS || (at < r->count && r->items[at].type == item.type)) {
    return mc_refuse(INTERNAL, "EH0009", function, MC_TEXT("%d", item.type), "type",
                     "a callback of this type is registered already");
  }
  memmove(r->items + at + 1, r->items + at, (size_t)(r->count - at) * sizeof item);
  r->items[at] = item;
  ++r->count;
  return MC_OK;
}

static int take_out(const char *function, registry *r, int type, void (*callback)(void)) {
  if (callback == NULL) {
    return mc_refuse(MC_INVALID_PARAM, "EH0002", "cbFunc");
  }
  for (int i = 0; i < r->count; ++i) {
    if (r->items[i].type == type && r->items[i].callback == callback) {
      --r->count;
      memmove(r->items + i, r->items + i + 1, (size_t)(r->count - i) * sizeof *r->items);
      return MC_OK;
    }
  }
  return mc_refuse(INTERNAL, "EH0009", function, MC_TEXT("%d", type), "type", "no such callback is registered");
}

int mc_init_callback_add(const char *function, int type, mc_init_callback callback, void *user_data) {
  lock();
  const int status = add(function, &g_init, (registered){type, (void (*)(void))callback, user_data});
  if (status == MC_OK && g_count > 0) {
    /* Late libraries are told at once; what they answer is ignored, as in CANN. */
    (void)callback(g_config == NULL ? "" : g_config, g_config_size, user_data);
  }
  unlock();
  return status;
}

int mc_init_callback_remove(const char *function, int type, mc_init_callback callback) {
  lock();
  const int status = take_out(function, &g_init, type, (void (*)(void))callback);
  unlock();
  return status;
}

int mc_finalize_callback_add(const char *function, int type, mc_finalize_callback callback, void *user_data) {
  lock();
  const int status = add(function, &g_finalize, (registered){type, (void (*)(void))callback, user_data});
  unlock();
  return status;
}

int mc_finalize_callback_remove(const char *function, int type, mc_finalize_callback callback) {
  lock();
  const int status = take_out(function, &g_finalize, type, (void (*)(void))callback);
  unlock();
  return status;
}
