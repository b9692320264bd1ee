/* What GE declares and we do not emulate: the caller gets an error and a text that names the function. */
#ifndef MC_GE_NOT_EMULATED_H
#define MC_GE_NOT_EMULATED_H

#include "engine/report.h"
#include "graph/error_codes.h"

namespace mc {
/* The code that GE itself answers for features a build does not have. */
const uint32_t kUnsupported = 1343225956U;

static inline uint32_t NotEmulated(const char *function) {
  mc_report_inner("E19999", "%s is not emulated by mock_cann", function);
  return kUnsupported;
}

static inline ge::graphStatus NotEmulatedByGraph(const char *function) {
  (void)NotEmulated(function);
  return ge::GRAPH_FAILED;
}
}  // namespace mc

#endif
