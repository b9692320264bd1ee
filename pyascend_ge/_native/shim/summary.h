/* The handle of a CompiledGraphSummary: made by the session libraries, read by the compiler's. */
#ifndef PGE_SUMMARY_H
#define PGE_SUMMARY_H

#include "ge/ge_graph_compile_summary.h"

namespace pge {
struct Summary {
  ge::CompiledGraphSummaryPtr summary;
};
} // namespace pge

#endif
