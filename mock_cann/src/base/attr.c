/* Attribute sets: sorted arrays, so that lookups are binary searches and saved graphs are deterministic. */
#include "base/attr.h"

#include <stdlib.h>
#include <string.h>

bool mc_bytes_set(mc_bytes *bytes, const void *data, size_t size) {
  char *copy = size < SIZE_MAX ? malloc(size + 1) : NULL;
  if (copy == NULL) {
    return false;
  }
  if (size != 0) {
    memcpy(copy, data, size);
  }
  copy[size] = 0;
  free(bytes->data);
  *bytes = (mc_bytes){copy, size};
  return true;
}

void mc_attr_free(mc_attr *attr) {
  switch (attr->kind) {
  case MC_ATTR_STRING:
  case MC_ATTR_BYTES:
  case MC_ATTR_RAW:
    free(attr->bytes.data);
    break;
  case MC_ATTR_TENSOR:
    free(attr->tensor.data.data);
    break;
  case MC_ATTR_LIST_INT:
  case MC_ATTR_LIST_DTYPE:
    free(attr->ints);
    break;
  case MC_ATTR_LIST_FLOAT:
    free(attr->floats);
    break;
  case MC_ATTR_LIST_BOOL:
    free(attr->bools);
    break;
  case MC_ATTR_LIST_STRING:
    for (size_t i = 0; attr->strings != NULL && i < attr->count; ++i) {
      free(attr->strings[i].data);
    }
    free(attr->strings);
    break;
  case MC_ATTR_LIST_LIST_INT:
    for (size_t i = 0; attr->int_lists != NULL && i < attr->count; ++i) {
      free(attr->int_lists[i].values);
    }
    free(attr->int_lists);
    break;
  case MC_ATTR_INT:
  case MC_ATTR_FLOAT:
  case MC_ATTR_BOOL:
  case MC_ATTR_DTYPE:
    break;
  }
  free(attr->name);
  memset(attr, 0, sizeof *attr);
}

void mc_attrs_free(mc_attrs *attrs) {
  for (size_t i = 0; i < attrs->count; ++i) {
    mc_attr_free(&attrs->items[i]);
  }
  free(attrs->items);
  *attrs = (mc_attrs){0};
}

