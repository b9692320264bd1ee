/* Model descriptions: shapes, their ranges, and names that do not fit. */
#include "acl/mdl/models.h"

#include <stdio.h>

typedef const mc_io *io_getter(const mc_model *model, int index);

/* A name of up to 127 characters is given as it is, a longer one gets a short one. */
static void synthesise(const aclmdlDesc *desc, size_t index, const char *side,
                       char name[ACL_MAX_TENSOR_NAME_LEN]) {
  snprintf(name, ACL_MAX_TENSOR_NAME_LEN, "acl_modelId_%u_%s_%zu", desc->id, side, index);
}

static void set_name(const aclmdlDesc *desc, const mc_io *io, size_t index, const char *side,
                     aclmdlIODims *dims) {
  const char *name = io->name == NULL ? "" : io->name;
  if (strlen(name) < ACL_MAX_TENSOR_NAME_LEN) {
    memcpy(dims->name, name, strlen(name) + 1);
  } else {
    synthesise(desc, index, side, dims->name);
  }
}

static void set_dims(const mc_shape *shape, aclmdlIODims *dims) {
  if (shape->rank < 0) {
    dims->dimCount = 1;
    dims->dims[0] = MC_DIM_UNKNOWN_RANK;
    return;
  }
  dims->dimCount = (size_t)shape->rank;
  memcpy(dims->dims, shape->dims, (size_t)shape->rank * sizeof dims->dims[0]);
}

static int find_io(const char *function, const aclmdlDesc *desc, io_getter *getter, size_t index,
                   const mc_io **io) {
  *io = desc->model == NULL || index > INT32_MAX ? NULL : getter(desc->model, (int)index);
  if (*io == NULL) {
    return mc_refuse(MC_INVALID_PARAM, "EH0007", function, MC_TEXT("%zu", index), "index",
                     "less than the number of inputs or outputs");
  }
  return MC_OK;
}

static int tell_dims(const char *function, const aclmdlDesc *desc, io_getter *getter, size_t index,
                     const char *side, aclmdlIODims *dims) {
  const mc_io *io = NULL;
  TRY(find_io(function, desc, getter, index, &io));
  set_name(desc, io, index, side, dims);
  set_dims(&io->desc.shape, dims);
  return MC_OK;
}

aclError aclmdlGetInputDims(const aclmdlDesc *modelDesc, size_t index, aclmdlIODims *dims) {
  REQUIRE(modelDesc);
  REQUIRE(dims);
  return tell_dims(__func__, modelDesc, mc_model_input, index, "input", dims);
}

/* The second version would tell dims after AIPP, which no model of ours has. */
aclError aclmdlGetInputDimsV2(const aclmdlDesc *modelDesc, size_t index, aclmdlIODims *dims) {
  REQUIRE(modelDesc);
  REQUIRE(dims);
  return tell_dims(__func__, modelDesc, mc_model_input, index, "input", dims);
}

aclError aclmdlGetOutputDims(const aclmdlDesc *modelDesc, size_t index, aclmdlIODims *dims) {
  REQUIRE(modelDesc);
  REQUIRE(dims);
  return tell_dims(__func__, modelDesc, mc_model_output, index, "output", dims);
}

/* The smallest dim among the gears. */
static int64_t least_in_gears(const mc_model *model, int input, int axis) {
  int64_t least = INT64_MAX;
  for (int gear = 0; gear < mc_model_gear_count(model); ++gear) {
    int count = 0;
    mc_shape shape;
    const int64_t *values = mc_model_gear(model, gear, &count);
    if (mc_model_gear_shape(model, values, count, false, input, &shape) == 0 && shape.dims[axis] < least) {
      least = shape.dims[axis];
    }
  }
  return least;
}

aclError aclmdlGetInputDimsRange(const aclmdlDesc *modelDesc, size_t index, aclmdlIODimsRange *dimsRange) {
  const mc_io *io = NULL;
  REQUIRE(modelDesc);
  REQUIRE(dimsRange);
  TRY(find_io(__func__, modelDesc, mc_model_input, index, &io));
  const mc_shape *shape = &io->desc.shape;
  dimsRange->rangeCount = shape->rank < 0 ? 0 : (size_t)shape->rank;
  for (int axis = 0; axis < shape->rank; ++axis) {
    const bool fixed = shape->dims[axis] >= 0, gears = mc_model_gear_count(modelDesc->model) > 0;
    dimsRange->range[axis][0] = fixed   ? shape->dims[axis]
                                : gears ? least_in_gears(modelDesc->model, (int)index, axis)
                                        : 0;
    dimsRange->range[axis][1] = fixed ? shape->dims[axis] : io->upper.dims[axis];
  }
  return MC_OK;
}

aclError aclmdlGetCurOutputDims(const aclmdlDesc *modelDesc, size_t index, aclmdlIODims *dims) {
  REQUIRE(modelDesc);
  REQUIRE(dims);
  TRY(tell_dims(__func__, modelDesc, mc_model_output, index, "output", dims));
  if (!mc_model_is_static(modelDesc->model)) {
    return mc_refuse(
        ACL_ERROR_API_NOT_SUPPORT, "EH0006", "aclmdlGetCurOutputDims",
        "the model has dynamic shapes; read the output dataset's tensor descriptions after execution");
  }
  mc_model_entry *entry =
      mc_model_gear_count(modelDesc->model) > 0 ? mc_model_table_find(modelDesc->id) : NULL;
  if (entry != NULL) {
    mc_shape shape;
    if (mc_model_entry_output_shape(entry, (int)index, &shape)) {
      set_dims(&shape, dims);
    }
    mc_model_entry_release(entry);
  }
  return MC_OK;
}

static const char *real_name(const aclmdlDesc *desc, io_getter *getter, const char *side, const char *name) {
  const mc_io *io = NULL;
  for (int i = 0; (io = getter(desc->model, i)) != NULL; ++i) {
    char synthesised[ACL_MAX_TENSOR_NAME_LEN] = "";
    if (io->name != NULL && strlen(io->name) >= ACL_MAX_TENSOR_NAME_LEN) {
      synthesise(desc, (size_t)i, side, synthesised);
    }
    if (io->name != NULL && (strcmp(name, io->name) == 0 || strcmp(name, synthesised) == 0)) {
      return io->name;
    }
  }
  return NULL;
}

const char *aclmdlGetTensorRealName(const aclmdlDesc *modelDesc, const char *name) {
  if (modelDesc == NULL || modelDesc->model == NULL || name == NULL || name[0] == '\0') {
    return NULL;
  }
  const char *found = real_name(modelDesc, mc_model_input, "input", name);
  return found != NULL ? found : real_name(modelDesc, mc_model_output, "output", name);
}
