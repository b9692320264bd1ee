/*
 * The fast lane: hot calls as plain CPython functions over Handle objects, many times cheaper than the same call
 * through cffi.
 *
 * A call that fails is left to a method of the object, which raises. Calls that only enqueue keep the GIL, because
 * dropping it costs more than they do; calls that can block release it. An enqueue blocks when the stream's queue is
 * full, and what would empty it may need the GIL: so a stream has credit for a number of tasks far below any queue's
 * depth, which a synchronize renews, and without credit the GIL is released. A stream without credit is asked now and
 * then whether it is idle, which renews it too.
 */
enum { PGE_CREDIT = 256, PGE_CREDIT_ENTRIES = 256, PGE_CREDIT_ASK = 64 };

/* Guarded by the GIL. A stream that lost its entry to another has no credit. */
static struct {
  unsigned long long stream;
  unsigned left;
  unsigned refused; /* enqueues without credit */
  char mute;        /* asking fails, as while a stream is captured */
} pge_credits[PGE_CREDIT_ENTRIES];

static unsigned pge_credit_entry(unsigned long long stream) { return (unsigned)(stream >> 6) % PGE_CREDIT_ENTRIES; }

static void pge_credit_renew(unsigned long long stream) {
  const unsigned entry = pge_credit_entry(stream);
  pge_credits[entry].stream = stream;
  pge_credits[entry].left = PGE_CREDIT;
  pge_credits[entry].refused = 0;
  pge_credits[entry].mute = 0;
}

/* Whether the stream turns out to be idle. */
static int pge_credit_ask(unsigned long long stream) {
  const unsigned entry = pge_credit_entry(stream);
  if (pge_credits[entry].stream != stream || pge_credits[entry].mute ||
      pge_credits[entry].refused++ % PGE_CREDIT_ASK || !pge_slots[PGE_INDEX_aclrtStreamQuery])
    return 0;
  aclrtStreamStatus state = ACL_STREAM_STATUS_NOT_READY;
  pge_credits[entry].mute = aclrtStreamQuery((aclrtStream)(uintptr_t)stream, &state) != ACL_SUCCESS;
  if (pge_credits[entry].mute || state != ACL_STREAM_STATUS_COMPLETE)
    return 0;
  pge_credit_renew(stream);
  return 1;
}

/* Uses up the credit for one task; false when there is none. */
static int pge_credit_use(unsigned long long stream) {
  const unsigned entry = pge_credit_entry(stream);
  if (pge_credits[entry].stream != stream || (!pge_credits[entry].left && !pge_credit_ask(stream)))
    return 0;
  pge_credits[entry].left--;
  return 1;
}

/* For a task that is queued without the GIL in any case. */
static void pge_credit_spend(unsigned long long stream) {
  const unsigned entry = pge_credit_entry(stream);
  if (pge_credits[entry].stream == stream && pge_credits[entry].left)
    pge_credits[entry].left--;
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

/* Remembers (site, what is kept ...) of something queued. Takes `entry`, which may be NULL after an error. */
static int pge_note(pge_object *stream, PyObject *entry) {
  enum { MANY = 4096 };
  const int status = entry ? PyList_Append(stream->work, entry) : -1;
  Py_XDECREF(entry);
  if (status < 0 || PyList_Size(stream->work) % MANY)
    return status;
  PyObject *done = PyObject_CallMethod((PyObject *)stream, "query", NULL); /* forgets everything when it is idle */
  Py_XDECREF(done);
  return done ? 0 : -1;
}

/* The site of the stream's newest work when that keeps these two and nothing else; borrowed. */
static PyObject *pge_newest_site(pge_object *stream, PyObject *first, PyObject *second) {
  const Py_ssize_t count = PyList_Size(stream->work);
  PyObject *entry = count ? PyList_GetItem(stream->work, count - 1) : NULL;
  if (!entry || PyTuple_Size(entry) != 3 || PyTuple_GetItem(entry, 1) != first || PyTuple_GetItem(entry, 2) != second)
    return NULL;
  return PyTuple_GetItem(entry, 0);
}

static PyObject *fast_stream_created(PyObject *self, PyObject *object) {
  (void)self;
  pge_object *stream = pge_open_object(object, PGE_STREAM, "stream", "a Stream");
  if (!stream)
    return NULL;
  pge_credit_renew(stream->handle);
  Py_RETURN_NONE;
}

static PyObject *fast_stream_note(PyObject *self, PyObject *const *arguments, Py_ssize_t given) {
  (void)self;
  if (given != 2 || !PyTuple_Check(arguments[1]))
    return PyErr_Format(PyExc_TypeError, "stream_note takes a stream and a tuple");
  pge_object *stream = pge_open_object(arguments[0], PGE_STREAM, "stream", "a Stream");
  if (!stream)
    return NULL;
  pge_credit_spend(stream->handle);
  Py_INCREF(arguments[1]);
  if (pge_note(stream, arguments[1]) < 0)
    return NULL;
  Py_RETURN_NONE;
}

static PyObject *fast_copy_async(PyObject *self, PyObject *const *arguments, Py_ssize_t given) {
  (void)self;
  PGE_NEED(aclrtMemcpyAsync);
  if (given != 4)
    return PyErr_Format(PyExc_TypeError, "copy_async takes target, source, size and stream");
  const pge_object *target = pge_open_object(arguments[0], PGE_ARRAY, "target", "a DeviceArray");
  const pge_object *source = target ? pge_open_object(arguments[1], PGE_ARRAY, "source", "a DeviceArray") : NULL;
  pge_object *stream = source ? pge_open_object(arguments[3], PGE_STREAM, "stream", "a Stream") : NULL;
  if (!stream)
    return NULL;
  const size_t size = PyLong_AsSize_t(arguments[2]);
  if (size == (size_t)-1 && PyErr_Occurred())
    return NULL;
  void *const to = (void *)(uintptr_t)target->handle;
  const void *const from = (const void *)(uintptr_t)source->handle;
  const aclrtStream s = (aclrtStream)(uintptr_t)stream->handle;
  aclError status;
  PGE_ENQUEUE(stream->handle, aclrtMemcpyAsync(to, size, from, size, ACL_MEMCPY_DEVICE_TO_DEVICE, s));
  if (!status && pge_newest_site(stream, arguments[0], arguments[1]) != Py_None && /* else it is remembered already */
      pge_note(stream, PyTuple_Pack(3, Py_None, arguments[0], arguments[1])) < 0)
    return NULL;
  return PyLong_FromLong(status);
}
