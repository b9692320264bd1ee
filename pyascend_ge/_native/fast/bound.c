/*
 * The C half of `pyascend_ge.bound.BoundCall`: everything about a run on a stream is known when it is bound, so a launch
 * checks that nothing was closed, calls the shim with the GIL released (GE takes locks and may compile), and remembers
 * the line it was called from.
 */
#include <structmember.h>

typedef struct {
  PyObject_HEAD
  PyObject *call;      /* NativeCall, a PGE_CALL */
  PyObject *inputs;    /* tuple */
  PyObject *outputs;   /* tuple, or None: GE allocates them in every run */
  pge_object **arrays; /* the DeviceArrays among both, which the tuples keep */
  Py_ssize_t array_count;
  long version;        /* of GE's interface */
} pge_bound;

/* Appends the arrays of a tuple. */
static void pge_bound_collect(pge_bound *bound, PyObject *tuple) {
  const Py_ssize_t count = PyTuple_Size(tuple);
  for (Py_ssize_t i = 0; i < count; i++) {
    PyObject *array = PyTuple_GetItem(tuple, i);
    if (pge_is_object(array, PGE_ARRAY))
      bound->arrays[bound->array_count++] = (pge_object *)array;
  }
}

static PyObject *pge_bound_bind(PyObject *self, PyObject *const *arguments, Py_ssize_t given) {
  pge_bound *bound = (pge_bound *)self;
  if (given != 4 || !PyTuple_Check(arguments[1]) || !(arguments[2] == Py_None || PyTuple_Check(arguments[2])) ||
      bound->arrays)
    return PyErr_Format(PyExc_TypeError, "_bind takes call, inputs, outputs and version, once");
  const int outputs_given = arguments[2] != Py_None;
  const Py_ssize_t most = PyTuple_Size(arguments[1]) + (outputs_given ? PyTuple_Size(arguments[2]) : 0);
  bound->version = PyLong_AsLong(arguments[3]);
  if (PyErr_Occurred())
    return NULL;
  bound->arrays = calloc((size_t)most + 1, sizeof *bound->arrays);
  if (!bound->arrays)
    return PyErr_NoMemory();
  pge_replace(&bound->call, arguments[0]);
  pge_replace(&bound->inputs, arguments[1]);
  pge_replace(&bound->outputs, arguments[2]);
  pge_bound_collect(bound, bound->inputs);
  if (outputs_given)
    pge_bound_collect(bound, bound->outputs);
  Py_RETURN_NONE;
}

/* Around a use of a call without the GIL: removing its graph meanwhile leaves its end to the last user. */
static void pge_call_enter(pge_object *call) { call->users++; }

static void pge_call_leave(pge_object *call, long version) {
  if (--call->users || !call->orphaned)
    return;
  call->orphaned = 0;
  const pge_handle native = (pge_handle)call->handle;
  if (version == 2 && pge_slots[PGE_INDEX_pge_v2_call_destroy])
    pge_v2_call_destroy(native);
  else if (version != 2 && pge_slots[PGE_INDEX_pge_v1_call_destroy])
    pge_v1_call_destroy(native);
}

/* Raises when one of the arrays is closed. */
static int pge_all_open(const pge_bound *bound) {
  for (Py_ssize_t i = 0; i < bound->array_count; i++) {
    if (!bound->arrays[i]->open) {
      (void)pge_refuse((PyObject *)bound->arrays[i]);
      return -1;
    }
  }
  return 0;
}

/* Where the frame is. CPython has a function for it since 3.11, which the stable interface leaves out. */
static long pge_instruction(PyFrameObject *frame) {
  static int (*get)(PyFrameObject *);
  static PyObject *name;
  if (__builtin_expect(!name, 0)) {
    void *const found = dlsym(RTLD_DEFAULT, "PyFrame_GetLasti");
    memcpy(&get, &found, sizeof get);
    name = PyUnicode_InternFromString("f_lasti");
  }
  if (get)
    return get(frame);
  PyObject *number = name ? PyObject_GetAttr((PyObject *)frame, name) : NULL;
  const long instruction = number ? PyLong_AsLong(number) : -1;
  Py_XDECREF(number);
  return instruction;
}

/* Whether the stream's newest work is the same launch from the same place: then it is remembered already. */
static int pge_is_newest(pge_object *stream, PyObject *self, PyObject *outputs, PyCodeObject *code, long instruction) {
  PyObject *site = pge_newest_site(stream, self, outputs);
  return site && PyTuple_Check(site) && PyTuple_GetItem(site, 0) == (PyObject *)code &&
         PyLong_AsLong(PyTuple_GetItem(site, 1)) == instruction;
}

