/*
 * The C half of `pyascend_ge._handle.Handle`: what hot calls read without asking Python, in one type for every kind of
 * handle, so that Python's classes may inherit from each other freely. What a call finds wrong it leaves to a method
 * of the object, which raises.
 */
enum { PGE_OTHER = 0, PGE_STREAM = 1, PGE_EVENT = 2, PGE_ARRAY = 3, PGE_CALL = 4, PGE_KINDS = 5 };

typedef struct {
  PyObject_HEAD
  unsigned long long handle;
  PyObject *value;    /* the handle as Python's object: an int, or cdata where cffi needs it */
  PyObject *work;     /* of a stream: a list of (site, what is kept) for what was queued since it was last idle */
  PyObject *failures; /* of a stream: a list of what functions given to Stream.call raised */
  char kind;
  char open;
  char recorded; /* of an event */
  char orphaned; /* of a call: it was given up while it was in use */
  int users;     /* of a call: threads that run it without the GIL */
} pge_object;

static PyTypeObject *pge_object_type;

static void pge_replace(PyObject **field, PyObject *object) {
  PyObject *before = *field;
  Py_INCREF(object);
  *field = object;
  Py_XDECREF(before);
}

/* What is wrong with a closed object is the object's to say. Always NULL. */
static PyObject *pge_refuse(PyObject *object) {
  PyObject *none = PyObject_CallMethod(object, "_refuse", NULL);
  if (none) { /* the method always raises */
    Py_DECREF(none);
    PyErr_SetString(PyExc_SystemError, "_refuse returned");
  }
  return NULL;
}

/* Whether it is one of ours. The newest class of each kind is remembered, and kept, to spare the search of its bases. */
static int pge_is_object(PyObject *object, int kind) {
  static PyTypeObject *known[PGE_KINDS];
  if (Py_TYPE(object) == known[kind])
    return 1;
  if (!PyObject_TypeCheck(object, pge_object_type))
    return 0;
  if (((pge_object *)object)->kind == kind) {
    PyTypeObject *before = known[kind];
    Py_INCREF(Py_TYPE(object));
    known[kind] = Py_TYPE(object);
    Py_XDECREF(before);
  }
  return 1;
}

/* The open object of a kind, or NULL with an exception that names the argument. */
static pge_object *pge_open_object(PyObject *object, int kind, const char *name, const char *wanted) {
  pge_object *found = (pge_object *)object;
  if (!pge_is_object(object, kind) || found->kind != kind) {
    PyObject *type = PyObject_GetAttrString((PyObject *)Py_TYPE(object), "__name__");
    if (type)
      PyErr_Format(PyExc_TypeError, "%s is a %U; it must be %s", name, type, wanted);
    Py_XDECREF(type);
    return NULL;
  }
  return found->open ? found : (pge_object *)pge_refuse(object);
}

static PyObject *pge_object_open(PyObject *self, PyObject *const *arguments, Py_ssize_t given) {
  pge_object *object = (pge_object *)self;
  if (given != 3) {
    PyErr_SetString(PyExc_TypeError, "_open takes kind, handle and value");
    return NULL;
  }
  const long kind = PyLong_AsLong(arguments[0]);
  const unsigned long long handle = PyLong_AsUnsignedLongLong(arguments[1]);
  if (PyErr_Occurred())
    return NULL;
  if (kind == PGE_STREAM && !object->work) {
    object->work = PyList_New(0);
    object->failures = PyList_New(0);
    if (!object->work || !object->failures)
      return NULL;
  }
  pge_replace(&object->value, arguments[2]);
  object->handle = handle;
  object->kind = (char)kind;
  object->open = 1;
  Py_RETURN_NONE;
}

static PyObject *pge_object_shut(PyObject *self, PyObject *unused) {
  (void)unused;
  pge_object *object = (pge_object *)self;
  if (!object->open)
    Py_RETURN_NONE;
  object->open = 0;
  if (object->users) { /* the last of them ends it */
    object->orphaned = 1;
    Py_RETURN_NONE;
  }
  PyObject *value = object->value;
  object->value = NULL;
  return value;
}

static PyObject *pge_get_value(PyObject *self, void *unused) {
  (void)unused;
  pge_object *object = (pge_object *)self;
  if (!object->open)
    return pge_refuse(self);
  Py_INCREF(object->value);
  return object->value;
}

static PyObject *pge_get_handle(PyObject *self, void *unused) {
  (void)unused;
  pge_object *object = (pge_object *)self;
  return object->open ? PyLong_FromUnsignedLongLong(object->handle) : pge_refuse(self);
}

static PyObject *pge_get_closed(PyObject *self, void *unused) {
  (void)unused;
  return PyBool_FromLong(!((pge_object *)self)->open);
}

/* The lists of a stream; one that never opened has none. */
static PyObject *pge_get_list(PyObject *self, void *failures) {
  pge_object *object = (pge_object *)self;
  PyObject *list = failures ? object->failures : object->work;
  if (!list)
    return PyErr_Format(PyExc_AttributeError, "only streams that were opened have this");
  Py_INCREF(list);
  return list;
}

static int pge_set_work(PyObject *self, PyObject *list, void *unused) {
  (void)unused;
  if (!list || !PyList_Check(list)) {
    PyErr_SetString(PyExc_TypeError, "_work must be a list");
    return -1;
  }
  pge_replace(&((pge_object *)self)->work, list);
  return 0;
}

static int pge_object_traverse(PyObject *self, visitproc visit, void *arg) {
  pge_object *object = (pge_object *)self;
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(object->value);
  Py_VISIT(object->work);
  Py_VISIT(object->failures);
  return 0;
}

static int pge_object_clear(PyObject *self) {
  pge_object *object = (pge_object *)self;
  Py_CLEAR(object->work);
  Py_CLEAR(object->failures);
  return 0;
}

static void pge_object_dealloc(PyObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  (void)pge_object_clear(self);
  Py_CLEAR(((pge_object *)self)->value);
  ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
  Py_DECREF(type);
}

static PyMethodDef pge_object_methods[] = {
    {"_open", (PyCFunction)(void (*)(void))pge_object_open, METH_FASTCALL,
     "_open(kind, handle, value)\n\nTake a handle over: its number, and the object that Python knows it by."},
    {"_shut", pge_object_shut, METH_NOARGS,
     "_shut()\n\nGive up what _open took and return its value; None when it is given up already."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef pge_object_attributes[] = {
    {"closed", pge_get_closed, NULL, "Whether the object was closed.", NULL},
    {"_h", pge_get_handle, NULL, "The handle's number; raises when the object is closed.", NULL},
    {"_p", pge_get_value, NULL, "The handle's value; raises when the object is closed.", NULL},
    {"_work", pge_get_list, pge_set_work, "What is queued on a stream.", NULL},
    {"_failures", pge_get_list, NULL, "What functions on a stream raised.", (void *)1},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot pge_object_slots[] = {
    {Py_tp_doc, "What pyascend_ge's handles keep in C."},
    {Py_tp_methods, pge_object_methods},
    {Py_tp_getset, pge_object_attributes},
    {Py_tp_traverse, pge_object_traverse},
    {Py_tp_clear, pge_object_clear},
    {Py_tp_dealloc, pge_object_dealloc},
    {0, NULL},
};

static PyType_Spec pge_object_spec = {
    .name = "pyascend_ge._native._fast.HandleBase",
    .basicsize = sizeof(pge_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = pge_object_slots,
};
