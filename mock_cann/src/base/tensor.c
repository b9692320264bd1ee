/* Arithmetic on shapes that cannot overflow silently. */
#include "base/tensor.h"

#include <stdio.h>

bool mc_shape_known(const mc_shape *shape) {
  if (shape->rank < 0) {
    return false;
  }
  for (int i = 0; i < shape->rank; ++i) {
    if (shape->dims[i] < 0) {
      return false;
    }
  }
  return true;
}

bool mc_shape_equal(const mc_shape *a, const mc_shape *b) {
  if (a->rank != b->rank) {
    return false;
  }
  for (int i = 0; i < a->rank; ++i) {
    if (a->dims[i] != b->dims[i]) {
      return false;
    }
  }
  return true;
}

int64_t mc_shape_count(const mc_shape *shape) {
  if (!mc_shape_known(shape)) {
    return -1;
  }
  int64_t count = 1;
  bool overflow = false;
  for (int i = 0; i < shape->rank; ++i) {
    if (shape->dims[i] == 0) {
      return 0;
    }
    overflow |= __builtin_mul_overflow(count, shape->dims[i], &count);
  }
  return overflow ? -1 : count;
}

int64_t mc_desc_bytes(const mc_desc *desc) {
  const int64_t count = mc_shape_count(&desc->shape);
  const int64_t size = (int64_t)mc_dtype_size(desc->dtype);
  int64_t bytes = 0;
  const int packed = mc_dtype_packed_bits(desc->dtype);
  if (count >= 0 && packed != 0) {
    return count / 8 * packed + (count % 8 * packed + 7) / 8;
  }
  if (count < 0 || size == 0 || __builtin_mul_overflow(count, size, &bytes)) {
    return -1;
  }
  return bytes;
}

char *mc_shape_text(const mc_shape *shape, char text[MC_SHAPE_TEXT]) {
  if (shape->rank < 0) {
    snprintf(text, MC_SHAPE_TEXT, "[-2]");
    return text;
  }
  size_t used = (size_t)snprintf(text, MC_SHAPE_TEXT, "[");
  for (int i = 0; i < shape->rank && used < MC_SHAPE_TEXT; ++i) {
    used += (size_t)snprintf(text + used, MC_SHAPE_TEXT - used, i == 0 ? "%lld" : ",%lld",
                             (long long)shape->dims[i]);
  }
  if (used < MC_SHAPE_TEXT) {
    snprintf(text + used, MC_SHAPE_TEXT - used, "]");
  }
  return text;
}
