/* TensorProto: dense contents from raw bytes, from typed fields or from an external file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/read.h"

enum {
  DIMS = 1, TYPE = 2, FLOATS = 4, INT32S = 5, STRINGS = 6, INT64S = 7, NAME = 8, RAW = 9, DOUBLES = 10, UINT64S = 11,
  EXTERNAL = 13, LOCATION = 14
};

/* How elements of a type are kept: bits of one, and the typed field with its wire type. */
typedef struct layout {
  int bits;
  uint32_t field;
  mc_wire_type wire;
} layout;

static layout layout_of(int64_t type) {
  switch (type) {
  case MC_ONNX_FLOAT:
    return (layout){32, FLOATS, MC_WIRE_FIXED32};
  case MC_ONNX_COMPLEX64:
    return (layout){64, FLOATS, MC_WIRE_FIXED32};
  case MC_ONNX_DOUBLE:
    return (layout){64, DOUBLES, MC_WIRE_FIXED64};
  case MC_ONNX_COMPLEX128:
    return (layout){128, DOUBLES, MC_WIRE_FIXED64};
  case MC_ONNX_INT64:
    return (layout){64, INT64S, MC_WIRE_VARINT};
  case MC_ONNX_UINT32:
    return (layout){32, UINT64S, MC_WIRE_VARINT};
  case MC_ONNX_UINT64:
    return (layout){64, UINT64S, MC_WIRE_VARINT};
  case MC_ONNX_INT32:
    return (layout){32, INT32S, MC_WIRE_VARINT};
  case MC_ONNX_INT16:
  case MC_ONNX_UINT16:
  case MC_ONNX_FLOAT16:
  case MC_ONNX_BFLOAT16:
    return (layout){16, INT32S, MC_WIRE_VARINT};
  case MC_ONNX_UINT4:
  case MC_ONNX_INT4:
  case MC_ONNX_FLOAT4E2M1:
    return (layout){4, INT32S, MC_WIRE_VARINT};
  case MC_ONNX_UINT2:
  case MC_ONNX_INT2:
    return (layout){2, INT32S, MC_WIRE_VARINT};
  case MC_ONNX_STRING:
  case MC_ONNX_UNDEFINED:
    return (layout){0, STRINGS, MC_WIRE_BYTES};
  default: /* bool, 8-bit integers and floats */
    return (layout){type > MC_ONNX_INT2 ? 0 : 8, INT32S, MC_WIRE_VARINT};
  }
}

static void read_shape(mc_onnx_source *source, mc_reader message, mc_onnx_tensor *tensor) {
  size_t rank;
  const uint64_t *dims = mc_onnx_numbers(source, message, DIMS, MC_WIRE_VARINT, &rank);
  if (dims == NULL || rank > MC_MAX_RANK) {
    mc_wire_fail(&source->wire, "tensor '%.60s' has %zu dims, at most %d are possible", tensor->name, rank, MC_MAX_RANK);
    return;
  }
  tensor->shape.rank = (int)rank;
  for (size_t i = 0; i < rank; ++i) {
    tensor->shape.dims[i] = (int64_t)dims[i];
    if (tensor->shape.dims[i] < 0) {
      mc_wire_fail(&source->wire, "tensor '%.60s' has the dim %lld", tensor->name, (long long)tensor->shape.dims[i]);
    }
  }
}

/* Typed numbers as they would be raw: little-endian, a unit of the field (an element, or a part or a pack of them) after
 * the other. */
static const void *typed(mc_onnx_source *source, mc_reader message, const layout *how, size_t size, size_t *found) {
  size_t count;
  const uint64_t *numbers = mc_onnx_numbers(source, message, how->field, how->wire, &count);
  const size_t width = how->wire == MC_WIRE_FIXED32 ? 4 : how->wire == MC_WIRE_FIXED64 ? 8 : (size_t)(how->bits + 7) / 8;
  uint8_t *data = MC_ONNX_ARRAY(source, size, uint8_t);
  *found = count * width;
  for (size_t i = 0; data != NULL && numbers != NULL && i < count && (i + 1) * width <= size; ++i) {
    for (size_t byte = 0; byte < width; ++byte) {
      data[i * width + byte] = (uint8_t)(numbers[i] >> (8 * byte));
    }
  }
  return data;
}

static void read_place(mc_onnx_source *source, mc_reader message, mc_onnx_place *place) {
  const char *key = "", *value = "";
  mc_field field;
  while (mc_read_field(&message, &field)) {
    if (field.number == 1) {
      key = mc_onnx_text(source, &message, &field);
    } else if (field.number == 2) {
      value = mc_onnx_text(source, &message, &field);
    }
  }
  if (strcmp(key, "location") == 0) {
    place->location = value;
  } else if (strcmp(key, "offset") == 0 || strcmp(key, "length") == 0) {
    char *end;
    const long long number = strtoll(value, &end, 10);
    if (end == value || *end != 0 || number < 0) {
      mc_wire_fail(&source->wire, "external data has %.10s '%.60s', which is no number of bytes", key, value);
    }
    *(key[0] == 'o' ? &place->offset : &place->length) = number;
  }
}

static void fill(mc_onnx_source *source, mc_reader message, mc_onnx_tensor *tensor, const mc_field *raw, bool external,
                 const mc_onnx_place *place) {
  const layout how = layout_of(tensor->type);
  const int64_t count = mc_shape_count(&tensor->shape);
  if (how.bits == 0) {
    tensor->why = tensor->type == MC_ONNX_STRING ? "tensors of strings are not supported" : "its element type is unknown";
    return;
  }
  if (count < 0 || count > INT64_MAX / 128) {
    mc_wire_fail(&source->wire, "tensor '%.60s' is too large", tensor->name);
    return;
  }
  const size_t size = ((size_t)count * (size_t)how.bits + 7) / 8;
  size_t found = 0;
  if (external) {
    tensor->data = mc_onnx_external(source, place, size, &tensor->why);
    found = tensor->data == NULL ? 0 : size;
    tensor->location = place->location;
    tensor->offset = place->offset;
    source->model->external_bytes += found;
  } else if (raw->data != NULL) {
    tensor->data = raw->data;
    found = raw->size;
  } else if (size <= (size_t)(message.end - message.at) * 16) { /* what so many bytes can hold at most */
    tensor->data = typed(source, message, &how, size, &found);
  }
  if (tensor->why == NULL && found != size) {
    mc_wire_fail(&source->wire, "tensor '%.60s' holds %zu bytes, its shape and type need %zu", tensor->name, found, size);
  }
  tensor->size = size;
}

void mc_onnx_read_tensor(mc_onnx_source *source, mc_reader message, mc_onnx_tensor *tensor) {
  *tensor = (mc_onnx_tensor){.name = "", .dtype = MC_UNDEFINED};
  mc_onnx_place place = {.length = -1};
  mc_field field, raw = {0};
  bool external = false;
  for (mc_reader reader = message; mc_read_field(&reader, &field);) {
    if (field.number == NAME) {
      tensor->name = mc_onnx_text(source, &reader, &field);
    } else if (field.number == TYPE) {
      tensor->type = (int64_t)field.value;
      tensor->dtype = mc_onnx_dtype(tensor->type);
    } else if (field.number == RAW && field.type == MC_WIRE_BYTES) {
      raw = field;
    } else if (field.number == EXTERNAL) {
      read_place(source, mc_read_message(&reader, &field), &place);
    } else if (field.number == LOCATION) {
      external = field.value == 1;
    }
  }
  read_shape(source, message, tensor);
  if (!source->wire.failed) {
    fill(source, message, tensor, &raw, external, &place);
  }
}
