/* ge::OperatorFactory: operators by type. The types are those whose libraries registered a creator, and those
 * the emulator itself knows. */
#include "graph/operator_factory.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "ge/hidden.h"
#include "ge/not_emulated.h"
#include "ge/operator_impl.h"

extern "C" {
#include "ops/op.h"
}

namespace ge {
namespace {
/* Filled by static objects of operator libraries, in any order and in any thread that loads one; never
 * destroyed. */
struct MC_HIDDEN Registry {
  std::mutex lock; /* guards everything below; creators are called without it */
  std::map<std::string, OpCreatorV2> creators;
  std::map<std::string, OperatorImpl::Function> infer, infer_format, verify;

  static Registry &Get() {
    static Registry *const registry = new Registry();
    return *registry;
  }
};

OpCreatorV2 Creator(const std::string &type) {
  Registry &registry = Registry::Get();
  const std::lock_guard<std::mutex> guard(registry.lock);
  const auto found = registry.creators.find(type);
  return (found == registry.creators.end()) ? nullptr : found->second;
}

void Add(std::map<std::string, OperatorImpl::Function> &functions, const char_t *type,
         const OperatorImpl::Function &function) {
  const std::lock_guard<std::mutex> guard(Registry::Get().lock);
  if (type != nullptr) {
    functions[type] = function;
  }
}

OperatorImpl::Function Function(const std::map<std::string, OperatorImpl::Function> &functions,
                                const std::string &type) {
  const std::lock_guard<std::mutex> guard(Registry::Get().lock);
  const auto found = functions.find(type);
  return (found == functions.end()) ? nullptr : found->second;
}

/* Functions may be registered apart from the prototype. */
Operator WithFunctions(const Operator &op) {
  if (!op.IsEmpty()) {
    OperatorImpl &body = *OpDescUtils::Body(op);
    const Registry &registry = Registry::Get();
    body.infer = (body.infer == nullptr) ? Function(registry.infer, body.type) : body.infer;
    body.infer_format =
        (body.infer_format == nullptr) ? Function(registry.infer_format, body.type) : body.infer_format;
    body.verify = (body.verify == nullptr) ? Function(registry.verify, body.type) : body.verify;
  }
  return op;
}

/* An operator of the emulator's own table; its dynamic inputs are registered with the members the caller asks
 * for. */
class MC_HIDDEN Built : public Operator {
 public:
  Built(const char_t *name, const mc_op_def *def) : Operator(name, def->type) {
    Ports(def->inputs, true);
    Ports(def->outputs, false);
  }

 private:
  void Ports(const char *list, bool inputs) {
    const std::string text = (list == nullptr) ? "" : list;
    for (size_t at = 0U; at < text.size();) {
      const size_t end = std::min(text.find(' ', at), text.size());
      std::string port = text.substr(at, end - at);
      const char suffix = port.empty() ? ' ' : port.back();
      if ((suffix == '?') || (suffix == '*')) {
        port.pop_back();
      }
      if (suffix == '*') {
        inputs ? DynamicInputRegister(port.c_str(), 0U) : DynamicOutputRegister(port.c_str(), 0U);
      } else if (!port.empty()) {
        inputs ? ((suffix == '?') ? OptionalInputRegister(port.c_str()) : InputRegister(port.c_str()))
               : OutputRegister(port.c_str());
      }
      at = end + 1U;
    }
  }
};
}  // namespace

Operator OperatorFactory::CreateOperator(const char_t *operator_name, const char_t *operator_type) {
  if ((operator_name == nullptr) || (operator_type == nullptr)) {
    return Operator();
  }
  if (const OpCreatorV2 creator = Creator(operator_type)) {
    return WithFunctions(creator(AscendString(operator_name)));
  }
  const mc_op_def *const def = mc_op_find(operator_type);
  if (def == nullptr) {
    mc_report_inner("E19999", "no operator of type '%.60s' is registered", operator_type);
    return Operator();
  }
  return WithFunctions(Built(operator_name, def));
}

Operator OperatorFactory::CreateOperator(const std::string &operator_name, const std::string &operator_type) {
  return CreateOperator(operator_name.c_str(), operator_type.c_str());
}

graphStatus OperatorFactory::GetOpsTypeList(std::vector<std::string> &all_ops) {
  std::set<std::string> types;
  for (int i = 0; i < mc_op_count(); ++i) {
    (void)types.insert(mc_op_at(i)->type);
  }
  Registry &registry = Registry::Get();
  const std::lock_guard<std::mutex> guard(registry.lock);
  for (const auto &creator : registry.creators) {
    (void)types.insert(creator.first);
  }
  all_ops.assign(types.begin(), types.end());
  return GRAPH_SUCCESS;
}

graphStatus OperatorFactory::GetOpsTypeList(std::vector<AscendString> &all_ops) {
  std::vector<std::string> types;
  const graphStatus status = GetOpsTypeList(types);
  all_ops.clear();
  for (const std::string &type : types) {
    all_ops.emplace_back(type.c_str());
  }
  return status;
}

bool OperatorFactory::IsExistOp(const char_t *operator_type) {
  return (operator_type != nullptr) &&
         ((Creator(operator_type) != nullptr) || (mc_op_find(operator_type) != nullptr));
}

bool OperatorFactory::IsExistOp(const std::string &operator_type) { return IsExistOp(operator_type.c_str()); }

OperatorCreatorRegister::OperatorCreatorRegister(const char_t *operator_type, const OpCreatorV2 &op_creator) {
  Registry &registry = Registry::Get();
  const std::lock_guard<std::mutex> guard(registry.lock);
  if (operator_type != nullptr) {
    (void)registry.creators.emplace(operator_type, op_creator);
  }
}

OperatorCreatorRegister::OperatorCreatorRegister(const std::string &operator_type,
                                                 const OpCreator &op_creator)
    : OperatorCreatorRegister(operator_type.c_str(), [op_creator](const AscendString &name) {
        return op_creator(std::string(name.GetString()));
      }) {}

InferShapeFuncRegister::InferShapeFuncRegister(const char_t *operator_type,
                                               const InferShapeFunc &infer_shape_func) {
  Add(Registry::Get().infer, operator_type, infer_shape_func);
}

InferShapeFuncRegister::InferShapeFuncRegister(const std::string &operator_type,
                                               const InferShapeFunc &infer_shape_func)
    : InferShapeFuncRegister(operator_type.c_str(), infer_shape_func) {}

InferFormatFuncRegister::InferFormatFuncRegister(const char_t *operator_type,
                                                 const InferFormatFunc &infer_format_func) {
  Add(Registry::Get().infer_format, operator_type, infer_format_func);
}

InferFormatFuncRegister::InferFormatFuncRegister(const std::string &operator_type,
                                                 const InferFormatFunc &infer_format_func)
    : InferFormatFuncRegister(operator_type.c_str(), infer_format_func) {}

VerifyFuncRegister::VerifyFuncRegister(const char_t *operator_type, const VerifyFunc &verify_func) {
  Add(Registry::Get().verify, operator_type, verify_func);
}

VerifyFuncRegister::VerifyFuncRegister(const std::string &operator_type, const VerifyFunc &verify_func)
    : VerifyFuncRegister(operator_type.c_str(), verify_func) {}

/* Value ranges refine dynamic shapes; the emulator plans each concrete shape and needs none. */
InferValueRangeFuncRegister::InferValueRangeFuncRegister(const char_t *, WHEN_CALL,
                                                         const InferValueRangeFunc &) {}
InferValueRangeFuncRegister::InferValueRangeFuncRegister(const char_t *) {}
}  // namespace ge
