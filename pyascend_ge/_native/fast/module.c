/* The module `pyascend_ge._native._fast`, made of the functions in the other files of this folder. */

static PyMethodDef pge_fast_methods[] = {
    {"stream_synchronize", fast_stream_synchronize, METH_O,
     "stream_synchronize(stream: int) -> int\n\nWraps ``aclrtSynchronizeStream``; releases the GIL."},
    {"stream_created", fast_stream_created, METH_O,
     "stream_created(stream: int) -> None\n\nGives a new stream its credit for calls that keep the GIL."},
    {"stream_crowded", fast_stream_crowded, METH_O,
     "stream_crowded(stream: int) -> None\n\nTakes the credit away: much was enqueued another way."},
    {"event_record", (PyCFunction)(void (*)(void))fast_event_record, METH_FASTCALL,
     "event_record(event: int, stream: int) -> int\n\nWraps ``aclrtRecordEvent``."},
    {"event_query", fast_event_query, METH_O,
     "event_query(event: int) -> int\n\nWraps ``aclrtQueryEventStatus``: 1 when complete, 0 when not."},
    {"memcpy_async", (PyCFunction)(void (*)(void))fast_memcpy_async, METH_FASTCALL,
     "memcpy_async(dst: int, dst_max: int, src: int, count: int, kind: int, stream: int) -> int\n\n"
     "Wraps ``aclrtMemcpyAsync``."},
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
    .m_doc = "Hot calls: integers in, one integer out (a value >= 0, or minus the status).",
    .m_size = -1,
    .m_methods = pge_fast_methods,
};

/* Puts the module where import finds it. cffi calls this without the GIL. 0, or -1 after printing the error. */
static int pge_fast_register(void) {
  const PyGILState_STATE state = PyGILState_Ensure();
  PyObject *module = PyModule_Create(&pge_fast_module);
  const int status = module ? PyDict_SetItemString(PyImport_GetModuleDict(), pge_fast_module.m_name, module) : -1;
  Py_XDECREF(module);
  if (status < 0)
    PyErr_Print();
  PyGILState_Release(state);
  return status;
}
