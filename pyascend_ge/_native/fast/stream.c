/*
 * The C half of `pyascend_ge.stream.Stream`: waiting without a timeout. A method of a type of its own, because a Python
 * function around it would cost half as much as the wait for an idle stream.
 */
static PyObject *pge_synchronize(PyObject *object) {
  pge_object *stream = (pge_object *)object;
  if (!stream->open)
    return pge_refuse(object);
  PGE_NEED(aclrtSynchronizeStream);
  const unsigned long long handle = stream->handle;
  PyObject *work = stream->work;
  if (PyList_Size(work)) {
    PyObject *fresh = PyList_New(0);
    if (!fresh)
      return NULL;
    stream->work = fresh;
  } else {
    Py_INCREF(work);
  }
  aclError status;
  Py_BEGIN_ALLOW_THREADS
  status = aclrtSynchronizeStream((aclrtStream)(uintptr_t)handle);
  Py_END_ALLOW_THREADS
  PyObject *result = Py_None;
  if (status || PyList_Size(stream->failures)) {
    result = PyObject_CallMethod(object, "_explain", "iO", (int)status, work);
  } else {
    pge_credit_renew(handle);
    Py_INCREF(result);
  }
  Py_DECREF(work);
  return result;
}

static PyObject *pge_stream_synchronize(PyObject *self, PyObject *const *arguments, Py_ssize_t given, PyObject *names) {
  const Py_ssize_t named = names ? PyTuple_Size(names) : 0;
  if (given + named > 1 ||
      (named && PyUnicode_CompareWithASCIIString(PyTuple_GetItem(names, 0), "timeout") != 0))
    return PyErr_Format(PyExc_TypeError, "synchronize takes one argument at most, timeout");
  if (given + named == 0 || arguments[0] == Py_None)
    return pge_synchronize(self);
  return PyObject_CallMethod(self, "_synchronize_within", "O", arguments[0]);
}

static PyMethodDef pge_stream_methods[] = {
    {"synchronize", (PyCFunction)(void (*)(void))pge_stream_synchronize, METH_FASTCALL | METH_KEYWORDS,
     "synchronize($self, /, timeout=None)\n--\n\n"
     "Wait until the queued work is done (``aclrtSynchronizeStream``).\n\n"
     "Parameters\n----------\n"
     "timeout : float, optional\n"
     "    Seconds to wait at most (``aclrtSynchronizeStreamWithTimeout``).\n\n"
     "Raises\n------\n"
     "WaitTimeoutError\n"
     "    When the time is over. The stream goes on.\n"
     "AscendError\n"
     "    When work on the stream failed; the message says where it was enqueued.\n"
     "Exception\n"
     "    What a function given to :meth:`call` raised."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot pge_stream_slots[] = {
    {Py_tp_doc, "What Stream does in C."},
    {Py_tp_methods, pge_stream_methods},
    {0, NULL},
};

/* No fields of its own: so that a Python class may inherit from it and from Handle. */
static PyType_Spec pge_stream_spec = {
    .name = "pyascend_ge._native._fast.StreamBase",
    .basicsize = sizeof(pge_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = pge_stream_slots,
};
