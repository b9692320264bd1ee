/* Attributes and tensor descriptions as protobuf. */
#include <stdlib.h>
#include <string.h>

#include "graph/codec.h"

static void encode_list(mc_writer *writer, const mc_attr *attr, bool untyped) {
  const size_t mark = mc_write_begin(writer, 1);
  int type = 0;
  switch (attr->kind) {
  case MC_ATTR_LIST_STRING:
    type = 1;
    for (size_t i = 0; i < attr->count; ++i) {
      mc_write_bytes(writer, 2, attr->strings[i].data, attr->strings[i].size);
    }
    break;
  case MC_ATTR_LIST_FLOAT:
    type = 3;
    if (attr->count > 0) {
      const size_t packed = mc_write_begin(writer, 4);
      mc_write_raw(writer, attr->floats, attr->count * sizeof *attr->floats);
      mc_write_end(writer, packed);
    }
    break;
  case MC_ATTR_LIST_BOOL:
    type = 4;
    if (attr->count > 0) {
      const size_t packed = mc_write_begin(writer, 5);
      for (size_t i = 0; i < attr->count; ++i) {
        mc_write_varint(writer, attr->bools[i]);
      }
      mc_write_end(writer, packed);
    }
    break;
  case MC_ATTR_LIST_DTYPE:
    type = 10;
    mc_write_ints(writer, 12, attr->ints, attr->count);
    break;
  default:
    type = 2;
    mc_write_ints(writer, 3, attr->ints, attr->count);
  }
  if (!untyped) {
    mc_write_int(writer, 20, type);
  }
  mc_write_end(writer, mark);
}

static bool set_bool(mc_attrs *attrs, const char *name, bool value) {
  mc_attr attr = {.name = strdup(name), .kind = MC_ATTR_BOOL, .b = value};
  return mc_attrs_set(attrs, &attr);
}

/* The attribute knows one description: what is stored is also what was meant. */
static void encode_tensor(mc_writer *writer, const mc_attr *attr) {
  mc_tensor_desc desc = {.desc = attr->tensor.desc, .origin_format = attr->tensor.desc.format,
                         .origin_shape = attr->tensor.desc.shape, .origin_shape_set = true};
  if (desc.desc.format != MC_FORMAT_ND && !set_bool(&desc.attrs, "origin_format_is_set", true)) {
    writer->failed = true;
  }
  const size_t mark = mc_write_begin(writer, 12);
  const size_t inner = mc_write_begin(writer, 1);
  mc_encode_tensor_desc(writer, &desc);
  mc_write_end(writer, inner);
  if (attr->tensor.data.size > 0) {
    mc_write_bytes(writer, 2, attr->tensor.data.data, attr->tensor.data.size);
  }
  mc_write_end(writer, mark);
  mc_tensor_desc_free(&desc);
}

static void encode_list_list(mc_writer *writer, const mc_attr *attr) {
  const size_t mark = mc_write_begin(writer, 14);
  for (size_t i = 0; i < attr->count; ++i) {
    const size_t inner = mc_write_begin(writer, 1);
    mc_write_ints(writer, 1, attr->int_lists[i].values, attr->int_lists[i].count);
    mc_write_end(writer, inner);
  }
  mc_write_end(writer, mark);
}

void mc_encode_attr(mc_writer *writer, const mc_attr *attr, bool untyped) {
  switch (attr->kind) {
  case MC_ATTR_INT:
    mc_write_int(writer, 3, attr->i);
    break;
  case MC_ATTR_DTYPE:
    mc_write_int(writer, 15, attr->i);
    break;
  case MC_ATTR_FLOAT:
    mc_write_float(writer, 4, attr->f);
    break;
  case MC_ATTR_BOOL:
    mc_write_int(writer, 5, attr->b);
    break;
  case MC_ATTR_STRING:
    mc_write_bytes(writer, 2, attr->bytes.data, attr->bytes.size);
    break;
  case MC_ATTR_BYTES:
    mc_write_bytes(writer, 7, attr->bytes.data, attr->bytes.size);
    break;
  case MC_ATTR_RAW:
    mc_write_raw(writer, attr->bytes.data, attr->bytes.size);
    break;
  case MC_ATTR_TENSOR:
    encode_tensor(writer, attr);
    break;
  case MC_ATTR_LIST_LIST_INT:
    encode_list_list(writer, attr);
    break;
  default:
    encode_list(writer, attr, untyped);
  }
}

void mc_encode_attr_entry(mc_writer *writer, uint32_t number, const mc_attr *attr, bool untyped) {
  const size_t mark = mc_write_begin(writer, number);
  mc_write_string(writer, 1, attr->name);
  const size_t value = mc_write_begin(writer, 2);
  mc_encode_attr(writer, attr, untyped);
  mc_write_end(writer, value);
  mc_write_end(writer, mark);
}

