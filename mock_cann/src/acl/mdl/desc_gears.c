/* Model descriptions: the gears a model was built with. */
#include "acl/mdl/models.h"

#define ALL_INPUTS ((size_t)-1) /* the only index that these questions take */

/* How many gears of this kind there are: 0 when the model has none or others. */
static size_t gears_of(const aclmdlDesc *desc, mc_gear_kind kind) {
  return desc->model != NULL && mc_model_gear_kind(desc->model) == kind
             ? (size_t)mc_model_gear_count(desc->model)
             : 0;
}

static int too_many_gears(size_t count) {
  return mc_refuse(ACL_ERROR_STORAGE_OVER_LIMIT, "EH0001", MC_TEXT("%zu", count), "gears",
                   "the structure has room for 128");
}

aclError aclmdlGetDynamicBatch(const aclmdlDesc *modelDesc, aclmdlBatch *batch) {
  REQUIRE(modelDesc);
  REQUIRE(batch);
  const size_t count = gears_of(modelDesc, MC_GEAR_BATCH);
  if (count > ACL_MAX_BATCH_NUM) {
    return too_many_gears(count);
  }
  batch->batchCount = count;
  for (size_t i = 0; i < count; ++i) {
    int width = 0;
    batch->batch[i] = (uint64_t)mc_model_gear(modelDesc->model, (int)i, &width)[0];
  }
  return MC_OK;
}

aclError aclmdlGetDynamicHW(const aclmdlDesc *modelDesc, size_t index, aclmdlHW *hw) {
  REQUIRE(modelDesc);
  REQUIRE(hw);
  REFUSE_UNLESS(index == ALL_INPUTS, index, "index", "-1");
  const size_t count = gears_of(modelDesc, MC_GEAR_IMAGE);
  if (count > ACL_MAX_HW_NUM) {
    return too_many_gears(count);
  }
  hw->hwCount = count;
  for (size_t i = 0; i < count; ++i) {
    int width = 0;
    const int64_t *values = mc_model_gear(modelDesc->model, (int)i, &width);
    hw->hw[i][0] = (uint64_t)values[0];
    hw->hw[i][1] = (uint64_t)values[1];
  }
  return MC_OK;
}

aclError aclmdlGetInputDynamicGearCount(const aclmdlDesc *modelDesc, size_t index, size_t *gearCount) {
  REQUIRE(modelDesc);
  REQUIRE(gearCount);
  REFUSE_UNLESS(index == ALL_INPUTS, index, "index", "-1");
  const size_t count = gears_of(modelDesc, MC_GEAR_DIMS);
  if (count > ACL_MAX_SHAPE_COUNT) {
    return too_many_gears(count);
  }
  *gearCount = count;
  return MC_OK;
}

aclError aclmdlGetInputDynamicDims(const aclmdlDesc *modelDesc, size_t index, aclmdlIODims *dims,
                                   size_t gearCount) {
  REQUIRE(modelDesc);
  REQUIRE(dims);
  REFUSE_UNLESS(index == ALL_INPUTS, index, "index", "-1");
  const size_t count = gears_of(modelDesc, MC_GEAR_DIMS);
  REFUSE_UNLESS(gearCount >= count, gearCount, "gearCount",
                MC_TEXT("at least %zu, the model's gears", count));
  for (size_t i = 0; i < count; ++i) {
    const int n = mc_model_gear_dims(modelDesc->model, (int)i, dims[i].dims, ACL_MAX_DIM_CNT);
    if (n > ACL_MAX_DIM_CNT) {
      return mc_refuse(ACL_ERROR_STORAGE_OVER_LIMIT, "EH0001", MC_TEXT("%d", n), "dims of all inputs",
                       "the structure has room for 128");
    }
    dims[i].dimCount = (size_t)n;
  }
  return MC_OK;
}
