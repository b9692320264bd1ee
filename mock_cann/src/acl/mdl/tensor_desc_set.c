/* Tensor descriptions: what can be changed. */
#include "acl/mdl/dims.h"

static int assign_text(char **to, const char *text) {
  char *copy = strdup(text);
  if (copy == NULL) {
    return no_host_memory(strlen(text) + 1);
  }
  free(*to);
  *to = copy;
  return MC_OK;
}

static int assign_bounds(mc_bounds **to, size_t *to_count, size_t count, int64_t (*bounds)[2]) {
  mc_bounds *copy = malloc(count * sizeof *copy + 1);
  if (copy == NULL) {
    return no_host_memory(count * sizeof *copy);
  }
  memcpy(copy, bounds, count * sizeof *copy);
  free(*to);
  *to = copy;
  *to_count = count;
  return MC_OK;
}

static int assign_dims(const char *function, mc_dim_list *to, int count, const int64_t *dims) {
  if (count < 0 || count > ACL_MAX_DIM_CNT) {
    return mc_refuse(MC_INVALID_PARAM, "EH0007", function, MC_TEXT("%d", count), "numDims", "0 to 128");
  }
  if (count > 0 && dims == NULL) {
    return mc_refuse(MC_INVALID_PARAM, "EH0008", function, "dims");
  }
  return dims_assign(to, dims, (size_t)count);
}

void aclSetTensorDescName(aclTensorDesc *desc, const char *name) {
  if (desc != NULL) {
    (void)assign_text(&desc->name, name == NULL ? "" : name);
  }
}

aclError aclSetTensorShapeRange(aclTensorDesc *desc, size_t dimsCount,
                                int64_t dimsRange[][ACL_TENSOR_SHAPE_RANGE_NUM]) {
  REQUIRE(desc);
  REQUIRE(dimsRange);
  REFUSE_UNLESS(dimsCount <= ACL_MAX_DIM_CNT, dimsCount, "dimsCount", "at most 128");
  return assign_bounds(&desc->shape_range, &desc->shape_range_count, dimsCount, dimsRange);
}

aclError aclSetTensorValueRange(aclTensorDesc *desc, size_t valueCount,
                                int64_t valueRange[][ACL_TENSOR_VALUE_RANGE_NUM]) {
  REQUIRE(desc);
  REQUIRE(valueRange);
  REFUSE_UNLESS(valueCount <= SIZE_MAX / sizeof(mc_bounds) / 2, valueCount, "valueCount",
                "a count that fits in memory");
  return assign_bounds(&desc->value_range, &desc->value_range_count, valueCount, valueRange);
}

aclError aclSetTensorFormat(aclTensorDesc *desc, aclFormat format) {
  REQUIRE(desc);
  desc->format = format;
  return MC_OK;
}

aclError aclSetTensorStorageFormat(aclTensorDesc *desc, aclFormat format) {
  REQUIRE(desc);
  desc->storage_format = format;
  return MC_OK;
}

aclError aclSetTensorOriginFormat(aclTensorDesc *desc, aclFormat format) {
  REQUIRE(desc);
  desc->origin_format = format;
  return MC_OK;
}

aclError aclSetTensorShape(aclTensorDesc *desc, int numDims, const int64_t *dims) {
  REQUIRE(desc);
  return assign_dims(__func__, &desc->shape, numDims, dims);
}

aclError aclSetTensorStorageShape(aclTensorDesc *desc, int numDims, const int64_t *dims) {
  REQUIRE(desc);
  return assign_dims(__func__, &desc->storage_shape, numDims, dims);
}

aclError aclSetTensorOriginShape(aclTensorDesc *desc, int numDims, const int64_t *dims) {
  REQUIRE(desc);
  return assign_dims(__func__, &desc->origin_shape, numDims, dims);
}

aclError aclSetTensorDynamicInput(aclTensorDesc *desc, const char *dynamicInputName) {
  REQUIRE(desc);
  REQUIRE(dynamicInputName);
  return assign_text(&desc->dynamic_input, dynamicInputName);
}

aclError aclSetTensorConst(aclTensorDesc *desc, void *dataBuffer, size_t length) {
  REQUIRE(desc);
  REQUIRE(dataBuffer);
  REQUIRE_SIZE(length);
  void *copy = malloc(length);
  if (copy == NULL) {
    return no_host_memory(length);
  }
  memcpy(copy, dataBuffer, length);
  free(desc->constant);
  desc->constant = copy;
  desc->constant_size = length;
  return MC_OK;
}

aclError aclSetTensorPlaceMent(aclTensorDesc *desc, aclMemType memType) {
  REQUIRE(desc);
  REFUSE_UNLESS((unsigned)memType <= ACL_MEMTYPE_HOST_COMPILE_INDEPENDENT, memType, "memType",
                "an aclMemType");
  desc->place = memType;
  return MC_OK;
}
