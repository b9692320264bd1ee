/* GE nodes: collected input by input and attribute by attribute, then added to the graph of the scope. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/flow.h"
#include "onnx/emit.h"

/* Word `index` of a prototype string; false behind its end. */
bool mc_ge_slot(const char *names, int index, mc_ge_word *word) {
  for (;; --index) {
    names += strspn(names, " ");
    const size_t length = strcspn(names, " ");
    if (length == 0) {
      return false;
    }
    if (index == 0) {
      const char last = names[length - 1];
      word->suffix = last == '?' || last == '*' ? last : 0;
      word->length = (int)length - (word->suffix != 0);
      word->name = names;
      return true;
    }
    names += length;
  }
}

static int slot_named(const mc_ge *ge, const char *name) {
  mc_ge_word word;
  for (int i = 0; mc_ge_slot(ge->def->inputs, i, &word); ++i) {
    if (strlen(name) == (size_t)word.length && strncmp(name, word.name, (size_t)word.length) == 0) {
      return i;
    }
  }
  mc_on_fail(ge->on, "GE's operator %s has no input '%s'", ge->def->type, name);
  return -1;
}

mc_ge *mc_ge_begin(mc_on *on, const char *type) {
  mc_ge *ge = mc_on_alloc(on, sizeof *ge);
  if (ge == NULL) {
    return NULL;
  }
  *ge = (mc_ge){.on = on, .def = mc_flow_def(type), .n_out = -1, .out_format = -1};
  ge->def = ge->def == NULL ? mc_op_find(type) : ge->def;
  if (ge->def == NULL) {
    mc_on_fail(on, "it becomes GE's operator %s, which is not emulated", type);
    return ge;
  }
  ge->n_slots = mc_prototype_count(ge->def->inputs);
  ge->in = mc_on_alloc(on, (size_t)ge->n_slots * sizeof *ge->in);
  ge->n_in = mc_on_alloc(on, (size_t)ge->n_slots * sizeof *ge->n_in);
  ge->in_format = mc_on_alloc(on, (size_t)ge->n_slots * sizeof *ge->in_format);
  for (int i = 0; !on->failed && i < ge->n_slots; ++i) {
    ge->in_format[i] = -1;
  }
  return ge;
}

static bool open_for(const mc_ge *ge) { return ge != NULL && !ge->on->failed; }

void mc_ge_ins(mc_ge *ge, const char *name, mc_val *const *values, int count) {
  const int slot = open_for(ge) ? slot_named(ge, name) : -1;
  if (slot < 0) {
    return;
  }
  ge->in[slot] = mc_on_alloc(ge->on, (size_t)count * sizeof **ge->in);
  if (ge->in[slot] != NULL) {
    memcpy(ge->in[slot], values, (size_t)count * sizeof **ge->in);
    ge->n_in[slot] = count;
  }
}

void mc_ge_in(mc_ge *ge, const char *name, mc_val *value) {
  if (value != NULL) {
    mc_ge_ins(ge, name, &value, 1);
  }
}

void mc_ge_format(mc_ge *ge, const char *name, int format) {
  mc_ge_word word;
  if (!open_for(ge)) {
    return;
  }
  for (int i = 0; mc_ge_slot(ge->def->outputs, i, &word); ++i) {
    if (strlen(name) == (size_t)word.length && strncmp(name, word.name, (size_t)word.length) == 0) {
      ge->out_format = format;
      return;
    }
  }
  const int slot = slot_named(ge, name);
  if (slot >= 0) {
    ge->in_format[slot] = format;
  }
}

void mc_ge_set_attr(mc_ge *ge, const char *name, mc_attr *attr) {
  attr->name = open_for(ge) ? strdup(name) : NULL;
  if (attr->name == NULL) {
    mc_attr_free(attr);
    if (open_for(ge)) {
      mc_on_fail(ge->on, "out of memory");
    }
  } else if (!mc_attrs_set(&ge->attrs, attr)) {
    mc_on_fail(ge->on, "out of memory");
  }
}

void mc_ge_int(mc_ge *ge, const char *name, int64_t value) {
  mc_ge_set_attr(ge, name, &(mc_attr){.kind = MC_ATTR_INT, .i = value});
}

