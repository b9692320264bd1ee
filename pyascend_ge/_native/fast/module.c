/* The module `pyascend_ge._native._fast`, made of the functions in the other files of this folder. */

#define PGE_FASTCALL(function) (PyCFunction)(void (*)(void))function, METH_FASTCALL

static PyMethodDef pge_fast_methods[] = {
    {"stream_created", fast_stream_created, METH_O,
     "stream_created(stream)\n\nGives a new stream its credit for calls that keep the GIL."},
    {"stream_note", PGE_FASTCALL(fast_stream_note),
     "stream_note(stream, entry)\n\nRemembers a task as (site, what is kept ...), and uses up credit for it."},
    {"set_debug", fast_set_debug, METH_O,
     "set_debug(on)\n\nWhether every enqueuing call is remembered with its line."},
    {"copy_async", PGE_FASTCALL(fast_copy_async),
     "copy_async(target, source, size, stream) -> int\n\nWraps ``aclrtMemcpyAsync`` between DeviceArrays; returns the "
     "status, and remembers the arrays when that is 0."},
    {"dlpack_export", fast_dlpack_export, METH_VARARGS,
     "dlpack_export(owner, address: int, device_type: int, device_id: int, code: int, bits: int, shape: tuple, "
     "versioned: bool)\n\nReturns a DLPack capsule over contiguous memory; the consumer's end releases `owner`."},
    {"dlpack_import", fast_dlpack_import, METH_O,
     "dlpack_import(capsule)\n\nTakes a legacy capsule's tensor: (address, device_id, code, bits, lanes, shape, "
     "strides or None, owner)."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef pge_fast_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "pyascend_ge._native._fast",
    .m_doc = "Hot calls, and what the objects they work on keep in C.",
    .m_size = -1,
    .m_methods = pge_fast_methods,
};

/* Makes a type, derived from `base` when there is one, and puts it into the module. */
static PyTypeObject *pge_add_type(PyObject *module, PyType_Spec *spec, PyTypeObject *base, const char *name) {
  PyObject *type = PyType_FromSpecWithBases(spec, (PyObject *)base);
  if (type && PyModule_AddObjectRef(module, name, type) < 0)
    Py_CLEAR(type);
  return (PyTypeObject *)type;
}

static PyObject *pge_fast_create(void) {
  PyObject *module = PyModule_Create(&pge_fast_module);
  if (!module || !(pge_object_type = pge_add_type(module, &pge_object_spec, NULL, "HandleBase")) ||
      !pge_add_type(module, &pge_stream_spec, pge_object_type, "StreamBase") ||
      !pge_add_type(module, &pge_event_spec, pge_object_type, "EventBase") ||
      !pge_add_type(module, &pge_bound_spec, NULL, "BoundBase") ||
      !(pge_result_type = pge_add_type(module, &pge_result_spec, NULL, "Result")) ||
      !pge_add_type(module, &pge_plan_spec, NULL, "PlanBase") || PyModule_AddIntMacro(module, PGE_OTHER) < 0 ||
      PyModule_AddIntMacro(module, PGE_STREAM) < 0 || PyModule_AddIntMacro(module, PGE_EVENT) < 0 ||
      PyModule_AddIntMacro(module, PGE_ARRAY) < 0 || PyModule_AddIntMacro(module, PGE_CALL) < 0)
    Py_CLEAR(module);
  return module;
}

/* Puts the module where import finds it. cffi calls this without the GIL. 0, or -1 after printing the error. */
static int pge_fast_register(void) {
  const PyGILState_STATE state = PyGILState_Ensure();
  PyObject *module = pge_fast_create();
  const int status = module ? PyDict_SetItemString(PyImport_GetModuleDict(), pge_fast_module.m_name, module) : -1;
  Py_XDECREF(module);
  if (status < 0)
    PyErr_Print();
  PyGILState_Release(state);
  return status;
}
