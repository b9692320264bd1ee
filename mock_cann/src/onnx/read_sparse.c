/* SparseTensorProto: values at places, made dense while reading. */
#include <string.h>

#include "onnx/read.h"

/* Sparse tensors are for what is mostly zero; beyond this a dense one is refused. */
enum { LARGEST = 1 << 30 };

/* Bytes of a file have no alignment. */
static int64_t number_at(const mc_onnx_tensor *indices, int64_t i) {
  int64_t number;
  memcpy(&number, (const char *)indices->data + i * (int64_t)sizeof number, sizeof number);
  return number;
}

/* The place of value `i`: one linear index, or one index per axis. -1: outside. */
static int64_t place_of(const mc_onnx_tensor *indices, const mc_shape *shape, int64_t i) {
  if (indices->shape.rank == 1) {
    const int64_t number = number_at(indices, i);
    return number >= 0 && number < mc_shape_count(shape) ? number : -1;
  }
  int64_t place = 0;
  for (int axis = 0; axis < shape->rank; ++axis) {
    const int64_t index = number_at(indices, i * shape->rank + axis);
    if (index < 0 || index >= shape->dims[axis]) {
      return -1;
    }
    place = place * shape->dims[axis] + index;
  }
  return place;
}

static bool fits(const mc_onnx_tensor *values, const mc_onnx_tensor *indices, const mc_shape *shape) {
  const int64_t n = values->shape.rank == 1 ? values->shape.dims[0] : -1;
  return n >= 0 && values->data != NULL && indices->data != NULL && indices->type == MC_ONNX_INT64 &&
         ((indices->shape.rank == 1 && indices->shape.dims[0] == n) ||
          (indices->shape.rank == 2 && indices->shape.dims[0] == n && indices->shape.dims[1] == shape->rank));
}

static void make_dense(mc_onnx_source *source, const mc_onnx_tensor *values, const mc_onnx_tensor *indices,
                       mc_onnx_tensor *tensor) {
  const int64_t count = mc_shape_count(&tensor->shape);
  const size_t width = mc_dtype_size(values->dtype);
  if (width == 0 || count < 0 || count > LARGEST || !fits(values, indices, &tensor->shape)) {
    mc_wire_fail(&source->wire, "sparse tensor '%.60s' has values and indices that do not fit its shape", values->name);
    return;
  }
  uint8_t *data = mc_onnx_array(source, (size_t)count, width);
  for (int64_t i = 0; data != NULL && i < values->shape.dims[0]; ++i) {
    const int64_t place = place_of(indices, &tensor->shape, i);
    if (place < 0) {
      mc_wire_fail(&source->wire, "sparse tensor '%.60s' has an index outside its shape", values->name);
      return;
    }
    memcpy(data + (size_t)place * width, (const uint8_t *)values->data + (size_t)i * width, width);
  }
  tensor->data = data;
  tensor->size = (size_t)count * width;
}

void mc_onnx_read_sparse(mc_onnx_source *source, mc_reader message, mc_onnx_tensor *tensor) {
  mc_onnx_tensor values = {.name = ""}, indices = {.name = ""};
  size_t rank;
  mc_field field;
  for (mc_reader reader = message; mc_read_field(&reader, &field);) {
    if (field.number == 1) {
      mc_onnx_read_tensor(source, mc_read_message(&reader, &field), &values);
    } else if (field.number == 2) {
      mc_onnx_read_tensor(source, mc_read_message(&reader, &field), &indices);
    }
  }
  const uint64_t *dims = mc_onnx_numbers(source, message, 3, MC_WIRE_VARINT, &rank);
  *tensor = (mc_onnx_tensor){.name = values.name, .type = values.type, .dtype = values.dtype};
  if (dims == NULL || rank > MC_MAX_RANK) {
    mc_wire_fail(&source->wire, "sparse tensor '%.60s' has too many dims", values.name);
    return;
  }
  tensor->shape.rank = (int)rank;
  for (size_t i = 0; i < rank; ++i) {
    tensor->shape.dims[i] = (int64_t)dims[i];
  }
  if (!source->wire.failed) {
    make_dense(source, &values, &indices, tensor);
  }
}