void mc_ge_float(mc_ge *ge, const char *name, float value) {
  mc_ge_set_attr(ge, name, &(mc_attr){.kind = MC_ATTR_FLOAT, .f = value});
}

void mc_ge_bool(mc_ge *ge, const char *name, bool value) {
  mc_ge_set_attr(ge, name, &(mc_attr){.kind = MC_ATTR_BOOL, .b = value});
}

void mc_ge_dtype(mc_ge *ge, const char *name, int dtype) {
  mc_ge_set_attr(ge, name, &(mc_attr){.kind = MC_ATTR_DTYPE, .i = dtype});
}

void mc_ge_string(mc_ge *ge, const char *name, const char *value) {
  mc_attr attr = {.kind = MC_ATTR_STRING};
  if (open_for(ge) && !mc_bytes_set(&attr.bytes, value, strlen(value))) {
    mc_on_fail(ge->on, "out of memory");
  }
  mc_ge_set_attr(ge, name, &attr);
}

static void *copied(mc_ge *ge, const void *values, size_t size) {
  void *copy = open_for(ge) ? malloc(size == 0 ? 1 : size) : NULL;
  if (copy == NULL && open_for(ge)) {
    mc_on_fail(ge->on, "out of memory");
  }
  return copy == NULL || size == 0 ? copy : memcpy(copy, values, size);
}

void mc_ge_ints(mc_ge *ge, const char *name, const int64_t *values, size_t count) {
  mc_attr attr = {.kind = MC_ATTR_LIST_INT, .count = count};
  attr.ints = copied(ge, values, count * sizeof *values);
  mc_ge_set_attr(ge, name, &attr);
}

void mc_ge_floats(mc_ge *ge, const char *name, const float *values, size_t count) {
  mc_attr attr = {.kind = MC_ATTR_LIST_FLOAT, .count = count};
  attr.floats = copied(ge, values, count * sizeof *values);
  mc_ge_set_attr(ge, name, &attr);
}

void mc_ge_strings(mc_ge *ge, const char *name, const char *const *values, size_t count) {
  mc_attr attr = {.kind = MC_ATTR_LIST_STRING};
  attr.strings = open_for(ge) ? calloc(count + 1, sizeof *attr.strings) : NULL;
  for (; attr.strings != NULL && attr.count < count; ++attr.count) {
    if (!mc_bytes_set(&attr.strings[attr.count], values[attr.count], strlen(values[attr.count]))) {
      break;
    }
  }
  if (attr.count < count && open_for(ge)) {
    mc_on_fail(ge->on, "out of memory");
  }
  mc_ge_set_attr(ge, name, &attr);
}

void mc_ge_outs(mc_ge *ge, int count) {
  if (ge != NULL) {
    ge->n_out = count;
  }
}

mc_val *mc_ge_out(mc_ge *ge, int index) {
  return ge == NULL || ge->on->failed || index >= ge->n_out ? NULL : ge->out[index];
}

mc_val *mc_ge_1(mc_on *on, const char *type, mc_val *a) { return mc_ge_3(on, type, a, NULL, NULL); }

mc_val *mc_ge_2(mc_on *on, const char *type, mc_val *a, mc_val *b) { return mc_ge_3(on, type, a, b, NULL); }

mc_val *mc_ge_3(mc_on *on, const char *type, mc_val *a, mc_val *b, mc_val *c) {
  mc_ge *ge = mc_ge_begin(on, type);
  mc_val *values[] = {a, b, c};
  for (int i = 0; i < 3; ++i) {
    mc_ge_at(ge, i, values[i]);
  }
  return mc_ge_end(ge);
}

void mc_ge_at(mc_ge *ge, int slot, mc_val *value) {
  if (!open_for(ge) || value == NULL) {
    return;
  }
  if (slot >= ge->n_slots) {
    mc_on_fail(ge->on, "GE's operator %s takes %d inputs", ge->def->type, ge->n_slots);
    return;
  }
  ge->in[slot] = mc_on_alloc(ge->on, sizeof **ge->in);
  if (ge->in[slot] != NULL) {
    ge->in[slot][0] = value;
    ge->n_in[slot] = 1;
  }
}
