/* GE itself, first generation: initialise, finalise, error and warning texts. */
#include "ge/ge_api.h"
#include "ge/session_objects.h"
#include "ge/session_options.h"

namespace ge {
Status GEInitialize(const std::map<std::string, std::string> &options) {
  return mc_ge_initialize(1, mc::Options(options).get());
}

Status GEInitialize(const std::map<AscendString, AscendString> &options) {
  return mc_ge_initialize(1, mc::Options(options).get());
}

Status GEFinalize() {
  return mc_ge_finalize(1);
}

std::string GEGetErrorMsg() {
  return mc::TakeText<std::string>(mc_report_take());
}

AscendString GEGetErrorMsgV2() {
  return mc::TakeText<AscendString>(mc_report_take());
}

std::string GEGetWarningMsg() {
  return mc::TakeText<std::string>(mc_report_take_warnings());
}

AscendString GEGetWarningMsgV2() {
  return mc::TakeText<AscendString>(mc_report_take_warnings());
}
} // namespace ge
