/*
 * The C half of `pyascend_ge.event.Event`: recording and looking, which many programs do around every launch.
 */

/* PYASCEND_DEBUG: every enqueuing call is remembered with its line. */
static int pge_debug;

static PyObject *fast_set_debug(PyObject *self, PyObject *on) {
  (void)self;
  pge_debug = PyObject_IsTrue(on) > 0;
  Py_RETURN_NONE;
}

static PyObject *pge_event_record(PyObject *self, PyObject *object) {
  PGE_NEED(aclrtRecordEvent);
  pge_object *event = (pge_object *)self;
  pge_object *stream = pge_open_object(object, PGE_STREAM, "stream", "a Stream");
  if (!stream)
    return NULL;
  if (!event->open)
    return pge_refuse(self);
  const aclrtEvent e = (aclrtEvent)(uintptr_t)event->handle;
  const aclrtStream s = (aclrtStream)(uintptr_t)stream->handle;
  aclError status;
  PGE_ENQUEUE(stream->handle, aclrtRecordEvent(e, s));
  PyObject *done = NULL;
  if (__builtin_expect(status != ACL_SUCCESS, 0))
    done = PyObject_CallMethod(self, "_record_failed", "Oi", object, (int)status);
  else if (__builtin_expect(pge_debug, 0))
    done = PyObject_CallMethod(object, "_note_line", NULL);
  else
    Py_INCREF(done = Py_None);
  if (done)
    event->recorded = 1;
  return done;
}

static PyObject *pge_event_query(PyObject *self, PyObject *unused) {
  (void)unused;
  PGE_NEED(aclrtQueryEventStatus);
  const pge_object *event = (pge_object *)self;
  if (!event->open)
    return pge_refuse(self);
  aclrtEventRecordedStatus recorded = ACL_EVENT_RECORDED_STATUS_NOT_READY;
  const aclError status = aclrtQueryEventStatus((aclrtEvent)(uintptr_t)event->handle, &recorded);
  if (status)
    return PyObject_CallMethod(self, "_query_failed", "i", (int)status);
  return PyBool_FromLong(recorded == ACL_EVENT_RECORDED_STATUS_COMPLETE);
}

static PyObject *pge_get_recorded(PyObject *self, void *unused) {
  (void)unused;
  return PyBool_FromLong(((pge_object *)self)->recorded);
}

static PyMethodDef pge_event_methods[] = {
    {"record", pge_event_record, METH_O,
     "record($self, stream, /)\n--\n\n"
     "Put the mark behind the work queued on `stream` (``aclrtRecordEvent``)."},
    {"query", pge_event_query, METH_NOARGS,
     "query($self, /)\n--\n\n"
     "Whether the newest record was passed (``aclrtQueryEventStatus``); True when there is none."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef pge_event_attributes[] = {
    {"_recorded", pge_get_recorded, NULL, "Whether it was ever recorded.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot pge_event_slots[] = {
    {Py_tp_doc, "What Event does in C."},
    {Py_tp_methods, pge_event_methods},
    {Py_tp_getset, pge_event_attributes},
    {0, NULL},
};

/* No fields of its own, as StreamBase. */
static PyType_Spec pge_event_spec = {
    .name = "pyascend_ge._native._fast.EventBase",
    .basicsize = sizeof(pge_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = pge_event_slots,
};
