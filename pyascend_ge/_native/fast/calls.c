/*
 * The fast lane: hot calls as plain CPython functions, six times cheaper than the same call through cffi.
 *
 * Handles and addresses are integers. The answer is one integer: a value >= 0, or minus CANN's status. Calls that
 * only enqueue keep the GIL, because dropping it costs more than they do; calls that can block release it.
 */

/* Reads `count` unsigned integers. -1 with an exception when there are not exactly that many or one is no integer. */
static int pge_integers(PyObject *const *arguments, Py_ssize_t given, Py_ssize_t count, unsigned long long *values) {
  if (given != count) {
    PyErr_Format(PyExc_TypeError, "expected %zd integers, got %zd", count, given);
    return -1;
  }
  for (Py_ssize_t i = 0; i < count; i++) {
    values[i] = PyLong_AsUnsignedLongLong(arguments[i]);
    if (values[i] == (unsigned long long)-1 && PyErr_Occurred())
      return -1;
  }
  return 0;
}

static PyObject *pge_answer(aclError status, long value) { return PyLong_FromLong(status ? -(long)status : value); }

static PyObject *fast_stream_synchronize(PyObject *self, PyObject *handle) {
  (void)self;
  const unsigned long long stream = PyLong_AsUnsignedLongLong(handle);
  if (stream == (unsigned long long)-1 && PyErr_Occurred())
    return NULL;
  PGE_NEED(aclrtSynchronizeStream);
  aclError status;
  Py_BEGIN_ALLOW_THREADS
  status = aclrtSynchronizeStream((aclrtStream)(uintptr_t)stream);
  Py_END_ALLOW_THREADS
  return pge_answer(status, 0);
}

static PyObject *fast_event_record(PyObject *self, PyObject *const *arguments, Py_ssize_t given) {
  (void)self;
  unsigned long long value[2];
  if (pge_integers(arguments, given, 2, value) < 0)
    return NULL;
  PGE_NEED(aclrtRecordEvent);
  return pge_answer(aclrtRecordEvent((aclrtEvent)(uintptr_t)value[0], (aclrtStream)(uintptr_t)value[1]), 0);
}

static PyObject *fast_event_query(PyObject *self, PyObject *handle) {
  (void)self;
  const unsigned long long event = PyLong_AsUnsignedLongLong(handle);
  if (event == (unsigned long long)-1 && PyErr_Occurred())
    return NULL;
  PGE_NEED(aclrtQueryEventStatus);
  aclrtEventRecordedStatus recorded = ACL_EVENT_RECORDED_STATUS_NOT_READY;
  const aclError status = aclrtQueryEventStatus((aclrtEvent)(uintptr_t)event, &recorded);
  return pge_answer(status, (long)recorded);
}

static PyObject *fast_memcpy_async(PyObject *self, PyObject *const *arguments, Py_ssize_t given) {
  (void)self;
  unsigned long long value[6];
  if (pge_integers(arguments, given, 6, value) < 0)
    return NULL;
  PGE_NEED(aclrtMemcpyAsync);
  const aclError status =
      aclrtMemcpyAsync((void *)(uintptr_t)value[0], (size_t)value[1], (const void *)(uintptr_t)value[2],
                       (size_t)value[3], (aclrtMemcpyKind)value[4], (aclrtStream)(uintptr_t)value[5]);
  return pge_answer(status, 0);
}
