/*
 * A hand-written C extension: the peer of our blocking calls, and the switch of callgrind's counters.
 * Built by build.py into a temporary folder.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <dlfcn.h>
#include <stdint.h>
#include <valgrind/callgrind.h>

static int (*synchronize)(void *stream);

static PyObject *bind(PyObject *self, PyObject *library) {
  (void)self;
  const char *path = PyUnicode_AsUTF8(library);
  void *handle = path ? dlopen(path, RTLD_NOW) : NULL;
  synchronize = handle ? (int (*)(void *))dlsym(handle, "aclrtSynchronizeStream") : NULL;
  if (!synchronize)
    return path ? PyErr_Format(PyExc_OSError, "%s", dlerror()) : NULL;
  Py_RETURN_NONE;
}

static PyObject *stream_synchronize(PyObject *self, PyObject *handle) {
  (void)self;
  void *stream = (void *)(uintptr_t)PyLong_AsUnsignedLongLong(handle);
  if (!stream && PyErr_Occurred())
    return NULL;
  int status;
  Py_BEGIN_ALLOW_THREADS
  status = synchronize(stream);
  Py_END_ALLOW_THREADS
  if (status)
    return PyErr_Format(PyExc_RuntimeError, "aclrtSynchronizeStream failed with %d", status);
  Py_RETURN_NONE;
}

static PyObject *count_from_here(PyObject *self, PyObject *unused) {
  (void)self;
  (void)unused;
  CALLGRIND_ZERO_STATS;
  Py_RETURN_NONE;
}

static PyObject *count_to_here(PyObject *self, PyObject *name) {
  (void)self;
  const char *text = PyUnicode_AsUTF8(name);
  if (!text)
    return NULL;
  CALLGRIND_DUMP_STATS_AT(text);
  Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"bind", bind, METH_O, "Take aclrtSynchronizeStream from a library."},
    {"stream_synchronize", stream_synchronize, METH_O, "aclrtSynchronizeStream with the GIL released."},
    {"count_from_here", count_from_here, METH_NOARGS, "Set callgrind's counters to zero."},
    {"count_to_here", count_to_here, METH_O, "Have callgrind write its counters under a name."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "peer_extension", .m_size = -1, .m_methods = methods};

PyMODINIT_FUNC PyInit_peer_extension(void) { return PyModule_Create(&definition); }
