/* AttrDef messages into attributes. What the IR has no kind for is kept encoded, so that nothing is lost. */
#include <stdlib.h>
#include <string.h>

#include "graph/codec.h"

enum { VT_NONE, VT_STRING, VT_INT, VT_FLOAT, VT_BOOL, VT_DTYPE = 10 };

/* Appends to a malloc'ed array whose capacity is the next power of two. */
static void *push(mc_wire *wire, void *array, size_t count, size_t size) {
  if (count != 0 && (count & (count - 1)) != 0) {
    return array;
  }
  void *larger = realloc(array, (count == 0 ? 1 : count * 2) * size);
  if (larger == NULL) {
    mc_wire_fail(wire, "out of memory");
  }
  return larger;
}

static void decode_ints(const mc_reader *reader, const mc_field *field, int64_t **values, size_t *count) {
  mc_reader packed = {0};
  uint64_t value;
  while (mc_read_packed(reader, field, &packed, MC_WIRE_VARINT, &value)) {
    int64_t *larger = push(reader->wire, *values, *count, sizeof **values);
    if (larger == NULL) {
      return;
    }
    *values = larger;
    (*values)[(*count)++] = (int64_t)value;
  }
}

static void decode_floats(const mc_reader *reader, const mc_field *field, mc_attr *attr) {
  mc_reader packed = {0};
  uint64_t value;
  while (mc_read_packed(reader, field, &packed, MC_WIRE_FIXED32, &value)) {
    float *larger = push(reader->wire, attr->floats, attr->count, sizeof *larger);
    if (larger == NULL) {
      return;
    }
    attr->floats = larger;
    attr->floats[attr->count++] = mc_bits_to_float((uint32_t)value);
  }
}

static void decode_bools(const mc_reader *reader, const mc_field *field, mc_attr *attr) {
  mc_reader packed = {0};
  uint64_t value;
  while (mc_read_packed(reader, field, &packed, MC_WIRE_VARINT, &value)) {
    bool *larger = push(reader->wire, attr->bools, attr->count, sizeof *larger);
    if (larger == NULL) {
      return;
    }
    attr->bools = larger;
    attr->bools[attr->count++] = value != 0;
  }
}

static void decode_bytes(const mc_reader *reader, const mc_field *field, mc_bytes *bytes) {
  const mc_reader inner = mc_read_message(reader, field);
  if (!reader->wire->failed && !mc_bytes_set(bytes, inner.at, (size_t)(inner.end - inner.at))) {
    mc_wire_fail(reader->wire, "out of memory");
  }
}

static void decode_list_string(const mc_reader *reader, const mc_field *field, mc_attr *attr) {
  mc_bytes *larger = push(reader->wire, attr->strings, attr->count, sizeof *larger);
  if (larger != NULL) {
    attr->strings = larger;
    attr->strings[attr->count] = (mc_bytes){0};
    decode_bytes(reader, field, &attr->strings[attr->count++]);
  }
}

/* val_type says which of the parallel lists counts; it may come behind them. */
static int list_type(mc_reader reader) {
  int type = VT_NONE;
  mc_field field;
  while (mc_read_field(&reader, &field)) {
    type = field.number == 20 && field.type == MC_WIRE_VARINT ? (int)field.value : type;
  }
  return type;
}

/* The reserved index maps carry no val_type: strings when there are any, else numbers. */
static int untyped_list_type(mc_reader reader) {
  int type = VT_NONE;
  mc_field field;
  while (mc_read_field(&reader, &field)) {
    type = field.number == 2 ? VT_STRING : field.number == 3 ? VT_INT : type;
  }
  return type;
}

static bool decode_list(mc_reader reader, mc_attr *attr, bool untyped, bool *known) {
  const int type = untyped ? untyped_list_type(reader) : list_type(reader);
  static const struct {
    int type;
    uint32_t field;
    mc_attr_kind kind;
  } kKinds[] = {{VT_STRING, 2, MC_ATTR_LIST_STRING}, {VT_INT, 3, MC_ATTR_LIST_INT},
                {VT_FLOAT, 4, MC_ATTR_LIST_FLOAT},   {VT_BOOL, 5, MC_ATTR_LIST_BOOL},
                {VT_DTYPE, 12, MC_ATTR_LIST_DTYPE}};
  size_t at = 0;
  while (at < sizeof kKinds / sizeof kKinds[0] && kKinds[at].type != type) {
    ++at;
  }
  *known = at < sizeof kKinds / sizeof kKinds[0];
  if (!*known) {
    return type != VT_NONE;
  }
  attr->kind = kKinds[at].kind;
  mc_field field;
  while (mc_read_field(&reader, &field)) {
    if (field.number != kKinds[at].field) {
      continue;
    }
    if (attr->kind == MC_ATTR_LIST_STRING) {
      decode_list_string(&reader, &field, attr);
    } else if (attr->kind == MC_ATTR_LIST_FLOAT) {
      decode_floats(&reader, &field, attr);
    } else if (attr->kind == MC_ATTR_LIST_BOOL) {
      decode_bools(&reader, &field, attr);
    } else {
      decode_ints(&reader, &field, &attr->ints, &attr->count);
    }
  }
  return true;
}

