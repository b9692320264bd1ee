/*
 * The C half of `pyascend_ge._hostrun.HostPlan`: a run over numpy arrays of the same kind as last time. It compares
 * them with what it remembers, calls the shim with the GIL released, and puts numpy arrays over the results.
 *
 * numpy is not needed to build this. Its arrays' first fields and the places of functions in its table are its binary
 * interface, which every extension compiled against it relies on; _prepare checks that they say what Python sees.
 */
enum { PGE_RANK = 25, PGE_FEW = 8, PGE_ELEMENTS = 64, PGE_RELEASE_GIL_FROM = 1 << 20 };
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

/* ---- plans ---- */

typedef struct {
  PyObject *dtype;
  int rank;
  Py_ssize_t dims[PGE_RANK];
} pge_kind;

typedef struct {
  PyObject_HEAD
  PyObject *call; /* NativeCall, a PGE_CALL */
  pge_kind *kinds;
  Py_ssize_t count;
  long version; /* of GE's interface */
  long room;    /* for outputs */
} pge_plan;

/* numpy's types of GE's numbers; kept for ever, as their number is small. */
static struct {
  PyObject *dtype;
  int64_t size;
} pge_elements[PGE_ELEMENTS];

static int pge_is_kind(PyObject *object, const pge_kind *kind) {
  const pge_array *array = (const pge_array *)object;
  return Py_TYPE(object) == pge_numpy.type && array->dtype == kind->dtype && array->rank == kind->rank &&
         (array->flags & PGE_C_CONTIGUOUS) &&
         (!kind->rank || !memcmp(array->dims, kind->dims, (size_t)kind->rank * sizeof *kind->dims));
}

/* Remembers one input; false when numpy's arrays do not look as expected. */
static int pge_remember(pge_kind *kind, PyObject *object, PyObject *dtype, PyObject *shape, PyObject *address) {
  const pge_array *array = (const pge_array *)object;
  if (Py_TYPE(object) != pge_numpy.type || array->dtype != dtype || PyTuple_Size(shape) != array->rank ||
      array->rank > PGE_RANK || (uintptr_t)array->data != PyLong_AsSize_t(address))
    return 0;
  for (int i = 0; i < array->rank; i++) {
    kind->dims[i] = PyLong_AsSsize_t(PyTuple_GetItem(shape, i));
    if (kind->dims[i] != array->dims[i])
      return 0;
  }
  kind->rank = array->rank;
  Py_INCREF(dtype);
  kind->dtype = dtype;
  return pge_is_kind(object, kind);
}

static PyObject *pge_plan_prepare(PyObject *self, PyObject *const *arguments, Py_ssize_t given) {
  pge_plan *plan = (pge_plan *)self;
  if (given != 4 || !PyTuple_Check(arguments[1]) || plan->call)
    return PyErr_Format(PyExc_TypeError, "_prepare takes call, inputs, outputs and version, once");
  plan->room = PyLong_AsLong(arguments[2]);
  plan->version = PyLong_AsLong(arguments[3]);
  if (PyErr_Occurred() || pge_numpy_ready() < 0)
    return NULL;
  PGE_NEED(pge_base_release);
  const Py_ssize_t count = PyTuple_Size(arguments[1]);
  plan->kinds = calloc((size_t)count + 1, sizeof *plan->kinds);
  if (!plan->kinds)
    return PyErr_NoMemory();
  plan->count = count;
  int known = 1;
  for (Py_ssize_t i = 0; known && i < count; i++) {
    PyObject *array, *dtype, *shape, *address;
    if (!PyArg_ParseTuple(PyTuple_GetItem(arguments[1], i), "OOO!O!", &array, &dtype, &PyTuple_Type, &shape, &PyLong_Type,
                          &address))
      return NULL;
    known = pge_remember(&plan->kinds[i], array, dtype, shape, address);
  }
  pge_replace(&plan->call, arguments[0]);
  return PyErr_Occurred() ? NULL : PyBool_FromLong(known);
}

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

