/* How GE spread a graph over streams. The emulator runs a graph in the order of its one stream and has
 * nothing to tell: objects that a program makes itself are empty, and asking a compiled graph is answered
 * with "unsupported". */
#include "ge/ge_graph_compile_summary.h"
#include "ge/hidden.h"
#include "ge/not_emulated.h"

namespace ge {
class MC_HIDDEN LogicalStreamAllocationInfo::LogicalStreamAllocationInfoImpl {
 public:
  std::vector<GNode> nodes;
};

class MC_HIDDEN StreamAllocationSummary::StreamAllocationSummaryImpl {
 public:
  std::map<AscendString, AscendString> graphs;
  std::map<AscendString, std::vector<LogicalStreamAllocationInfo>> streams;
};

LogicalStreamAllocationInfo::LogicalStreamAllocationInfo() : impl_(new LogicalStreamAllocationInfoImpl()) {}

LogicalStreamAllocationInfo::~LogicalStreamAllocationInfo() = default;

LogicalStreamAllocationInfo::LogicalStreamAllocationInfo(const LogicalStreamAllocationInfo &stream_info)
    : impl_(new LogicalStreamAllocationInfoImpl(*stream_info.impl_)) {}

LogicalStreamAllocationInfo &LogicalStreamAllocationInfo::operator=(
    const LogicalStreamAllocationInfo &stream_info) {
  if (this != &stream_info) {
    *impl_ = *stream_info.impl_;
  }
  return *this;
}

AscendString LogicalStreamAllocationInfo::ToStringInfo() const { return AscendString(""); }
int64_t LogicalStreamAllocationInfo::GetLogicalStreamId() const { return 0; }
AscendString LogicalStreamAllocationInfo::GetUsrStreamLabel() const { return AscendString(""); }
bool LogicalStreamAllocationInfo::IsAssignedByStreamPass() const { return false; }
std::vector<int64_t> LogicalStreamAllocationInfo::GetAttachedStreamIds() const { return {}; }
size_t LogicalStreamAllocationInfo::GetPhysicalStreamNum() const { return 0U; }
size_t LogicalStreamAllocationInfo::GetHcclFollowedStreamNum() const { return 0U; }
const std::vector<GNode> &LogicalStreamAllocationInfo::GetAllNodes() const { return impl_->nodes; }

StreamAllocationSummary::StreamAllocationSummary() : impl_(new StreamAllocationSummaryImpl()) {}

StreamAllocationSummary::~StreamAllocationSummary() = default;

const std::map<AscendString, AscendString> &StreamAllocationSummary::ToStreamGraph() const {
  return impl_->graphs;
}

const std::map<AscendString, std::vector<LogicalStreamAllocationInfo>> &
StreamAllocationSummary::GetAllLogicalStreamInfos() const {
  return impl_->streams;
}
}  // namespace ge

#define UNSUPPORTED(name, Value)                                                                 \
  ge::Status name(const ge::CompiledGraphSummary &, std::map<ge::AscendString, Value> &result) { \
    result.clear();                                                                              \
    return mc::NotEmulated(#name);                                                               \
  }

extern "C" {
UNSUPPORTED(GEStreamAllocationSummaryGetStringInfos, std::vector<ge::AscendString>)
UNSUPPORTED(GEStreamAllocationSummaryGetLogicalStreamIds, std::vector<int64_t>)
UNSUPPORTED(GEStreamAllocationSummaryGetUsrStreamLabels, std::vector<ge::AscendString>)
UNSUPPORTED(GEStreamAllocationSummaryIsAssignedByStreamPass, std::vector<bool>)
UNSUPPORTED(GEStreamAllocationSummaryGetAttachedStreamIds, std::vector<std::vector<int64_t>>)
UNSUPPORTED(GEStreamAllocationSummaryGetPhysicalStreamNums, std::vector<int64_t>)
UNSUPPORTED(GEStreamAllocationSummaryGetHcclFollowedStreamNums, std::vector<int64_t>)
UNSUPPORTED(GEStreamAllocationSummaryGetAllNodes, std::vector<std::vector<ge::GNode>>)
UNSUPPORTED(GEStreamAllocationSummaryGetStreamGraphs, ge::AscendString)
}