/* A launch is remembered as ((code, instruction) of the line that calls, self, outputs). */
static int pge_note_launch(pge_object *stream, PyObject *self, PyObject *outputs) {
  PyFrameObject *frame = PyEval_GetFrame();
  PyCodeObject *code = frame ? PyFrame_GetCode(frame) : NULL;
  const long instruction = frame ? pge_instruction(frame) : 0;
  int status = PyErr_Occurred() ? -1 : 0;
  if (!status && code && !pge_is_newest(stream, self, outputs, code, instruction))
    status = pge_note(stream, Py_BuildValue("(Ol)OO", code, instruction, self, outputs));
  Py_XDECREF(code);
  return status;
}

/* Calls the shim. Returns the number of outputs; -1 with an exception. */
static long long pge_bound_start(pge_bound *bound, pge_object *call, PyObject *stream) {
  const uintptr_t native = (uintptr_t)call->handle, on = (uintptr_t)((pge_object *)stream)->handle;
  const int function = bound->version == 2 ? PGE_INDEX_pge_v2_call_launch : PGE_INDEX_pge_v1_call_launch;
  if (__builtin_expect(!pge_slots[function], 0) && pge_bind(function) < 0)
    return -1;
  pge_credit_spend(on);
  long long result;
  pge_call_enter(call);
  Py_BEGIN_ALLOW_THREADS
  result = function == PGE_INDEX_pge_v2_call_launch ? pge_v2_call_launch(native, on) : pge_v1_call_launch(native, on);
  Py_END_ALLOW_THREADS
  pge_call_leave(call, bound->version);
  if (result >= 0)
    return result;
  PyObject *count = PyObject_CallMethod(bound->call, "again", "LO", -result, stream);
  result = count ? PyLong_AsLongLong(count) : -1;
  Py_XDECREF(count);
  return result;
}

static PyObject *pge_bound_call(PyObject *self, PyObject *arguments, PyObject *keywords) {
  static char *names[] = {"stream", NULL};
  pge_bound *bound = (pge_bound *)self;
  PyObject *on = NULL;
  if (PyTuple_Size(arguments) == 1 && !keywords)
    on = PyTuple_GetItem(arguments, 0);
  else if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O:bound run", names, &on))
    return NULL;
  if (__builtin_expect(!bound->arrays, 0))
    return PyErr_Format(PyExc_TypeError, "this run was not bound");
  pge_object *stream = pge_open_object(on, PGE_STREAM, "stream", "a Stream");
  pge_object *call = stream ? pge_open_object(bound->call, PGE_CALL, "call", "a NativeCall") : NULL;
  PyObject *outputs = bound->outputs;
  if (!call || pge_all_open(bound) < 0)
    return NULL;
  const long long count = pge_bound_start(bound, call, on);
  if (count < 0)
    return NULL;
  if (outputs == Py_None)
    outputs = PyObject_CallMethod(bound->call, "take", "LO", count, on);
  else
    Py_INCREF(outputs);
  if (outputs && pge_note_launch(stream, self, outputs) < 0)
    Py_CLEAR(outputs);
  return outputs;
}

static int pge_bound_traverse(PyObject *self, visitproc visit, void *arg) {
  pge_bound *bound = (pge_bound *)self;
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(bound->call);
  Py_VISIT(bound->inputs);
  Py_VISIT(bound->outputs);
  return 0;
}

/* Cycles end at the arrays' own references; what a launch reads stays valid until the object goes. */
static void pge_bound_dealloc(PyObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  pge_bound *bound = (pge_bound *)self;
  PyObject_GC_UnTrack(self);
  Py_CLEAR(bound->outputs);
  Py_CLEAR(bound->inputs);
  Py_CLEAR(bound->call);
  free(bound->arrays);
  ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
  Py_DECREF(type);
}

static PyMethodDef pge_bound_methods[] = {
    {"_bind", (PyCFunction)(void (*)(void))pge_bound_bind, METH_FASTCALL,
     "_bind(call, inputs, outputs, version)\n\nSay once what every launch does."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef pge_bound_members[] = {
    {"_call", T_OBJECT_EX, offsetof(pge_bound, call), READONLY, "The shim's bound call."},
    {"inputs", T_OBJECT_EX, offsetof(pge_bound, inputs), READONLY, "The arrays it reads."},
    {"outputs", T_OBJECT_EX, offsetof(pge_bound, outputs), READONLY, "The arrays it writes, or None."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot pge_bound_slots[] = {
    {Py_tp_doc, "What a bound run keeps in C."},
    {Py_tp_call, pge_bound_call},
    {Py_tp_methods, pge_bound_methods},
    {Py_tp_members, pge_bound_members},
    {Py_tp_traverse, pge_bound_traverse},
    {Py_tp_dealloc, pge_bound_dealloc},
    {0, NULL},
};

static PyType_Spec pge_bound_spec = {
    .name = "pyascend_ge._native._fast.BoundBase",
    .basicsize = sizeof(pge_bound),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = pge_bound_slots,
};
