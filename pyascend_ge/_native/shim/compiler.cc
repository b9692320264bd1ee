/* Offline builds and ONNX import. */
#include <memory>
#include <string>

#include "ge/ge_ir_build.h"
#include "graph/graph.h"
#include "guard.h"
#include "parser/onnx_parser.h"

namespace ge {
/* In a library of its own, which may be missing: then the addresses are null and only these functions are. */
graphStatus aclgrphParseONNX(const char_t *model_file,
                             const std::map<AscendString, AscendString> &parser_params, Graph &graph)
    __attribute__((weak));
graphStatus aclgrphParseONNXFromMem(const char_t *buffer, size_t size,
                                    const std::map<AscendString, AscendString> &parser_params, Graph &graph)
    __attribute__((weak));
} // namespace ge

namespace {
class ModelOwner : public pge::Owner {
public:
  ge::ModelBufferData model{nullptr, 0};
};

template <class How> int64_t parsed(bool there, How &&how) {
  return pge::guarded([&] {
    if (!there) {
      return -pge::kUnsupported;
    }
    auto graph = std::make_unique<ge::Graph>("onnx");
    const ge::graphStatus status = how(*graph);
    return (status == ge::GRAPH_SUCCESS) ? pge::handle(graph.release()) : pge::answer(status);
  });
}
} // namespace

extern "C" {
int64_t pge_compiler_initialize(pge_strings keys, pge_strings values, int32_t count) {
  return pge::guarded([=] {
    pge::Options global = pge::options(keys, values, count);
    return pge::answer(ge::aclgrphBuildInitialize(global));
  });
}

int64_t pge_compiler_finalize(void) {
  return pge::guarded([] {
    ge::aclgrphBuildFinalize();
    return int64_t{0};
  });
}

int64_t pge_compiler_build_model(pge_handle graph, pge_strings keys, pge_strings values, int32_t count,
                                 pge_bytes *model) {
  return pge::guarded([=] {
    auto owner = std::make_unique<ModelOwner>();
    const ge::graphStatus status = ge::aclgrphBuildModel(*pge::object<ge::Graph>(graph),
                                                         pge::options(keys, values, count), owner->model);
    if (status != ge::GRAPH_SUCCESS) {
      return pge::answer(status);
    }
    model->address = pge::address(owner->model.data.get());
    model->size = owner->model.length;
    model->owner = pge::address(static_cast<pge::Owner *>(owner.release()));
    return int64_t{0};
  });
}

int64_t pge_compiler_save_model(const char *path, const void *model, uint64_t size) {
  return pge::guarded([=] {
    auto *const bytes = static_cast<uint8_t *>(const_cast<void *>(model));
    const ge::ModelBufferData lent{std::shared_ptr<uint8_t>(bytes, [](uint8_t *) {}), size};
    return pge::answer(ge::aclgrphSaveModel(path, lent));
  });
}

int64_t pge_compiler_parse_onnx(const void *bytes, uint64_t size, pge_strings keys, pge_strings values,
                                int32_t count) {
  return parsed(ge::aclgrphParseONNXFromMem != nullptr, [=](ge::Graph &graph) {
    return ge::aclgrphParseONNXFromMem(static_cast<const char *>(bytes), size, pge::options(keys, values, count),
                                       graph);
  });
}

int64_t pge_compiler_parse_onnx_file(const char *path, pge_strings keys, pge_strings values, int32_t count) {
  return parsed(ge::aclgrphParseONNX != nullptr, [=](ge::Graph &graph) {
    return ge::aclgrphParseONNX(path, pge::options(keys, values, count), graph);
  });
}
}
