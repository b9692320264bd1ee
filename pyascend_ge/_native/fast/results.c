/*
 * Results of runs over host memory: numpy arrays over memory that GE allocated, which they keep.
 *
 * numpy is not needed to build this. Its arrays' first fields and the places of functions in its table are its binary
 * interface, which every extension compiled against it relies on; HostPlan._prepare checks that they say what Python
 * sees.
 */
enum { PGE_RANK = 25, PGE_ELEMENTS = 64, PGE_RELEASE_GIL_FROM = 1 << 20 };
enum { PGE_C_CONTIGUOUS = 1, PGE_ALIGNED = 0x100, PGE_WRITEABLE = 0x400 };

typedef struct {
  PyObject_HEAD
  char *data;
  int rank;
  Py_ssize_t *dims;
  Py_ssize_t *strides;
  PyObject *base;
  PyObject *dtype;
  int flags;
} pge_array;

/* Filled by pge_numpy_ready and never changed again. */
static struct {
  PyTypeObject *type;
  PyObject *(*make)(PyTypeObject *type, PyObject *dtype, int rank, const Py_ssize_t *dims, const Py_ssize_t *strides,
                    void *data, int flags, PyObject *like); /* takes dtype over */
  int (*set_base)(PyObject *array, PyObject *base); /* takes base over */
} pge_numpy;

static int pge_numpy_ready(void) {
  enum { ARRAY_TYPE = 2, NEW_FROM_DESCR = 94, SET_BASE_OBJECT = 282 };
  if (pge_numpy.type)
    return 0;
  PyObject *module = PyImport_ImportModule("numpy._core.multiarray");
  if (!module && PyErr_ExceptionMatches(PyExc_ImportError)) {
    PyErr_Clear();
    module = PyImport_ImportModule("numpy.core.multiarray"); /* before numpy 2 */
  }
  PyObject *capsule = module ? PyObject_GetAttrString(module, "_ARRAY_API") : NULL;
  void **table = capsule ? PyCapsule_GetPointer(capsule, NULL) : NULL;
  if (table) {
    memcpy(&pge_numpy.make, &table[NEW_FROM_DESCR], sizeof pge_numpy.make);
    memcpy(&pge_numpy.set_base, &table[SET_BASE_OBJECT], sizeof pge_numpy.set_base);
    pge_numpy.type = table[ARRAY_TYPE];
  }
  Py_XDECREF(capsule);
  Py_XDECREF(module);
  return table ? 0 : -1;
}

/* ---- what keeps a result's memory ---- */

typedef struct {
  PyObject_HEAD
  pge_handle owner;
  uint64_t size;
} pge_result;

static PyTypeObject *pge_result_type;

/* Giving much memory back takes long. A forked child gives nothing back. */
static void pge_release(pge_handle owner, uint64_t size) {
  if (!owner || pge_child)
    return;
  if (size < PGE_RELEASE_GIL_FROM) {
    pge_base_release(owner);
    return;
  }
  Py_BEGIN_ALLOW_THREADS
  pge_base_release(owner);
  Py_END_ALLOW_THREADS
}

static void pge_result_dealloc(PyObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  pge_release(((pge_result *)self)->owner, ((pge_result *)self)->size);
  ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
  Py_DECREF(type);
}

static PyType_Slot pge_result_slots[] = {
    {Py_tp_doc, "Memory that GE allocated for a result; released with the last array over it."},
    {Py_tp_dealloc, pge_result_dealloc},
    {0, NULL},
};

static PyType_Spec pge_result_spec = {
    .name = "pyascend_ge._native._fast.Result",
    .basicsize = sizeof(pge_result),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = pge_result_slots,
};

/* ---- results ---- */

/* numpy's types of GE's numbers; kept for ever, as their number is small. */
static struct {
  PyObject *dtype;
  int64_t size;
} pge_elements[PGE_ELEMENTS];

/* The entry of pge_elements for a number of GE's; -1 with an exception. */
static int pge_element(PyObject *self, int number) {
  if (number < 0 || number >= PGE_ELEMENTS || !pge_elements[number].dtype) {
    PyObject *dtype = PyObject_CallMethod(self, "_element", "i", number);
    PyObject *size = dtype ? PyObject_GetAttrString(dtype, "itemsize") : NULL;
    const int64_t bytes = size ? PyLong_AsLongLong(size) : -1;
    Py_XDECREF(size);
    if (bytes < 0 || number < 0 || number >= PGE_ELEMENTS) {
      Py_XDECREF(dtype);
      if (!PyErr_Occurred())
        PyErr_Format(PyExc_SystemError, "GE answered with the unknown type %d", number);
      return -1;
    }
    if (pge_elements[number].dtype)
      Py_DECREF(dtype);
    else
      pge_elements[number].dtype = dtype;
    pge_elements[number].size = bytes;
  }
  return number;
}

/* An array over one output, whose owner it takes over. */
static PyObject *pge_view(PyObject *self, pge_tensor *tensor) {
  const int element = pge_element(self, tensor->dtype);
  if (element < 0)
    return NULL;
  Py_ssize_t dims[PGE_RANK];
  int64_t bytes = pge_elements[element].size;
  int overflow = 0;
  for (int i = 0; i < tensor->rank; i++) {
    dims[i] = (Py_ssize_t)tensor->dims[i];
    overflow |= tensor->dims[i] < 0 || __builtin_mul_overflow(bytes, tensor->dims[i], &bytes);
  }
  if (overflow || (uint64_t)bytes > tensor->size)
    return PyObject_CallMethod(self, "_short", "iiK", element, (int)tensor->rank, (unsigned long long)tensor->size);
  PyObject *dtype = pge_elements[element].dtype;
  Py_INCREF(dtype);
  if (!bytes)
    return pge_numpy.make(pge_numpy.type, dtype, tensor->rank, dims, NULL, NULL, 0, NULL);
  void *const data = (void *)tensor->address;
  const int flags = PGE_C_CONTIGUOUS | PGE_WRITEABLE | (tensor->address % 16 ? 0 : PGE_ALIGNED);
  PyObject *array = pge_numpy.make(pge_numpy.type, dtype, tensor->rank, dims, NULL, data, flags, NULL);
  pge_result *result = array ? PyObject_New(pge_result, pge_result_type) : NULL;
  if (!result) {
    Py_XDECREF(array);
    return NULL;
  }
  result->owner = tensor->owner;
  result->size = tensor->size;
  tensor->owner = 0;
  if (pge_numpy.set_base(array, (PyObject *)result) < 0)
    Py_CLEAR(array);
  return array;
}

/* The outputs as a list; whatever owner is left afterwards is released. */
static PyObject *pge_views(PyObject *self, pge_tensor *tensors, long long count) {
  PyObject *list = PyList_New((Py_ssize_t)count);
  for (Py_ssize_t i = 0; list && i < count; i++) {
    PyObject *array = pge_view(self, &tensors[i]);
    if (!array || PyList_SetItem(list, i, array) < 0)
      Py_CLEAR(list);
  }
  for (Py_ssize_t i = 0; i < count; i++)
    pge_release(tensors[i].owner, tensors[i].size);
  return list;
}