void mc_encode_attrs(mc_writer *writer, uint32_t number, const mc_attrs *attrs) {
  for (size_t i = 0; i < attrs->count; ++i) {
    mc_encode_attr_entry(writer, number, &attrs->items[i], false);
  }
}

static void encode_shape(mc_writer *writer, uint32_t number, const mc_shape *shape) {
  static const int64_t kUnknownRank = -2;
  const size_t mark = mc_write_begin(writer, number);
  mc_write_ints(writer, 1, shape->rank < 0 ? &kUnknownRank : shape->dims, shape->rank < 0 ? 1 : (size_t)shape->rank);
  mc_write_end(writer, mark);
}

/* Attributes that have fields of their own: written there, in this order. */
static const struct {
  uint32_t field;
  const char *name;
} kFields[] = {{11, "weight_size"},       {12, "reuse_input"},        {13, "output_tensor"}, {14, "device_type"},
               {15, "input_tensor"},      {16, "real_dim_cnt"},       {17, "reuse_input_index"},
               {18, "data_offset"},       {19, "cmps_size"},          {20, "cmps_tab"},      {21, "cmps_tab_offset"}};
enum { FIELDS = sizeof kFields / sizeof kFields[0] };

static bool has_field(const char *name) {
  for (int i = 0; i < FIELDS; ++i) {
    if (strcmp(kFields[i].name, name) == 0) {
      return true;
    }
  }
  return false;
}

static bool set_shape(mc_attrs *attrs, const char *name, const mc_shape *shape) {
  const size_t count = shape->rank < 0 ? 1 : (size_t)shape->rank;
  mc_attr attr = {.name = strdup(name), .kind = MC_ATTR_LIST_INT, .count = count};
  attr.ints = malloc((count + 1) * sizeof *attr.ints);
  if (attr.ints == NULL) {
    mc_attr_free(&attr);
    return false;
  }
  for (size_t i = 0; i < count; ++i) {
    attr.ints[i] = shape->rank < 0 ? -2 : shape->dims[i];
  }
  return mc_attrs_set(attrs, &attr);
}

/* What the file carries as attributes: the kept ones and those derived from the description. */
static bool gather(const mc_tensor_desc *desc, mc_attrs *attrs) {
  return mc_attrs_copy(attrs, &desc->attrs) && mc_attrs_set_int(attrs, "format_for_int", desc->desc.format) &&
         mc_attrs_set_string(attrs, "origin_format", mc_format_text(desc->origin_format)) &&
         mc_attrs_set_int(attrs, "origin_format_for_int", desc->origin_format) &&
         set_bool(attrs, "origin_shape_initialized", desc->origin_shape_set) &&
         (!desc->origin_shape_set || set_shape(attrs, "origin_shape", &desc->origin_shape));
}

static void encode_field(mc_writer *writer, const mc_tensor_desc *desc, int index) {
  const mc_attr *attr = mc_attrs_find(&desc->attrs, kFields[index].name);
  const uint32_t number = kFields[index].field;
  if (attr == NULL) {
    if (number == 14) {
      mc_write_string(writer, number, "NPU");
    } else if (number == 16 && desc->desc.shape.rank > 0) {
      mc_write_int(writer, number, desc->desc.shape.rank);
    }
  } else if (attr->kind == MC_ATTR_STRING) {
    mc_write_bytes(writer, number, attr->bytes.data, attr->bytes.size);
  } else if (attr->kind == MC_ATTR_INT || attr->kind == MC_ATTR_BOOL) {
    mc_write_int(writer, number, attr->kind == MC_ATTR_INT ? attr->i : attr->b);
  }
}

void mc_encode_tensor_desc(mc_writer *writer, const mc_tensor_desc *desc) {
  mc_attrs attrs = {0};
  if (!gather(desc, &attrs)) {
    writer->failed = true;
  }
  if (desc->name != NULL) {
    mc_write_string(writer, 1, desc->name);
  }
  if (mc_dtype_to_proto(desc->desc.dtype) != 0) {
    mc_write_int(writer, 2, mc_dtype_to_proto(desc->desc.dtype));
  }
  encode_shape(writer, 3, &desc->desc.shape);
  mc_write_string(writer, 4, mc_format_text(desc->desc.format));
  for (size_t i = 0; i < attrs.count; ++i) {
    if (!has_field(attrs.items[i].name)) {
      mc_encode_attr_entry(writer, 5, &attrs.items[i], false);
    }
  }
  if (desc->size != 0) {
    mc_write_int(writer, 10, desc->size);
  }
  for (int i = 0; i < FIELDS; ++i) {
    encode_field(writer, desc, i);
  }
  mc_attrs_free(&attrs);
}
