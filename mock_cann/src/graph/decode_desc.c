/* TensorDescriptor messages into descriptions. */
#include <stdlib.h>
#include <string.h>

#include "graph/codec.h"

/* Fields that the IR keeps as attributes of the same name, as older files do. */
static const struct {
  uint32_t field;
  const char *name;
} kNumbers[] = {{11, "weight_size"},       {12, "reuse_input"},  {13, "output_tensor"}, {15, "input_tensor"},
                {16, "real_dim_cnt"},      {17, "reuse_input_index"}, {18, "data_offset"}, {19, "cmps_size"},
                {21, "cmps_tab_offset"}};

static void keep_number(mc_tensor_desc *desc, const mc_field *field, mc_wire *wire) {
  for (size_t i = 0; i < sizeof kNumbers / sizeof kNumbers[0]; ++i) {
    if (kNumbers[i].field == field->number && field->type == MC_WIRE_VARINT && field->value != 0 &&
        !mc_attrs_set_int(&desc->attrs, kNumbers[i].name, (int64_t)field->value)) {
      mc_wire_fail(wire, "out of memory");
    }
  }
}

static void keep_text(mc_tensor_desc *desc, const mc_reader *reader, const mc_field *field, const char *name) {
  char *text = mc_read_string(reader, field);
  if (text != NULL && *text != 0 && !mc_attrs_set_string(&desc->attrs, name, text)) {
    mc_wire_fail(reader->wire, "out of memory");
  }
  free(text);
}

static void shape_from_dims(mc_wire *wire, mc_shape *shape, const int64_t *dims, size_t count) {
  if (count == 1 && dims[0] == -2) {
    shape->rank = MC_RANK_UNKNOWN;
    return;
  }
  if (count > MC_MAX_RANK) {
    mc_wire_fail(wire, "a shape has %zu dims; at most %d are supported", count, MC_MAX_RANK);
    return;
  }
  shape->rank = (int)count;
  for (size_t i = 0; i < count; ++i) {
    if (dims[i] < -1) {
      mc_wire_fail(wire, "a shape has the dim %lld; -1 is unknown, -2 stands alone", (long long)dims[i]);
      return;
    }
    shape->dims[i] = dims[i];
  }
}

static void decode_shape(mc_reader reader, mc_shape *shape) {
  int64_t dims[MC_MAX_RANK + 1];
  size_t count = 0;
  mc_field field;
  while (mc_read_field(&reader, &field)) {
    mc_reader packed = {0};
    uint64_t value;
    while (field.number == 1 && mc_read_packed(&reader, &field, &packed, MC_WIRE_VARINT, &value)) {
      if (count > MC_MAX_RANK) {
        mc_wire_fail(reader.wire, "a shape has more than %d dims", MC_MAX_RANK);
        return;
      }
      dims[count++] = (int64_t)value;
    }
  }
  shape_from_dims(reader.wire, shape, dims, count);
}

/* Types outside the proto enumeration come in an attribute with a numbering of its own, which agrees with ge's except
 * for DUAL. */
static void apply_dtype_override(mc_tensor_desc *desc) {
  const mc_attr *attr = mc_attrs_find(&desc->attrs, "__tensor_desc_data_type__");
  if (attr == NULL || attr->kind != MC_ATTR_INT) {
    return;
  }
  if (attr->i == 13) {
    desc->desc.dtype = 25;
  } else if ((attr->i >= 14 && attr->i <= 22) || attr->i == 33) {
    desc->desc.dtype = (int)attr->i;
  }
  mc_attrs_remove(&desc->attrs, "__tensor_desc_data_type__");
}

static void apply_format_attrs(mc_tensor_desc *desc, mc_wire *wire) {
  mc_attrs *attrs = &desc->attrs;
  desc->desc.format = (int)mc_attrs_int(attrs, "format_for_int", desc->desc.format);
  const char *origin = mc_attrs_string(attrs, "origin_format", NULL);
  desc->origin_format = origin == NULL ? desc->desc.format : mc_format_from_text(origin);
  desc->origin_format = (int)mc_attrs_int(attrs, "origin_format_for_int", desc->origin_format);
  desc->origin_shape_set = mc_attrs_bool(attrs, "origin_shape_initialized", false);
  const mc_attr *shape = mc_attrs_find(attrs, "origin_shape");
  if (shape != NULL && shape->kind == MC_ATTR_LIST_INT) {
    shape_from_dims(wire, &desc->origin_shape, shape->ints, shape->count);
    desc->origin_shape_set = true;
  }
  const int64_t size = mc_attrs_int(attrs, "size", 0);
  desc->size = desc->size == 0 ? size : desc->size;
  static const char *const kFolded[] = {"format_for_int", "origin_format", "origin_format_for_int",
                                        "origin_shape_initialized", "origin_shape", "size"};
  for (size_t i = 0; i < sizeof kFolded / sizeof kFolded[0]; ++i) {
    mc_attrs_remove(attrs, kFolded[i]);
  }
}

void mc_decode_tensor_desc(mc_reader reader, mc_tensor_desc *desc) {
  mc_tensor_desc_free(desc);
  desc->desc = (mc_desc){.dtype = MC_UNDEFINED, .format = MC_FORMAT_ND};
  mc_field field;
  while (mc_read_field(&reader, &field)) {
    switch (field.number) {
    case 1:
      free(desc->name);
      desc->name = mc_read_string(&reader, &field);
      break;
    case 2:
      desc->desc.dtype = mc_dtype_from_proto((int)field.value);
      break;
    case 3:
      decode_shape(mc_read_message(&reader, &field), &desc->desc.shape);
      break;
    case 4: {
      char *layout = mc_read_string(&reader, &field);
      desc->desc.format = layout == NULL ? desc->desc.format : mc_format_from_text(layout);
      free(layout);
      break;
    }
    case 5:
      mc_decode_attr_entry(mc_read_message(&reader, &field), &desc->attrs);
      break;
    case 10:
      desc->size = (int64_t)field.value;
      break;
    case 14:
      keep_text(desc, &reader, &field, "device_type");
      break;
    case 20:
      keep_text(desc, &reader, &field, "cmps_tab");
      break;
    default:
      keep_number(desc, &field, reader.wire);
    }
  }
  apply_dtype_override(desc);
  apply_format_attrs(desc, reader.wire);
}