/* Index of the first item whose name is not before `name`. */
static size_t place(const mc_attrs *attrs, const char *name, bool *found) {
  size_t low = 0, high = attrs->count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (strcmp(attrs->items[middle].name, name) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  *found = low < attrs->count && strcmp(attrs->items[low].name, name) == 0;
  return low;
}

const mc_attr *mc_attrs_find(const mc_attrs *attrs, const char *name) {
  bool found;
  const size_t index = place(attrs, name, &found);
  return found ? &attrs->items[index] : NULL;
}

static const mc_attr *find_kind(const mc_attrs *attrs, const char *name, mc_attr_kind kind) {
  const mc_attr *attr = mc_attrs_find(attrs, name);
  return attr != NULL && attr->kind == kind ? attr : NULL;
}

int64_t mc_attrs_int(const mc_attrs *attrs, const char *name, int64_t fallback) {
  const mc_attr *attr = find_kind(attrs, name, MC_ATTR_INT);
  return attr == NULL ? fallback : attr->i;
}

float mc_attrs_float(const mc_attrs *attrs, const char *name, float fallback) {
  const mc_attr *attr = find_kind(attrs, name, MC_ATTR_FLOAT);
  return attr == NULL ? fallback : attr->f;
}

bool mc_attrs_bool(const mc_attrs *attrs, const char *name, bool fallback) {
  const mc_attr *attr = find_kind(attrs, name, MC_ATTR_BOOL);
  return attr == NULL ? fallback : attr->b;
}

const char *mc_attrs_string(const mc_attrs *attrs, const char *name, const char *fallback) {
  const mc_attr *attr = find_kind(attrs, name, MC_ATTR_STRING);
  return attr == NULL ? fallback : attr->bytes.data;
}

int mc_attrs_dtype(const mc_attrs *attrs, const char *name, int fallback) {
  const mc_attr *attr = find_kind(attrs, name, MC_ATTR_DTYPE);
  return attr == NULL ? fallback : (int)attr->i;
}

const int64_t *mc_attrs_ints(const mc_attrs *attrs, const char *name, size_t *count) {
  const mc_attr *attr = find_kind(attrs, name, MC_ATTR_LIST_INT);
  *count = attr == NULL ? 0 : attr->count;
  return attr == NULL ? NULL : attr->ints;
}

bool mc_attrs_set(mc_attrs *attrs, mc_attr *attr) {
  bool found = false;
  const size_t index = attr->name == NULL ? 0 : place(attrs, attr->name, &found);
  if (attr->name == NULL) {
    mc_attr_free(attr);
    return false;
  }
  if (found) {
    mc_attr_free(&attrs->items[index]);
  } else {
    if (attrs->count == attrs->capacity) {
      const size_t capacity = attrs->capacity == 0 ? 4 : attrs->capacity * 2;
      mc_attr *items = realloc(attrs->items, capacity * sizeof *items);
      if (items == NULL) {
        mc_attr_free(attr);
        return false;
      }
      attrs->items = items;
      attrs->capacity = capacity;
    }
    memmove(&attrs->items[index + 1], &attrs->items[index], (attrs->count - index) * sizeof *attrs->items);
    attrs->count += 1;
  }
  attrs->items[index] = *attr;
  memset(attr, 0, sizeof *attr);
  return true;
}

bool mc_attrs_set_int(mc_attrs *attrs, const char *name, int64_t value) {
  mc_attr attr = {.name = strdup(name), .kind = MC_ATTR_INT, .i = value};
  return mc_attrs_set(attrs, &attr);
}

bool mc_attrs_set_string(mc_attrs *attrs, const char *name, const char *value) {
  mc_attr attr = {.name = strdup(name), .kind = MC_ATTR_STRING};
  if (!mc_bytes_set(&attr.bytes, value, strlen(value))) {
    mc_attr_free(&attr);
    return false;
  }
  return mc_attrs_set(attrs, &attr);
}

bool mc_attrs_remove(mc_attrs *attrs, const char *name) {
  bool found;
  const size_t index = place(attrs, name, &found);
  if (found) {
    mc_attr_free(&attrs->items[index]);
    attrs->count -= 1;
    memmove(&attrs->items[index], &attrs->items[index + 1], (attrs->count - index) * sizeof *attrs->items);
  }
  return found;
}

/* A copy of an array; *ok turns false when memory is exhausted. */
static void *copy_array(const void *from, size_t count, size_t size, bool *ok) {
  void *to = count == 0 ? NULL : malloc(count * size);
  if (to != NULL) {
    memcpy(to, from, count * size);
  }
  *ok &= count == 0 || to != NULL;
  return to;
}

static bool copy_attr(mc_attr *to, const mc_attr *from) {
  *to = *from;
  to->name = strdup(from->name);
  bool ok = to->name != NULL;
  switch (from->kind) {
  case MC_ATTR_STRING:
  case MC_ATTR_BYTES:
  case MC_ATTR_RAW:
    to->bytes = (mc_bytes){0};
    ok &= mc_bytes_set(&to->bytes, from->bytes.data, from->bytes.size);
    break;
  case MC_ATTR_TENSOR:
    to->tensor.data = (mc_bytes){0};
    ok &= mc_bytes_set(&to->tensor.data, from->tensor.data.data, from->tensor.data.size);
    break;
  case MC_ATTR_LIST_INT:
  case MC_ATTR_LIST_DTYPE:
    to->ints = copy_array(from->ints, from->count, sizeof *from->ints, &ok);
    break;
  case MC_ATTR_LIST_FLOAT:
    to->floats = copy_array(from->floats, from->count, sizeof *from->floats, &ok);
    break;
  case MC_ATTR_LIST_BOOL:
    to->bools = copy_array(from->bools, from->count, sizeof *from->bools, &ok);
    break;
  case MC_ATTR_LIST_STRING:
    to->strings = from->count == 0 ? NULL : calloc(from->count, sizeof *to->strings);
    ok &= from->count == 0 || to->strings != NULL;
    for (size_t i = 0; ok && i < from->count; ++i) {
      ok = mc_bytes_set(&to->strings[i], from->strings[i].data, from->strings[i].size);
    }
    break;
  case MC_ATTR_LIST_LIST_INT:
    to->int_lists = from->count == 0 ? NULL : calloc(from->count, sizeof *to->int_lists);
    ok &= from->count == 0 || to->int_lists != NULL;
    for (size_t i = 0; ok && i < from->count; ++i) {
      const mc_int_list *list = &from->int_lists[i];
      to->int_lists[i].values = copy_array(list->values, list->count, sizeof *list->values, &ok);
      to->int_lists[i].count = list->count;
    }
    break;
  case MC_ATTR_INT:
  case MC_ATTR_FLOAT:
  case MC_ATTR_BOOL:
  case MC_ATTR_DTYPE:
    break;
  }
  return ok;
}

bool mc_attrs_copy(mc_attrs *to, const mc_attrs *from) {
  mc_attrs copy = {0};
  for (size_t i = 0; i < from->count; ++i) {
    mc_attr attr;
    if (!copy_attr(&attr, &from->items[i])) {
      mc_attr_free(&attr);
      mc_attrs_free(&copy);
      return false;
    }
    if (!mc_attrs_set(&copy, &attr)) {
      mc_attrs_free(&copy);
      return false;
    }
  }
  mc_attrs_free(to);
  *to = copy;
  return true;
}
