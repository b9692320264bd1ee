/* ge::CompiledGraphSummary's getters. A graph with dynamic shapes knows few of them at compile time. */
#include "ge/ge_api_error_codes.h"
#include "ge/not_emulated.h"
#include "ge/summary_builder.h"

namespace ge {
namespace {
/* A size of nothing is reported as the smallest block the device hands out. */
const size_t kSmallestBlock = 512U;

Status Size(bool known, size_t real, size_t &size) {
  size = known ? ((real == 0U) ? kSmallestBlock : real) : 0U;
  return known ? SUCCESS : FAILED;
}
}  // namespace

CompiledGraphSummary::~CompiledGraphSummary() = default;

bool CompiledGraphSummary::IsStatic() const { return data_->is_static; }

Status CompiledGraphSummary::GetConstMemorySize(size_t &size) const {
  return Size(data_->is_static, data_->const_size, size);
}

Status CompiledGraphSummary::GetFeatureMemorySize(size_t &size) const {
  return Size(data_->is_static, data_->feature_size, size);
}

Status CompiledGraphSummary::GetRefreshableFeatureMemorySize(size_t &size) const {
  return Size(data_->is_static, data_->refreshable_size, size);
}

Status CompiledGraphSummary::GetFixedFeatureMemorySize(size_t &size) const {
  size = data_->fixed_size;
  return SUCCESS;
}

std::vector<FeatureMemoryPtr> CompiledGraphSummary::GetAllFeatureMemoryTypeSize() const {
  return data_->feature_memory;
}

Status CompiledGraphSummary::GetFeatureMemoryBaseRefreshable(bool &v) const {
  v = data_->is_static && data_->refreshable;
  return data_->is_static ? SUCCESS : FAILED;
}

Status CompiledGraphSummary::GetStreamNum(size_t &num) const {
  num = data_->streams;
  return SUCCESS;
}

Status CompiledGraphSummary::GetEventNum(size_t &num) const {
  num = data_->is_static ? data_->events : 0U;
  return data_->is_static ? SUCCESS : FAILED;
}

Status CompiledGraphSummary::GetOutputShapes(std::vector<Shape> &shapes) const {
  if (!data_->is_static) {
    return FAILED;
  }
  /* Copies of a Shape share their dimensions; the caller gets its own. */
  shapes.clear();
  for (const Shape &shape : data_->output_shapes) {
    shapes.emplace_back(shape.GetDims());
  }
  return SUCCESS;
}

Status CompiledGraphSummary::GetOutputDtypes(std::vector<DataType> &dtypes) const {
  if (!data_->is_static) {
    return FAILED;
  }
  dtypes = data_->output_types;
  return SUCCESS;
}

Status CompiledGraphSummary::GetIOIndexesWithSameAddr(
    std::vector<std::pair<uint32_t, uint32_t>> &io_indexes) const {
  if (!data_->is_static) {
    return FAILED;
  }
  io_indexes = data_->shared_io;
  return SUCCESS;
}

Status CompiledGraphSummary::GetExternalWeightPaths(std::vector<ExternalWeightDescPtr> &paths) const {
  paths.clear();
  if (data_->is_static) {
    paths = data_->external_weights;
  }
  return SUCCESS;
}

Status CompiledGraphSummary::GetStreamAllocationSummary(
    std::shared_ptr<StreamAllocationSummary> &stream_allocation) const {
  stream_allocation.reset();
  return mc::NotEmulated("CompiledGraphSummary::GetStreamAllocationSummary");
}
}  // namespace ge
