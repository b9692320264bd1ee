/* The body of a ge::Operator: ports, links to other operators, attributes. libgraph_base owns the class;
 * libgraph reads it when it builds a graph. A link keeps its producer alive; consumers are known weakly, so
 * that a chain of operators is freed when its user lets go of its end. */
#ifndef MC_GE_OPERATOR_IMPL_H
#define MC_GE_OPERATOR_IMPL_H

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/attr.h"
#include "ge/hidden.h"
#include "graph/operator.h"

namespace ge {
enum class MC_HIDDEN PortKind { kRequired = 0, kOptional = 1, kDynamic = 2 };

struct MC_HIDDEN OperatorInput {
  std::string name;
  TensorDesc desc;
  std::shared_ptr<OperatorImpl> from;
  uint32_t port = 0U;
  mc_attrs attrs = {};
};

struct MC_HIDDEN OperatorOutput {
  std::string name;
  TensorDesc desc;
  mc_attrs attrs = {};
};

/* A port of the prototype, as registered: dynamic ones stand for any number of inputs or outputs. */
struct MC_HIDDEN IrPort {
  std::string name;
  PortKind kind;
};

struct MC_HIDDEN OperatorSubgraph {
  std::string name; /* of the prototype, with the index behind it when dynamic */
  std::function<Graph()> builder;
  std::string instance;
};

/* One output of an operator, as links name it. Not hidden: exported members take it. */
class OpIO {
 public:
  std::shared_ptr<OperatorImpl> owner;
  uint32_t index = 0U;
};

class MC_HIDDEN OperatorImpl {
 public:
  using Function = std::function<graphStatus(Operator &)>;

  OperatorImpl(const std::string &op_name, const std::string &op_type) : name(op_name), type(op_type) {}
  ~OperatorImpl() {
    mc_attrs_free(&attrs);
    for (OperatorInput &input : in) {
      mc_attrs_free(&input.attrs);
    }
    for (OperatorOutput &output : out) {
      mc_attrs_free(&output.attrs);
    }
  }
  OperatorImpl(const OperatorImpl &) = delete;
  OperatorImpl &operator=(const OperatorImpl &) = delete;

  /* -1 when there is none. */
  template <typename Port>
  static int Find(const std::vector<Port> &ports, const std::string &name) {
    for (size_t i = 0U; i < ports.size(); ++i) {
      if (ports[i].name == name) {
        return static_cast<int>(i);
      }
    }
    return -1;
  }

  std::string name, type;
  std::vector<OperatorInput> in;
  std::vector<OperatorOutput> out;
  std::vector<std::shared_ptr<OperatorImpl>> control;
  std::vector<std::weak_ptr<OperatorImpl>> users;
  std::vector<IrPort> ir_in, ir_out;
  std::vector<std::string> ir_attrs;
  std::vector<OperatorSubgraph> subgraphs;
  mc_attrs attrs = {};
  Function infer, infer_format, verify;
  InferenceContextPtr context;
};

/* The one way from an Operator to its body, for code outside the class. */
class MC_HIDDEN OpDescUtils {
 public:
  static const std::shared_ptr<OperatorImpl> &Body(const Operator &op) { return op.operator_impl_; }
};
}  // namespace ge

#endif
