/* What compiling found out: CompiledGraphSummary's getters. */
#include "summary.h"

#include "guard.h"

namespace {
const ge::CompiledGraphSummary &of(pge_handle summary) {
  return *pge::object<pge::Summary>(summary)->summary;
}

/* A getter's value, -1 when this graph does not tell. */
int64_t value(const ge::CompiledGraphSummary &summary,
              ge::Status (ge::CompiledGraphSummary::*getter)(size_t &) const) {
  size_t found = 0;
  return ((summary.*getter)(found) == ge::GRAPH_SUCCESS) ? static_cast<int64_t>(found) : -1;
}
} // namespace

extern "C" {
int64_t pge_compiler_summary_info(pge_handle summary, pge_summary_info *info) {
  return pge::guarded([=] {
    using Getters = ge::CompiledGraphSummary;
    const Getters &from = of(summary);
    bool refreshable = false;
    std::vector<ge::Shape> shapes;
    info->is_static = from.IsStatic() ? 1 : 0;
    info->refreshable =
        (from.GetFeatureMemoryBaseRefreshable(refreshable) == ge::GRAPH_SUCCESS && refreshable) ? 1 : 0;
    info->const_size = value(from, &Getters::GetConstMemorySize);
    info->feature_size = value(from, &Getters::GetFeatureMemorySize);
    info->fixed_feature_size = value(from, &Getters::GetFixedFeatureMemorySize);
    info->refreshable_feature_size = value(from, &Getters::GetRefreshableFeatureMemorySize);
    info->stream_count = value(from, &Getters::GetStreamNum);
    info->event_count = value(from, &Getters::GetEventNum);
    info->output_count =
        (from.GetOutputShapes(shapes) == ge::GRAPH_SUCCESS) ? static_cast<int64_t>(shapes.size()) : -1;
    info->feature_kind_count = static_cast<int64_t>(from.GetAllFeatureMemoryTypeSize().size());
    return int64_t{0};
  });
}

int64_t pge_compiler_summary_output(pge_handle summary, int32_t index, pge_tensor *output) {
  return pge::guarded([=] {
    std::vector<ge::Shape> shapes;
    std::vector<ge::DataType> dtypes;
    uint32_t status = of(summary).GetOutputShapes(shapes);
    if (status == ge::GRAPH_SUCCESS) {
      status = of(summary).GetOutputDtypes(dtypes);
    }
    if (status != ge::GRAPH_SUCCESS) {
      return pge::answer(status);
    }
    const auto position = static_cast<size_t>(index);
    if (position >= shapes.size() || position >= dtypes.size() || shapes[position].GetDimNum() > 25) {
      return -pge::kInvalid;
    }
    *output = pge_tensor{};
    output->dtype = static_cast<int32_t>(dtypes[position]);
    output->format = static_cast<int32_t>(ge::FORMAT_ND);
    output->rank = static_cast<int32_t>(shapes[position].GetDimNum());
    for (int32_t i = 0; i < output->rank; ++i) {
      output->dims[i] = shapes[position].GetDim(static_cast<size_t>(i));
    }
    return int64_t{0};
  });
}

int64_t pge_compiler_summary_feature(pge_handle summary, int32_t index, pge_feature_memory *memory) {
  return pge::guarded([=] {
    const std::vector<ge::FeatureMemoryPtr> kinds = of(summary).GetAllFeatureMemoryTypeSize();
    if (static_cast<size_t>(index) >= kinds.size()) {
      return -pge::kInvalid;
    }
    const ge::FeatureMemory &kind = *kinds[static_cast<size_t>(index)];
    memory->type = static_cast<int64_t>(kind.GetType());
    memory->size = kind.GetSize();
    memory->is_fixed = kind.IsFixed() ? 1 : 0;
    return int64_t{0};
  });
}

int64_t pge_compiler_summary_shared_io(pge_handle summary, uint32_t *pairs, int32_t capacity) {
  return pge::guarded([=] {
    std::vector<std::pair<uint32_t, uint32_t>> shared;
    const uint32_t status = of(summary).GetIOIndexesWithSameAddr(shared);
    if (status != ge::GRAPH_SUCCESS) {
      return pge::answer(status);
    }
    for (size_t i = 0; i < shared.size() && i < static_cast<size_t>(capacity); ++i) {
      pairs[2 * i] = shared[i].first;
      pairs[2 * i + 1] = shared[i].second;
    }
    return static_cast<int64_t>(shared.size());
  });
}

void pge_compiler_summary_destroy(pge_handle summary) {
  delete pge::object<pge::Summary>(summary);
}
}
