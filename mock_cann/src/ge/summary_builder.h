/* How sessions make a ge::CompiledGraphSummary: fill the data, hand it over. Inline, because the libraries of
 * both session versions build summaries while libge_compiler owns the class. */
#ifndef MC_GE_SUMMARY_BUILDER_H
#define MC_GE_SUMMARY_BUILDER_H

#include "ge/ge_graph_compile_summary.h"
#include "ge/hidden.h"

namespace ge {
class MC_HIDDEN CompiledGraphSummary::SummaryData {
 public:
  bool is_static = true;
  bool refreshable = false; /* option ge.featureBaseRefreshable */
  /* Real sizes; the getters round 0 up as CANN does. */
  size_t const_size = 0U, feature_size = 0U, refreshable_size = 0U, fixed_size = 0U;
  size_t streams = 1U, events = 0U;
  std::vector<Shape> output_shapes;
  std::vector<DataType> output_types;
  std::vector<std::pair<uint32_t, uint32_t>> shared_io; /* (input, output) with one address */
  std::vector<FeatureMemoryPtr> feature_memory;
  std::vector<ExternalWeightDescPtr> external_weights;
};

class MC_HIDDEN CompiledGraphSummary::Builder {
 public:
  static CompiledGraphSummaryPtr Build(const SummaryData &data) {
    CompiledGraphSummaryPtr summary(new CompiledGraphSummary());
    summary->data_ = std::make_shared<SummaryData>(data);
    return summary;
  }
};
}  // namespace ge

#endif
