/*
 * The dispatch table: one slot per function, filled from the backend's libraries.
 *
 * A slot is empty before its library is opened, when the loaded CANN lacks the function, and in a forked child. Every
 * entry point binds an empty slot first (pge_bind asks loader.py, which loads, or raises what explains it), so no call
 * goes through a null pointer. Slots are written with the GIL held and are only ever emptied by fork or by giving up
 * a backend that failed to load.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void *pge_slots[PGE_FUNCTION_COUNT];
static void *pge_handles[PGE_LIBRARY_COUNT];
static int pge_child;

static int pge_function_count(void) { return PGE_FUNCTION_COUNT; }
static const char *pge_function_name(int function) { return pge_functions[function].name; }
static int pge_function_owner(int function, int which) { return pge_functions[function].owners[which]; }
static int pge_function_bound(int function) { return pge_slots[function] != NULL; }
static int pge_library_count(void) { return PGE_LIBRARY_COUNT; }
static const char *pge_library_name(int library) { return pge_libraries[library]; }
static int pge_forked(void) { return pge_child; }

/* A device's state does not survive fork: emptied slots send every use in the child to the error. */
static void pge_after_fork(void) {
  memset(pge_slots, 0, sizeof pge_slots);
  pge_child = 1;
}

static void *pge_dlopen(const char *path, char *error, size_t error_size) {
  void *handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  if (!handle) {
    const char *why = dlerror();
    snprintf(error, error_size, "%s", why ? why : "unknown error");
  }
  return handle;
}

/* Opens a library that others need and that owns none of our functions. */
static int pge_preload(const char *path, char *error, size_t error_size) {
  return pge_dlopen(path, error, error_size) ? 0 : -1;
}

/* Opens a library and binds the functions it owns. Returns how many, or -1 with the loader's text. */
static int pge_open(int library, const char *path, char *error, size_t error_size) {
  static int watched;
  if (!watched) {
    pthread_atfork(NULL, NULL, pge_after_fork);
    watched = 1;
  }
  void *handle = pge_dlopen(path, error, error_size);
  if (!handle)
    return -1;
  pge_handles[library] = handle;
  int bound = 0;
  for (int i = 0; i < PGE_FUNCTION_COUNT; i++) {
    const int owned = pge_functions[i].owners[0] == library || pge_functions[i].owners[1] == library;
    if (owned && !pge_slots[i])
      pge_slots[i] = dlsym(handle, pge_functions[i].name);
    bound += owned && pge_slots[i];
  }
  return bound;
}

/* Gives a backend up. Only before any of its functions was called. */
static void pge_close_all(void) {
  memset(pge_slots, 0, sizeof pge_slots);
  for (int i = 0; i < PGE_LIBRARY_COUNT; i++)
    if (pge_handles[i])
      dlclose(pge_handles[i]);
  memset(pge_handles, 0, sizeof pge_handles);
}

/* Called with the GIL held and an empty slot. 0: the slot is bound; -1: an exception is set. */
static int pge_bind(int function) {
  PyObject *loader = PyImport_ImportModule("pyascend_ge._native.loader");
  if (!loader)
    return -1;
  PyObject *done = PyObject_CallMethod(loader, "bind", "i", function);
  Py_DECREF(loader);
  if (!done)
    return -1;
  Py_DECREF(done);
  if (pge_slots[function])
    return 0;
  PyErr_Format(PyExc_SystemError, "%s was not bound", pge_functions[function].name);
  return -1;
}

/* For calls through a function's address, from where no exception can be raised. */
static void pge_bind_or_die(int function) {
  const PyGILState_STATE state = PyGILState_Ensure();
  if (pge_bind(function) < 0) {
    PyErr_Print();
    fprintf(stderr, "pyascend_ge: %s was called through its address\n", pge_functions[function].name);
    abort();
  }
  PyGILState_Release(state);
}

/* For hand-written CPython functions: leaves with the exception when the function cannot be called. */
#define PGE_NEED(function)                                                                                   \
  do {                                                                                                       \
    if (__builtin_expect(!pge_slots[PGE_INDEX_##function], 0) && pge_bind(PGE_INDEX_##function) < 0)         \
      return NULL;                                                                                           \
  } while (0)
