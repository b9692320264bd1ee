/* misuse_ge CASE: prints the status of the case's offending call, then GE's error text. */
#include "cases.h"

int main(int argc, char **argv) {
  misuse::Cases cases;
  misuse::AddLifecycleCases(cases);
  misuse::AddGraphCases(cases);
  misuse::AddRunCases(cases);
  misuse::AddMemoryCases(cases);
  misuse::AddV1Cases(cases);
  if (argc == 2 && std::string(argv[1]) == "--list") {
    for (const auto &entry : cases) {
      std::printf("%s\n", entry.first.c_str());
    }
    return 0;
  }
  const auto found = argc == 2 ? cases.find(argv[1]) : cases.end();
  if (found == cases.end()) {
    std::fprintf(stderr, "no such case\n");
    return 2;
  }
  const uint32_t status = found->second();
  const ge::AscendString text = ge::GEGetErrorMsgV3();
  std::printf("%u\n%s", status, text.GetString());
  std::fflush(stdout);
  /* A case leaves what it built: the process is its cleanup. */
  std::_Exit(0);
}
