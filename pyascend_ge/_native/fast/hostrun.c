/*
 * The C half of `pyascend_ge._hostrun.HostPlan`: a run over numpy arrays of the same kind as last time. It compares
 * them with what it remembers, calls the shim with the GIL released, and puts numpy arrays over the results.
 */
enum { PGE_FEW = 8 };

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
