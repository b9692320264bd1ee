/*
 * The fast lane: hot calls as plain CPython functions, six times cheaper than the same call through cffi.
 *
 * Handles and addresses are integers. The answer is one integer: a value >= 0, or minus CANN's status. Calls that
 * only enqueue keep the GIL, because dropping it costs more than they do; calls that can block release it. An
 * enqueue blocks when the stream's queue is full, and what would empty it may need the GIL: so a stream has credit for
 * a number of tasks far below any queue's depth, which a synchronize renews, and without credit the GIL is released.
 */
enum { PGE_CREDIT = 256, PGE_CREDIT_ENTRIES = 256 };

/* Guarded by the GIL. A stream that lost its entry to another has no credit. */
static struct {
  unsigned long long stream;
  unsigned left;
} pge_credits[PGE_CREDIT_ENTRIES];

static unsigned pge_credit_entry(unsigned long long stream) { return (unsigned)(stream >> 6) % PGE_CREDIT_ENTRIES; }

static void pge_credit_renew(unsigned long long stream) {
  const unsigned entry = pge_credit_entry(stream);
  pge_credits[entry].stream = stream;
  pge_credits[entry].left = PGE_CREDIT;
}

/* Uses up the credit for one task; false when there is none. */
static int pge_credit_use(unsigned long long stream) {
  const unsigned entry = pge_credit_entry(stream);
  if (pge_credits[entry].stream != stream || !pge_credits[entry].left)
    return 0;
  pge_credits[entry].left--;
  return 1;
}

/* Sets `status` to the result of an enqueuing call, with or without the GIL. */
#define PGE_ENQUEUE(stream, call)                                                                            \
  do {                                                                                                       \
    if (pge_credit_use(stream)) {                                                                            \
      status = (call);                                                                                       \
    } else {                                                                                                 \
      Py_BEGIN_ALLOW_THREADS status = (call);                                                                \
      Py_END_ALLOW_THREADS                                                                                   \
    }                                                                                                        \
  } while (0)

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
  if (status == ACL_SUCCESS)
    pge_credit_renew(stream);
  return pge_answer(status, 0);
}

static PyObject *fast_stream_created(PyObject *self, PyObject *handle) {
  (void)self;
  const unsigned long long stream = PyLong_AsUnsignedLongLong(handle);
  if (stream == (unsigned long long)-1 && PyErr_Occurred())
    return NULL;
  pge_credit_renew(stream);
  Py_RETURN_NONE;
}

static PyObject *fast_stream_crowded(PyObject *self, PyObject *handle) {
  (void)self;
  const unsigned long long stream = PyLong_AsUnsignedLongLong(handle);
  if (stream == (unsigned long long)-1 && PyErr_Occurred())
    return NULL;
  while (pge_credit_use(stream)) {
  }
  Py_RETURN_NONE;
}

static PyObject *fast_event_record(PyObject *self, PyObject *const *arguments, Py_ssize_t given) {
  (void)self;
  unsigned long long value[2];
  if (pge_integers(arguments, given, 2, value) < 0)
    return NULL;
  PGE_NEED(aclrtRecordEvent);
  aclError status;
  PGE_ENQUEUE(value[1], aclrtRecordEvent((aclrtEvent)(uintptr_t)value[0], (aclrtStream)(uintptr_t)value[1]));
  return pge_answer(status, 0);
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
  aclError status;
  PGE_ENQUEUE(value[5], aclrtMemcpyAsync((void *)(uintptr_t)value[0], (size_t)value[1],
                                         (const void *)(uintptr_t)value[2], (size_t)value[3],
                                         (aclrtMemcpyKind)value[4], (aclrtStream)(uintptr_t)value[5]));
  return pge_answer(status, 0);
}
