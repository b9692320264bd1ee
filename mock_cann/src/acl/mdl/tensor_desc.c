/* Tensor descriptions: creation and what can be asked. */
#include "acl/mdl/dims.h"

static void *copy_of(const void *bytes, size_t size) {
  void *copy = malloc(size + 1);
  if (copy != NULL) {
    memcpy(copy, bytes, size);
  }
  return copy;
}

static void destroy(aclTensorDesc *desc) {
  free(desc->shape.dims);
  free(desc->storage_shape.dims);
  free(desc->origin_shape.dims);
  free(desc->shape_range);
  free(desc->value_range);
  free(desc->name);
  free(desc->dynamic_input);
  free(desc->constant);
  free(desc);
}

aclTensorDesc *aclCreateTensorDesc(aclDataType dataType, int numDims, const int64_t *dims, aclFormat format) {
  if (numDims < 0 || numDims > ACL_MAX_DIM_CNT || (numDims > 0 && dims == NULL)) {
    mc_report("EH0007", __func__, MC_TEXT("%d", numDims), "numDims", "0 to 128, with that many dims",
              (char *)NULL);
    return NULL;
  }
  aclTensorDesc *desc = calloc(1, sizeof *desc);
  if (desc == NULL || dims_assign(&desc->shape, dims, (size_t)numDims) != MC_OK) {
    free(desc);
    return NULL;
  }
  desc->type = dataType;
  desc->format = desc->storage_format = desc->origin_format = format;
  return desc;
}

void aclDestroyTensorDesc(const aclTensorDesc *desc) {
  if (desc != NULL) {
    destroy((aclTensorDesc *)(uintptr_t)desc);
  }
}

/* Copies the owned parts of `from` over the pointers that were copied with the struct. */
static bool own(aclTensorDesc *to, const aclTensorDesc *from) {
  bool ok = dims_assign(&to->shape, from->shape.dims, from->shape.count) == MC_OK &&
            dims_assign(&to->storage_shape, from->storage_shape.dims, from->storage_shape.count) == MC_OK &&
            dims_assign(&to->origin_shape, from->origin_shape.dims, from->origin_shape.count) == MC_OK;
  if (ok && from->shape_range != NULL) {
    ok = (to->shape_range = copy_of(from->shape_range, from->shape_range_count * sizeof(mc_bounds))) != NULL;
  }
  if (ok && from->value_range != NULL) {
    ok = (to->value_range = copy_of(from->value_range, from->value_range_count * sizeof(mc_bounds))) != NULL;
  }
  if (ok && from->name != NULL) {
    ok = (to->name = strdup(from->name)) != NULL;
  }
  if (ok && from->dynamic_input != NULL) {
    ok = (to->dynamic_input = strdup(from->dynamic_input)) != NULL;
  }
  if (ok && from->constant != NULL) {
    ok = (to->constant = copy_of(from->constant, from->constant_size)) != NULL;
  }
  return ok;
}

aclTensorDesc *mc_acl_tensor_desc_copy(const aclTensorDesc *desc) {
  aclTensorDesc *copy = malloc(sizeof *copy);
  if (copy == NULL) {
    (void)no_host_memory(sizeof *copy);
    return NULL;
  }
  *copy = *desc;
  copy->shape = copy->storage_shape = copy->origin_shape = (mc_dim_list){0};
  copy->shape_range = copy->value_range = NULL;
  copy->name = copy->dynamic_input = NULL;
  copy->constant = NULL;
  if (!own(copy, desc)) {
    destroy(copy);
    return NULL;
  }
  return copy;
}

/* ---- questions ---- */

aclDataType aclGetTensorDescType(const aclTensorDesc *desc) {
  return desc == NULL ? ACL_DT_UNDEFINED : desc->type;
}

aclFormat aclGetTensorDescFormat(const aclTensorDesc *desc) {
  return desc == NULL ? ACL_FORMAT_UNDEFINED : desc->format;
}

/* 0 when a dim is unknown or the product does not fit. */
size_t aclGetTensorDescElementCount(const aclTensorDesc *desc) {
  size_t count = 1;
  if (desc == NULL) {
    return 0;
  }
  for (size_t i = 0; i < desc->shape.count; ++i) {
    if (desc->shape.dims[i] < 0 || __builtin_mul_overflow(count, (size_t)desc->shape.dims[i], &count)) {
      return 0;
    }
  }
  return count;
}

size_t aclGetTensorDescSize(const aclTensorDesc *desc) {
  size_t size = 0;
  if (desc == NULL ||
      __builtin_mul_overflow(aclGetTensorDescElementCount(desc), aclDataTypeSize(desc->type), &size)) {
    return 0;
  }
  return size;
}

size_t aclGetTensorDescNumDims(const aclTensorDesc *desc) {
  if (desc == NULL) {
    return 0;
  }
  return rank_unknown(&desc->shape) ? (size_t)ACL_UNKNOWN_RANK : desc->shape.count;
}

aclError aclGetTensorDescDimV2(const aclTensorDesc *desc, size_t index, int64_t *dimSize) {
  REQUIRE(desc);
  REQUIRE(dimSize);
  REFUSE_UNLESS(index < desc->shape.count, index, "index", "less than the number of dims");
  *dimSize = desc->shape.dims[index];
  return MC_OK;
}

int64_t aclGetTensorDescDim(const aclTensorDesc *desc, size_t index) {
  int64_t dim = -1;
  return aclGetTensorDescDimV2(desc, index, &dim) == MC_OK ? dim : -1;
}

aclError aclGetTensorDescDimRange(const aclTensorDesc *desc, size_t index, size_t dimRangeNum,
                                  int64_t *dimRange) {
  REQUIRE(desc);
  REQUIRE(dimRange);
  REFUSE_UNLESS(dimRangeNum >= ACL_TENSOR_SHAPE_RANGE_NUM, dimRangeNum, "dimRangeNum", "room for 2 bounds");
  if (index < desc->shape_range_count) {
    memcpy(dimRange, desc->shape_range[index], sizeof(mc_bounds));
    return MC_OK;
  }
  REFUSE_UNLESS(index < desc->shape.count, index, "index", "less than the number of dims");
  REFUSE_UNLESS(desc->shape.dims[index] >= 0, index, "index",
                "a known dim, or one with a range (aclSetTensorShapeRange)");
  dimRange[0] = dimRange[1] = desc->shape.dims[index];
  return MC_OK;
}

const char *aclGetTensorDescName(aclTensorDesc *desc) {
  return desc == NULL || desc->name == NULL ? "" : desc->name;
}
