/* Constant contents for mappers, and constants that mappers make. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/import.h"
#include "ops/convert.h"

void *mc_on_alloc(mc_on *on, size_t size) {
  void *memory = mc_arena_alloc(&on->scope->import->arena, size == 0 ? 1 : size);
  if (memory == NULL) {
    mc_on_fail(on, "out of memory");
  }
  return memory;
}

/* Elements of a list that is made while converting. */
enum { LONGEST = 1 << 24 };

void *mc_on_list(mc_on *on, int64_t count, size_t each) {
  if (count < 0 || count > LONGEST) {
    mc_on_fail(on, "its sizes need a list of %lld elements, and at most %d are made while converting", (long long)count, LONGEST);
    return NULL;
  }
  return mc_on_alloc(on, ((size_t)count + 1) * each);
}

int64_t mc_on_times(int64_t a, int64_t b) {
  int64_t product;
  return a < 0 || b < 0 || __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

/* Bytes in a file have no alignment: the first reader makes an aligned copy that the value keeps. */
const void *mc_val_data(mc_on *on, mc_val *value) {
  if (value == NULL || value->body->sampled || value->body->sample[0].data == NULL) {
    return NULL;
  }
  mc_sample *sample = &value->body->sample[0];
  if (((uintptr_t)sample->data & 15) != 0) {
    const int64_t bytes = value->body->constant != NULL ? (int64_t)value->body->constant->size : mc_desc_bytes(&sample->desc);
    void *copy = bytes < 0 ? NULL : mc_on_alloc(on, (size_t)bytes);
    if (copy == NULL) {
      return NULL;
    }
    sample->data = bytes == 0 ? copy : memcpy(copy, sample->data, (size_t)bytes);
  }
  return sample->data;
}

int64_t mc_val_count(const mc_val *value) { return value == NULL ? -1 : mc_shape_count(&value->shape); }

static const void *converted(mc_on *on, mc_val *value, int dtype, int64_t *count) {
  *count = 0;
  const void *data = mc_val_data(on, value);
  mc_convert *convert = data == NULL ? NULL : mc_convert_for(value->dtype, dtype);
  const int64_t n = mc_val_count(value);
  if (convert == NULL || n < 0 || n > (INT64_C(1) << 40)) {
    return NULL;
  }
  void *numbers = mc_on_alloc(on, (size_t)n * mc_dtype_size(dtype));
  if (numbers != NULL) {
    convert(data, numbers, n);
    *count = n;
  }
  return numbers;
}

const int64_t *mc_val_ints(mc_on *on, mc_val *value, int64_t *count) { return converted(on, value, MC_INT64, count); }

const double *mc_val_floats(mc_on *on, mc_val *value, int64_t *count) { return converted(on, value, MC_DOUBLE, count); }

const int64_t *mc_val_need_ints(mc_on *on, mc_val *value, const char *what, int64_t *count) {
  const int64_t *numbers = mc_val_ints(on, value, count);
  if (numbers == NULL) {
    mc_on_fail(on, "its input '%s' must be constant", what);
  }
  return numbers;
}

int mc_val_need_rank(mc_on *on, mc_val *value, const char *what) {
  if (value == NULL || value->shape.rank == MC_RANK_UNKNOWN) {
    mc_on_fail(on, "the rank of its input '%s' must be known", what);
    return 0;
  }
  return value->shape.rank;
}

mc_val *mc_ge_const_tensor(mc_on *on, const mc_onnx_tensor *tensor) {
  if (on->failed) {
    return NULL;
  }
  if (tensor == NULL || tensor->data == NULL || tensor->dtype == MC_UNDEFINED) {
    mc_on_fail(on, "a tensor of type %s: %s", mc_onnx_type_name(tensor == NULL ? 0 : tensor->type),
               tensor != NULL && tensor->why != NULL ? tensor->why : "GE has no such element type");
    return NULL;
  }
  mc_val *value = mc_val_constant(on->scope->import, tensor, on->name);
  if (value == NULL) {
    mc_on_fail(on, "out of memory");
  }
  return value;
}

mc_val *mc_ge_const(mc_on *on, int dtype, const mc_shape *shape, const void *data) {
  const mc_desc desc = {.dtype = dtype, .shape = *shape};
  const int64_t bytes = mc_desc_bytes(&desc);
  mc_onnx_tensor *tensor = mc_on_alloc(on, sizeof *tensor);
  void *copy = bytes < 0 ? NULL : mc_on_alloc(on, (size_t)bytes);
  if (tensor == NULL || copy == NULL) {
    mc_on_fail(on, "a constant of type %s cannot be made", mc_dtype_name(dtype));
    return NULL;
  }
  if (bytes > 0) {
    memcpy(copy, data, (size_t)bytes);
  }
  *tensor = (mc_onnx_tensor){.name = "", .dtype = dtype, .shape = *shape, .data = copy, .size = (size_t)bytes};
  return mc_ge_const_tensor(on, tensor);
}

static mc_val *number(mc_on *on, int dtype, int from, const void *value) {
  uint64_t element[2] = {0};
  mc_convert *convert = mc_convert_for(from, dtype);
  if (convert == NULL) {
    mc_on_fail(on, "a constant of type %s cannot be made", mc_dtype_name(dtype));
    return NULL;
  }
  convert(value, element, 1);
  return mc_ge_const(on, dtype, &(mc_shape){.rank = 0}, element);
}

mc_val *mc_ge_const_int(mc_on *on, int dtype, int64_t value) { return number(on, dtype, MC_INT64, &value); }

mc_val *mc_ge_const_float(mc_on *on, int dtype, double value) { return number(on, dtype, MC_DOUBLE, &value); }

mc_val *mc_ge_const_ints(mc_on *on, int dtype, const int64_t *values, int64_t count) {
  mc_convert *convert = mc_convert_for(MC_INT64, dtype);
  void *numbers = count < 0 || convert == NULL ? NULL : mc_on_alloc(on, (size_t)count * mc_dtype_size(dtype));
  if (numbers == NULL) {
    mc_on_fail(on, "a constant of type %s cannot be made", mc_dtype_name(dtype));
    return NULL;
  }
  convert(values, numbers, count);
  return mc_ge_const(on, dtype, &(mc_shape){.rank = 1, .dims = {count}}, numbers);
}