/* Runs with the inputs at these addresses. */
static PyObject *pge_plan_start(PyObject *self, void *const *inputs, pge_tensor *outputs) {
  pge_plan *plan = (pge_plan *)self;
  pge_object *call = (pge_object *)plan->call;
  const int function = plan->version == 2 ? PGE_INDEX_pge_v2_call_run_at : PGE_INDEX_pge_v1_call_run_at;
  if (__builtin_expect(!pge_slots[function], 0) && pge_bind(function) < 0)
    return NULL;
  const pge_handle native = (pge_handle)call->handle;
  const int32_t count = (int32_t)plan->count, room = (int32_t)plan->room;
  int64_t result;
  pge_call_enter(call);
  Py_BEGIN_ALLOW_THREADS
  result = function == PGE_INDEX_pge_v2_call_run_at ? pge_v2_call_run_at(native, inputs, count, outputs, room)
                                                    : pge_v1_call_run_at(native, inputs, count, outputs, room);
  Py_END_ALLOW_THREADS
  pge_call_leave(call, plan->version);
  if (result == -PGE_BUSY) /* GE itself says what becomes of a second RunGraph */
    Py_RETURN_NONE;
  if (result < 0)
    return PyObject_CallMethod(self, "_failed", "L", (long long)-result);
  if (result > room) {
    for (int32_t i = 0; i < room; i++)
      pge_release(outputs[i].owner, outputs[i].size);
    return PyErr_Format(PyExc_SystemError, "a graph with %d outputs answered with %lld", (int)room, (long long)result);
  }
  return pge_views(self, outputs, result);
}

static PyObject *pge_plan_run(PyObject *self, PyObject *arrays) {
  pge_plan *plan = (pge_plan *)self;
  if (!plan->call || !PyTuple_Check(arrays))
    return PyErr_Format(PyExc_TypeError, "run takes a tuple, of a plan that was prepared");
  if (PyTuple_Size(arrays) != plan->count || !((pge_object *)plan->call)->open)
    Py_RETURN_NONE;
  void *few_inputs[PGE_FEW];
  pge_tensor few_outputs[PGE_FEW];
  const int many = plan->count > PGE_FEW || plan->room > PGE_FEW;
  void **inputs = many ? malloc((size_t)plan->count * sizeof *inputs) : few_inputs;
  pge_tensor *outputs = many ? malloc((size_t)plan->room * sizeof *outputs) : few_outputs;
  PyObject *list = NULL;
  Py_ssize_t fitting = 0;
  if (inputs && outputs) {
    for (; fitting < plan->count; fitting++) {
      PyObject *array = PyTuple_GetItem(arrays, fitting);
      if (!pge_is_kind(array, &plan->kinds[fitting]))
        break;
      inputs[fitting] = ((pge_array *)array)->data;
    }
    if (fitting == plan->count)
      list = pge_plan_start(self, inputs, outputs);
    else
      Py_INCREF(list = Py_None);
  } else {
    PyErr_NoMemory();
  }
  if (many) {
    free(inputs);
    free(outputs);
  }
  return list;
}

static int pge_plan_traverse(PyObject *self, visitproc visit, void *arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(((pge_plan *)self)->call);
  return 0;
}

static void pge_plan_dealloc(PyObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  pge_plan *plan = (pge_plan *)self;
  PyObject_GC_UnTrack(self);
  for (Py_ssize_t i = 0; i < plan->count; i++)
    Py_XDECREF(plan->kinds[i].dtype);
  free(plan->kinds);
  Py_CLEAR(plan->call);
  ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
  Py_DECREF(type);
}

static PyMethodDef pge_plan_methods[] = {
    {"_prepare", (PyCFunction)(void (*)(void))pge_plan_prepare, METH_FASTCALL,
     "_prepare(call, inputs, outputs, version) -> bool\n\nRemembers what inputs are like, each given as (array, dtype, "
     "shape, address); False when numpy's arrays are not as they were when this was written."},
    {"run", pge_plan_run, METH_O,
     "run(inputs)\n\nRuns and returns the outputs (``RunGraph``); None when the plan is not for these inputs."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot pge_plan_slots[] = {
    {Py_tp_doc, "What a plan of runs over host memory keeps in C."},
    {Py_tp_methods, pge_plan_methods},
    {Py_tp_traverse, pge_plan_traverse},
    {Py_tp_dealloc, pge_plan_dealloc},
    {0, NULL},
};

static PyType_Spec pge_plan_spec = {
    .name = "pyascend_ge._native._fast.PlanBase",
    .basicsize = sizeof(pge_plan),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = pge_plan_slots,
};
