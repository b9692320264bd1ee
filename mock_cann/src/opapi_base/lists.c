/* Arrays of numbers, which copy, and lists of tensors and scalars, which take their members over. */
#include "opapi_base/objects.h"

/* An object of a count and `count` members that are copied from `values`. */
static void *make(const char *function, const void *values, uint64_t count, size_t size) {
  size_t bytes;
  if ((count > 0 && values == NULL) || __builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2) {
    mc_report("EH0012", function, "value", MC_TEXT("%llu members cannot be read", (unsigned long long)count),
              (char *)NULL);
    return NULL;
  }
  size_t *object = malloc(sizeof *object + bytes);
  if (object == NULL) {
    (void)no_host_memory(bytes);
    return NULL;
  }
  *object = (size_t)count;
  if (bytes > 0) {
    memcpy(object + 1, values, bytes);
  }
  return object;
}

aclIntArray *aclCreateIntArray(const int64_t *value, uint64_t size) { return make(__func__, value, size, sizeof *value); }

aclFloatArray *aclCreateFloatArray(const float *value, uint64_t size) {
  return make(__func__, value, size, sizeof *value);
}

aclBoolArray *aclCreateBoolArray(const bool *value, uint64_t size) { return make(__func__, value, size, sizeof *value); }

aclTensorList *aclCreateTensorList(const aclTensor *const *value, uint64_t size) {
  return make(__func__, value, size, sizeof *value);
}

aclScalarList *aclCreateScalarList(const aclScalar *const *value, uint64_t size) {
  return make(__func__, value, size, sizeof *value);
}

aclnnStatus aclDestroyIntArray(const aclIntArray *array) {
  free((void *)(uintptr_t)array);
  return MC_OK;
}

aclnnStatus aclDestroyFloatArray(const aclFloatArray *array) {
  free((void *)(uintptr_t)array);
  return MC_OK;
}

aclnnStatus aclDestroyBoolArray(const aclBoolArray *array) {
  free((void *)(uintptr_t)array);
  return MC_OK;
}

aclnnStatus aclDestroyTensorList(const aclTensorList *array) {
  for (size_t i = 0; array != NULL && i < array->count; ++i) {
    free(array->members[i]);
  }
  free((void *)(uintptr_t)array);
  return MC_OK;
}

aclnnStatus aclDestroyScalarList(const aclScalarList *array) {
  for (size_t i = 0; array != NULL && i < array->count; ++i) {
    free(array->members[i]);
  }
  free((void *)(uintptr_t)array);
  return MC_OK;
}
