/* The families of ge::Session that the emulator does not have: variables by name, data flow, graph sharding.
 */
#include "ge/ge_api.h"

#include "ge/not_emulated.h"

namespace ge {
Status Session::GetVariables(const std::vector<std::string> &, std::vector<Tensor> &) {
  return mc::NotEmulated("Session::GetVariables");
}

Status Session::GetVariables(const std::vector<AscendString> &, std::vector<Tensor> &) {
  return mc::NotEmulated("Session::GetVariables");
}

Status Session::FeedDataFlowGraph(uint32_t, const std::vector<Tensor> &, const DataFlowInfo &, int32_t) {
  return mc::NotEmulated("Session::FeedDataFlowGraph");
}

Status Session::FeedDataFlowGraph(uint32_t, const std::vector<uint32_t> &, const std::vector<Tensor> &,
                                  const DataFlowInfo &, int32_t) {
  return mc::NotEmulated("Session::FeedDataFlowGraph");
}

Status Session::FeedDataFlowGraph(uint32_t, const std::vector<FlowMsgPtr> &, int32_t) {
  return mc::NotEmulated("Session::FeedDataFlowGraph");
}

Status Session::FeedDataFlowGraph(uint32_t, const std::vector<uint32_t> &, const std::vector<FlowMsgPtr> &,
                                  int32_t) {
  return mc::NotEmulated("Session::FeedDataFlowGraph");
}

Status Session::FeedRawData(uint32_t, const std::vector<RawData> &, uint32_t, const DataFlowInfo &, int32_t) {
  return mc::NotEmulated("Session::FeedRawData");
}

Status Session::FetchDataFlowGraph(uint32_t, std::vector<Tensor> &, DataFlowInfo &, int32_t) {
  return mc::NotEmulated("Session::FetchDataFlowGraph");
}

Status Session::FetchDataFlowGraph(uint32_t, const std::vector<uint32_t> &, std::vector<Tensor> &,
                                   DataFlowInfo &, int32_t) {
  return mc::NotEmulated("Session::FetchDataFlowGraph");
}

Status Session::FetchDataFlowGraph(uint32_t, std::vector<FlowMsgPtr> &, int32_t) {
  return mc::NotEmulated("Session::FetchDataFlowGraph");
}

Status Session::FetchDataFlowGraph(uint32_t, const std::vector<uint32_t> &, std::vector<FlowMsgPtr> &,
                                   int32_t) {
  return mc::NotEmulated("Session::FetchDataFlowGraph");
}

Status Session::ShardGraphsToFile(const char_t *) const {
  return mc::NotEmulated("Session::ShardGraphsToFile");
}

Status Session::ShardGraphs() const {
  return mc::NotEmulated("Session::ShardGraphs");
}

Status Session::SaveGraphsToPb(const char_t *) const {
  return mc::NotEmulated("Session::SaveGraphsToPb");
}

Status Session::PaRemapped(uint64_t, uint64_t, uint64_t) const {
  return mc::NotEmulated("Session::PaRemapped");
}
} // namespace ge
