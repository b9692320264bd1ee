/* make_om GRAPH.air OUT [KEY=VALUE ...]: builds a graph offline, as a user of aclgrphBuildModel does. */
#include <cstdio>
#include <cstring>
#include <map>

#include "acl/acl.h"
#include "ge/ge_ir_build.h"
#include "graph/graph.h"

int main(int argc, char **argv) {
  std::map<ge::AscendString, ge::AscendString> global = {{"ge.socVersion", aclrtGetSocName()}}, options;
  for (int i = 3; i < argc; ++i) {
    char *value = std::strchr(argv[i], '=');
    *value = '\0';
    auto &to = std::strcmp(argv[i], "ge.socVersion") == 0 ? global : options;
    to[ge::AscendString(argv[i])] = ge::AscendString(value + 1);
  }
  ge::Graph graph("model");
  ge::ModelBufferData model;
  const bool built = graph.LoadFromFile(argv[1]) == ge::GRAPH_SUCCESS &&
                     ge::aclgrphBuildInitialize(global) == ge::GRAPH_SUCCESS &&
                     ge::aclgrphBuildModel(graph, options, model) == ge::GRAPH_SUCCESS &&
                     ge::aclgrphSaveModel(argv[2], model) == ge::GRAPH_SUCCESS;
  if (!built) {
    const char *text = aclGetRecentErrMsg();
    std::fprintf(stderr, "%s\n", text == nullptr ? "(no text)" : text);
  }
  ge::aclgrphBuildFinalize();
  return built ? 0 : 1;
}
