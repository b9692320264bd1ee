/* What compiling a graph found out: memory sizes, streams, outputs. */
#ifndef GE_GE_GRAPH_COMPILE_SUMMARY_H_
#define GE_GE_GRAPH_COMPILE_SUMMARY_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "external/ge_common/ge_common_api_types.h"
#include "ge/ge_external_weight_desc.h"
#include "ge/ge_feature_memory.h"
#include "graph/ascend_string.h"
#include "graph/gnode.h"
#include "graph/tensor.h"
#include "graph/types.h"

namespace ge {
class LogicalStreamAllocationInfo {
 public:
  class LogicalStreamAllocationInfoImpl;

  LogicalStreamAllocationInfo();
  ~LogicalStreamAllocationInfo();
  LogicalStreamAllocationInfo(const LogicalStreamAllocationInfo &stream_info);
  LogicalStreamAllocationInfo &operator=(const LogicalStreamAllocationInfo &stream_info);
  AscendString ToStringInfo() const;
  int64_t GetLogicalStreamId() const;
  AscendString GetUsrStreamLabel() const;
  bool IsAssignedByStreamPass() const;
  std::vector<int64_t> GetAttachedStreamIds() const;
  size_t GetPhysicalStreamNum() const;
  size_t GetHcclFollowedStreamNum() const;
  const std::vector<GNode> &GetAllNodes() const;

 private:
  std::unique_ptr<LogicalStreamAllocationInfoImpl> impl_;
};

class StreamAllocationSummary {
 public:
  class StreamAllocationSummaryImpl;

  StreamAllocationSummary();
  ~StreamAllocationSummary();
  const std::map<AscendString, AscendString> &ToStreamGraph() const;
  const std::map<AscendString, std::vector<LogicalStreamAllocationInfo>> &GetAllLogicalStreamInfos() const;

 private:
  std::unique_ptr<StreamAllocationSummaryImpl> impl_;
};

class CompiledGraphSummary {
 public:
  class Builder;
  class SummaryData;

  ~CompiledGraphSummary();
  CompiledGraphSummary &operator=(const CompiledGraphSummary &) & = delete;
  CompiledGraphSummary(const CompiledGraphSummary &) = delete;
  bool IsStatic() const;
  Status GetConstMemorySize(size_t &size) const;
  Status GetFeatureMemorySize(size_t &size) const;
  Status GetFixedFeatureMemorySize(size_t &size) const;
  std::vector<FeatureMemoryPtr> GetAllFeatureMemoryTypeSize() const;
  Status GetRefreshableFeatureMemorySize(size_t &size) const;
  Status GetFeatureMemoryBaseRefreshable(bool &v) const;
  Status GetStreamNum(size_t &num) const;
  Status GetEventNum(size_t &num) const;
  Status GetOutputShapes(std::vector<Shape> &shapes) const;
  Status GetOutputDtypes(std::vector<DataType> &dtypes) const;
  Status GetIOIndexesWithSameAddr(std::vector<std::pair<uint32_t, uint32_t>> &io_indexes) const;
  Status GetExternalWeightPaths(std::vector<ExternalWeightDescPtr> &paths) const;
  Status GetStreamAllocationSummary(std::shared_ptr<StreamAllocationSummary> &stream_allocation) const;

 private:
  CompiledGraphSummary() = default;

  std::shared_ptr<SummaryData> data_;
};

using CompiledGraphSummaryPtr = std::shared_ptr<CompiledGraphSummary>;
}  // namespace ge

extern "C" {
ge::Status GEStreamAllocationSummaryGetStringInfos(
    const ge::CompiledGraphSummary &compiled_graph_summary,
    std::map<ge::AscendString, std::vector<ge::AscendString>> &graph_to_string_infos);
ge::Status GEStreamAllocationSummaryGetLogicalStreamIds(
    const ge::CompiledGraphSummary &compiled_graph_summary,
    std::map<ge::AscendString, std::vector<int64_t>> &graph_to_logical_stream_ids);
ge::Status GEStreamAllocationSummaryGetUsrStreamLabels(
    const ge::CompiledGraphSummary &compiled_graph_summary,
    std::map<ge::AscendString, std::vector<ge::AscendString>> &graph_to_user_stream_labels);
ge::Status GEStreamAllocationSummaryIsAssignedByStreamPass(
    const ge::CompiledGraphSummary &compiled_graph_summary,
    std::map<ge::AscendString, std::vector<bool>> &graph_to_is_assigned_by_stream_pass);
ge::Status GEStreamAllocationSummaryGetAttachedStreamIds(
    const ge::CompiledGraphSummary &compiled_graph_summary,
    std::map<ge::AscendString, std::vector<std::vector<int64_t>>> &graph_to_attached_stream_ids);
ge::Status GEStreamAllocationSummaryGetPhysicalStreamNums(
    const ge::CompiledGraphSummary &compiled_graph_summary,
    std::map<ge::AscendString, std::vector<int64_t>> &graph_to_physical_stream_nums);
ge::Status GEStreamAllocationSummaryGetHcclFollowedStreamNums(
    const ge::CompiledGraphSummary &compiled_graph_summary,
    std::map<ge::AscendString, std::vector<int64_t>> &graph_to_hccl_followed_stream_nums);
ge::Status GEStreamAllocationSummaryGetAllNodes(
    const ge::CompiledGraphSummary &compiled_graph_summary,
    std::map<ge::AscendString, std::vector<std::vector<ge::GNode>>> &graph_to_all_nodes);
ge::Status GEStreamAllocationSummaryGetStreamGraphs(
    const ge::CompiledGraphSummary &compiled_graph_summary,
    std::map<ge::AscendString, ge::AscendString> &graph_to_stream_graphs);
}

#endif  // GE_GE_GRAPH_COMPILE_SUMMARY_H_