static void decode_list_list(mc_reader reader, mc_attr *attr) {
  attr->kind = MC_ATTR_LIST_LIST_INT;
  mc_field field;
  while (mc_read_field(&reader, &field)) {
    if (field.number != 1) {
      continue;
    }
    mc_int_list *larger = push(reader.wire, attr->int_lists, attr->count, sizeof *larger);
    if (larger == NULL) {
      return;
    }
    attr->int_lists = larger;
    mc_int_list *list = &attr->int_lists[attr->count++];
    *list = (mc_int_list){0};
    mc_reader inner = mc_read_message(&reader, &field);
    mc_field number;
    while (mc_read_field(&inner, &number)) {
      if (number.number == 1) {
        decode_ints(&inner, &number, &list->values, &list->count);
      }
    }
  }
}

static void decode_tensor(mc_reader reader, mc_attr *attr) {
  attr->kind = MC_ATTR_TENSOR;
  attr->tensor.desc = (mc_desc){.dtype = MC_UNDEFINED, .format = MC_FORMAT_ND};
  mc_field field;
  while (mc_read_field(&reader, &field)) {
    if (field.number == 1) {
      mc_tensor_desc desc = {0};
      mc_decode_tensor_desc(mc_read_message(&reader, &field), &desc);
      attr->tensor.desc = desc.desc;
      mc_tensor_desc_free(&desc);
    } else if (field.number == 2) {
      decode_bytes(&reader, &field, &attr->tensor.data);
    }
  }
  if (attr->tensor.data.data == NULL && !mc_bytes_set(&attr->tensor.data, NULL, 0)) {
    mc_wire_fail(reader.wire, "out of memory");
  }
}

static void decode_raw(const mc_reader *whole, mc_attr *attr) {
  attr->kind = MC_ATTR_RAW;
  if (!mc_bytes_set(&attr->bytes, whole->at, (size_t)(whole->end - whole->at))) {
    mc_wire_fail(whole->wire, "out of memory");
  }
}

/* One field of the oneof; attr is empty but for its name. Returns false when the attribute counts as absent. */
static bool decode_value(const mc_reader *whole, const mc_reader *reader, const mc_field *field, mc_attr *attr,
                         bool untyped) {
  bool known = true, present = true;
  switch (field->number) {
  case 1:
    present = decode_list(mc_read_message(reader, field), attr, untyped, &known);
    break;
  case 2:
  case 7:
    attr->kind = field->number == 2 ? MC_ATTR_STRING : MC_ATTR_BYTES;
    decode_bytes(reader, field, &attr->bytes);
    break;
  case 3:
  case 15:
    attr->kind = field->number == 3 ? MC_ATTR_INT : MC_ATTR_DTYPE;
    attr->i = (int64_t)field->value;
    break;
  case 4:
    attr->kind = MC_ATTR_FLOAT;
    attr->f = mc_bits_to_float((uint32_t)field->value);
    break;
  case 5:
    attr->kind = MC_ATTR_BOOL;
    attr->b = field->value != 0;
    break;
  case 12:
    decode_tensor(mc_read_message(reader, field), attr);
    break;
  case 14:
    decode_list_list(mc_read_message(reader, field), attr);
    break;
  default:
    known = false;
  }
  if (!known && present) {
    decode_raw(whole, attr);
  }
  return present;
}

bool mc_decode_attr(mc_reader reader, mc_attr *attr, bool untyped) {
  const mc_reader whole = reader;
  char *name = attr->name;
  bool present = false;
  mc_field field;
  while (mc_read_field(&reader, &field)) {
    attr->name = NULL; /* the last value of a oneof counts */
    mc_attr_free(attr);
    attr->name = name;
    present = decode_value(&whole, &reader, &field, attr, untyped);
  }
  return present && !reader.wire->failed;
}

void mc_decode_attr_entry(mc_reader reader, mc_attrs *attrs) {
  mc_field field, value = {0};
  char *key = NULL;
  while (mc_read_field(&reader, &field)) {
    if (field.number == 1) {
      free(key);
      key = mc_read_string(&reader, &field);
    } else if (field.number == 2) {
      value = field;
    }
  }
  mc_attr attr = {.name = key == NULL && !reader.wire->failed ? strdup("") : key};
  const bool present = value.number == 2 && mc_decode_attr(mc_read_message(&reader, &value), &attr,
                                                           attr.name != NULL && mc_attr_is_reserved(attr.name));
  if (!present || reader.wire->failed) {
    mc_attr_free(&attr);
  } else if (!mc_attrs_set(attrs, &attr)) {
    mc_wire_fail(reader.wire, "out of memory");
  }
}
