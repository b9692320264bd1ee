/* Making, changing and asking tensors, scalars and lists. */
#include "opapi_base/objects.h"

#define NEED_POINTER(pointer)                                                                                \
  do {                                                                                                       \
    if ((pointer) == NULL) {                                                                                 \
      return mc_refuse(MC_NN_NULL, "EH0008", __func__, #pointer);                                            \
    }                                                                                                        \
  } while (0)

static bool read_shape(const char *function, const char *name, const int64_t *dims, uint64_t count, mc_shape *shape) {
  if (count > MC_MAX_RANK || (count > 0 && dims == NULL)) {
    mc_report("EH0007", function, MC_TEXT("%llu", (unsigned long long)count), name, "0 to 25, with that many dims",
              (char *)NULL);
    return false;
  }
  shape->rank = (int)count;
  for (uint64_t i = 0; i < count; ++i) {
    if (dims[i] < 0) {
      mc_report("EH0007", function, MC_TEXT("%lld", (long long)dims[i]), name, "dims of 0 or more", (char *)NULL);
      return false;
    }
    shape->dims[i] = dims[i];
  }
  return true;
}

static bool fill(const char *function, aclTensor *tensor, const int64_t *view, uint64_t view_count, aclDataType dtype,
                 const int64_t *strides, int64_t offset, aclFormat format, const int64_t *storage,
                 uint64_t storage_count, void *data) {
  aclTensor made = {.dtype = dtype, .format = format, .offset = offset, .data = data};
  if (!read_shape(function, "viewDims", view, view_count, &made.view) ||
      !read_shape(function, "storageDims", storage, storage_count, &made.storage)) {
    return false;
  }
  int64_t dense = 1;
  for (int i = made.view.rank - 1; i >= 0; --i) {
    made.strides[i] = strides == NULL ? dense : strides[i];
    if (made.strides[i] < 0 || __builtin_mul_overflow(dense, made.view.dims[i], &dense)) {
      mc_report("EH0007", function, MC_TEXT("%lld", (long long)made.strides[i]), "stride", "0 or more", (char *)NULL);
      return false;
    }
  }
  if (offset < 0) {
    mc_report("EH0007", function, MC_TEXT("%lld", (long long)offset), "offset", "0 or more", (char *)NULL);
    return false;
  }
  *tensor = made;
  return true;
}

aclTensor *aclCreateTensor(const int64_t *viewDims, uint64_t viewDimsNum, aclDataType dataType, const int64_t *stride,
                           int64_t offset, aclFormat format, const int64_t *storageDims, uint64_t storageDimsNum,
                           void *tensorData) {
  aclTensor *tensor = malloc(sizeof *tensor);
  if (tensor == NULL || !fill(__func__, tensor, viewDims, viewDimsNum, dataType, stride, offset, format, storageDims,
                              storageDimsNum, tensorData)) {
    free(tensor);
    return NULL;
  }
  return tensor;
}

aclnnStatus aclInitTensor(aclTensor *tensor, const int64_t *viewDims, uint64_t viewDimsNum, aclDataType dataType,
                          const int64_t *stride, int64_t offset, aclFormat format, const int64_t *storageDims,
                          uint64_t storageDimsNum, void *tensorDataAddr) {
  NEED_POINTER(tensor);
  return fill(__func__, tensor, viewDims, viewDimsNum, dataType, stride, offset, format, storageDims, storageDimsNum,
              tensorDataAddr)
             ? MC_OK
             : MC_NN_INVALID;
}

aclScalar *aclCreateScalar(void *value, aclDataType dataType) {
  const size_t size = mc_dtype_size((int)dataType);
  aclScalar *scalar = value == NULL || size == 0 || size > sizeof scalar->value ? NULL : calloc(1, sizeof *scalar);
  if (scalar == NULL) {
    mc_report("EH0012", __func__, value == NULL ? "value" : "dataType",
              value == NULL ? "it is NULL" : MC_TEXT("%d is no type of 1 to 16 bytes", (int)dataType), (char *)NULL);
    return NULL;
  }
  scalar->dtype = dataType;
  memcpy(scalar->value, value, size);
  return scalar;
}

aclnnStatus aclDestroyTensor(const aclTensor *tensor) {
  free((void *)(uintptr_t)tensor);
  return MC_OK;
}

aclnnStatus aclDestroyScalar(const aclScalar *scalar) {
  free((void *)(uintptr_t)scalar);
  return MC_OK;
}

/* ---- questions ---- */

static int copy_dims(const int64_t *from, int count, int64_t **to, uint64_t *to_count) {
  int64_t *copy = malloc(((size_t)count + 1) * sizeof *copy);
  if (copy == NULL) {
    return no_host_memory((size_t)count * sizeof *copy);
  }
  memcpy(copy, from, (size_t)count * sizeof *copy);
  *to = copy;
  *to_count = (uint64_t)count;
  return MC_OK;
}

/* The caller releases the array with delete[]; CANN allocates it with new[], which malloc backs here. */
aclnnStatus aclGetViewShape(const aclTensor *tensor, int64_t **viewDims, uint64_t *viewDimsNum) {
  NEED_POINTER(tensor);
  NEED_POINTER(viewDims);
  NEED_POINTER(viewDimsNum);
  return copy_dims(tensor->view.dims, tensor->view.rank, viewDims, viewDimsNum);
}

aclnnStatus aclGetStorageShape(const aclTensor *tensor, int64_t **storageDims, uint64_t *storageDimsNum) {
  NEED_POINTER(tensor);
  NEED_POINTER(storageDims);
  NEED_POINTER(storageDimsNum);
  return copy_dims(tensor->storage.dims, tensor->storage.rank, storageDims, storageDimsNum);
}

aclnnStatus aclGetViewStrides(const aclTensor *tensor, int64_t **stridesValue, uint64_t *stridesNum) {
  NEED_POINTER(tensor);
  NEED_POINTER(stridesValue);
  NEED_POINTER(stridesNum);
  return copy_dims(tensor->strides, tensor->view.rank, stridesValue, stridesNum);
}

#define ANSWER(name, type, result, expression)                                                               \
  aclnnStatus name(const type *object, result *answer) {                                                     \
    NEED_POINTER(object);                                                                                    \
    NEED_POINTER(answer);                                                                                    \
    *answer = expression;                                                                                    \
    return MC_OK;                                                                                            \
  }

ANSWER(aclGetViewOffset, aclTensor, int64_t, object->offset)
ANSWER(aclGetFormat, aclTensor, aclFormat, object->format)
ANSWER(aclGetDataType, aclTensor, aclDataType, object->dtype)
ANSWER(aclGetRawTensorAddr, aclTensor, void *, object->data)
ANSWER(aclGetIntArraySize, aclIntArray, uint64_t, object->count)
ANSWER(aclGetFloatArraySize, aclFloatArray, uint64_t, object->count)
ANSWER(aclGetBoolArraySize, aclBoolArray, uint64_t, object->count)
ANSWER(aclGetTensorListSize, aclTensorList, uint64_t, object->count)
ANSWER(aclGetScalarListSize, aclScalarList, uint64_t, object->count)

aclnnStatus aclSetRawTensorAddr(aclTensor *tensor, void *addr) {
  NEED_POINTER(tensor);
  tensor->data = addr;
  return MC_OK;
}
