/* Questions about GE's own operator definitions, which the emulator does not carry: clients that ask have
 * another way. */
#include "ge/ge_api_v2.h"
#include "ge/not_emulated.h"

extern "C" {
bool IsIrRepSupport(const char *) {
  return false;
}

ge::Status GetRegisteredIrDef(const char *,
                              std::vector<std::pair<ge::AscendString, ge::AscendString>> &inputs,
                              std::vector<std::pair<ge::AscendString, ge::AscendString>> &outputs,
                              std::vector<std::pair<ge::AscendString, ge::AscendString>> &attrs) {
  inputs.clear();
  outputs.clear();
  attrs.clear();
  return mc::NotEmulated("GetRegisteredIrDef");
}
}
