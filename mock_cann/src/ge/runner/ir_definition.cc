/* 9.2 exports this question from both session libraries. */
#include "ge/ge_api_v2.h"
#include "ge/not_emulated.h"

extern "C" ge::Status GetRegisteredIrDef(const char *,
                                         std::vector<std::pair<ge::AscendString, ge::AscendString>> &inputs,
                                         std::vector<std::pair<ge::AscendString, ge::AscendString>> &outputs,
                                         std::vector<std::pair<ge::AscendString, ge::AscendString>> &attrs) {
  inputs.clear();
  outputs.clear();
  attrs.clear();
  return mc::NotEmulated("GetRegisteredIrDef");
}
