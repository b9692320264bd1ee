/* GE itself, second generation: initialise, finalise, error and warning texts. */
#include "ge/ge_api_v2.h"
#include "ge/session_objects.h"
#include "ge/session_options.h"

namespace ge {
Status GEInitializeV2(const std::map<AscendString, AscendString> &options) {
  return mc_ge_initialize(2, mc::Options(options).get());
}

Status GEFinalizeV2() {
  return mc_ge_finalize(2);
}

AscendString GEGetErrorMsgV3() {
  return mc::TakeText<AscendString>(mc_report_take());
}

AscendString GEGetWarningMsgV3() {
  return mc::TakeText<AscendString>(mc_report_take_warnings());
}
} // namespace ge
