/*
 * DLPack capsules. They are made and released in C because a consumer may drop one while an exception is under way,
 * when no Python code may run.
 */

typedef struct {
  void *data;
  struct {
    int32_t type;
    int32_t id;
  } device;
  int32_t rank;
  struct {
    uint8_t code;
    uint8_t bits;
    uint16_t lanes;
  } type;
  int64_t *shape;
  int64_t *strides;
  uint64_t byte_offset;
} pge_dl_tensor;

typedef struct pge_dl_managed {
  pge_dl_tensor tensor;
  void *context;
  void (*deleter)(struct pge_dl_managed *self);
} pge_dl_managed;

typedef struct pge_dl_versioned {
  struct {
    uint32_t major;
    uint32_t minor;
  } version;
  void *context;
  void (*deleter)(struct pge_dl_versioned *self);
  uint64_t flags;
  pge_dl_tensor tensor;
} pge_dl_versioned;

/* One exported tensor, in either form; the shape follows. */
typedef struct {
  PyObject *owner;
  union {
    pge_dl_managed managed;
    pge_dl_versioned versioned;
  } form;
  int64_t shape[];
} pge_dl_export;

static const char *const pge_dl_names[] = {"dltensor", "dltensor_versioned"};

/* Any thread, with or without an exception under way. */
static void pge_dl_end(pge_dl_export *export) {
  const PyGILState_STATE state = PyGILState_Ensure();
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  Py_DECREF(export->owner);
  free(export);
  PyErr_Restore(type, value, trace);
  PyGILState_Release(state);
}

static void pge_dl_delete_managed(pge_dl_managed *self) { pge_dl_end(self->context); }
static void pge_dl_delete_versioned(pge_dl_versioned *self) { pge_dl_end(self->context); }

/* A consumer renames the capsule it takes; what still has its first name was never taken. */
static void pge_dl_drop(PyObject *capsule) {
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  if (PyCapsule_IsValid(capsule, pge_dl_names[0])) {
    pge_dl_managed *managed = PyCapsule_GetPointer(capsule, pge_dl_names[0]);
    if (managed->deleter)
      managed->deleter(managed);
  } else if (PyCapsule_IsValid(capsule, pge_dl_names[1])) {
    pge_dl_versioned *versioned = PyCapsule_GetPointer(capsule, pge_dl_names[1]);
    if (versioned->deleter)
      versioned->deleter(versioned);
  }
  PyErr_Restore(type, value, trace);
}

static PyObject *fast_dlpack_export(PyObject *self, PyObject *arguments) {
  (void)self;
  PyObject *owner, *shape;
  unsigned long long address;
  int type, id, code, bits, versioned;
  if (!PyArg_ParseTuple(arguments, "OKiiiiO!p", &owner, &address, &type, &id, &code, &bits, &PyTuple_Type, &shape,
                        &versioned))
    return NULL;
  const Py_ssize_t rank = PyTuple_Size(shape);
  pge_dl_export *made = calloc(1, sizeof *made + sizeof(int64_t) * (size_t)(rank ? rank : 1));
  if (!made)
    return PyErr_NoMemory();
  for (Py_ssize_t i = 0; i < rank; i++)
    made->shape[i] = PyLong_AsLongLong(PyTuple_GetItem(shape, i));
  if (PyErr_Occurred()) {
    free(made);
    return NULL;
  }
  const pge_dl_tensor tensor = {.data = (void *)(uintptr_t)address,
                                .device = {type, id},
                                .rank = (int32_t)rank,
                                .type = {(uint8_t)code, (uint8_t)bits, 1},
                                .shape = made->shape};
  void *pointer;
  if (versioned) {
    made->form.versioned = (pge_dl_versioned){{1, 0}, made, pge_dl_delete_versioned, 0, tensor};
    pointer = &made->form.versioned;
  } else {
    made->form.managed = (pge_dl_managed){tensor, made, pge_dl_delete_managed};
    pointer = &made->form.managed;
  }
  PyObject *capsule = PyCapsule_New(pointer, pge_dl_names[versioned], pge_dl_drop);
  if (!capsule) {
    free(made);
    return NULL;
  }
  Py_INCREF(owner);
  made->owner = owner;
  return capsule;
}

static PyObject *pge_dl_integers(const int64_t *values, int32_t count) {
  PyObject *tuple = PyTuple_New(count);
  for (int32_t i = 0; tuple && i < count; i++) {
    PyObject *value = PyLong_FromLongLong(values[i]);
    if (!value || PyTuple_SetItem(tuple, i, value) < 0)
      Py_CLEAR(tuple);
  }
  return tuple;
}

static PyObject *fast_dlpack_import(PyObject *self, PyObject *capsule) {
  (void)self;
  pge_dl_managed *managed = PyCapsule_GetPointer(capsule, pge_dl_names[0]);
  if (!managed)
    return NULL;
  const pge_dl_tensor *tensor = &managed->tensor;
  PyObject *shape = pge_dl_integers(tensor->shape, tensor->rank);
  PyObject *strides = tensor->strides ? pge_dl_integers(tensor->strides, tensor->rank) : (Py_INCREF(Py_None), Py_None);
  /* From here the new capsule owns the tensor; the old one is marked as taken. */
  PyObject *owner = shape && strides ? PyCapsule_New(managed, pge_dl_names[0], pge_dl_drop) : NULL;
  if (!owner || PyCapsule_SetName(capsule, "used_dltensor") < 0) {
    if (owner)
      (void)PyCapsule_SetDestructor(owner, NULL);
    Py_XDECREF(owner);
    Py_XDECREF(shape);
    Py_XDECREF(strides);
    return NULL;
  }
  const unsigned long long address = (unsigned long long)(uintptr_t)tensor->data + tensor->byte_offset;
  return Py_BuildValue("(KiiiiNNN)", address, (int)tensor->device.id, (int)tensor->type.code, (int)tensor->type.bits,
                       (int)tensor->type.lanes, shape, strides, owner);
}
