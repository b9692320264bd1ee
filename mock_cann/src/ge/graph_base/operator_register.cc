/* ge::Operator: what operator prototypes call from their constructors, and subgraphs. */
#include "ge/convert/attr.h"
#include "ge/not_emulated.h"
#include "ge/operator_impl.h"
#include "graph/graph.h"
#include "graph/operator.h"

namespace ge {
namespace {
std::string Text(const char_t *text) { return (text == nullptr) ? std::string() : std::string(text); }

template <typename Port>
Port Made(const std::string &name) {
  Port port;
  port.name = name;
  return port;
}

template <typename Port>
void AddOne(std::vector<Port> &ports, std::vector<IrPort> &prototype, const std::string &name,
            PortKind kind) {
  prototype.push_back({name, kind});
  if (OperatorImpl::Find(ports, name) < 0) {
    ports.push_back(Made<Port>(name));
  }
}

/* Members "x0", "x1" ... at `at`; the prototype lists the port once, and an attribute tells how many there
 * are. */
template <typename Port>
void AddMany(OperatorImpl *impl, std::vector<Port> &ports, std::vector<IrPort> &prototype,
             const std::string &name, uint32_t count, size_t at, const char *attr) {
  if (at > ports.size()) {
    mc_report_inner("E19999", "'%.60s' of operator '%.60s' cannot begin at %zu: there are %zu", name.c_str(),
                    impl->name.c_str(), at, ports.size());
    return;
  }
  if (OperatorImpl::Find(prototype, name) < 0) {
    prototype.push_back({name, PortKind::kDynamic});
  }
  for (uint32_t i = 0U; i < count; ++i) {
    const std::string member = name + std::to_string(i);
    if (OperatorImpl::Find(ports, member) < 0) {
      ports.insert(ports.begin() + static_cast<std::ptrdiff_t>(at++), Made<Port>(member));
    }
  }
  (void)mc::SetAttr(&impl->attrs, (attr + name + "_cnt").c_str(), static_cast<int64_t>(count));
}

const char kInputCount[] = "__dynamic_input_";
const char kOutputCount[] = "__dynamic_output_";
}  // namespace

void Operator::InputRegister(const std::string &name) {
  if (!IsEmpty()) {
    AddOne(operator_impl_->in, operator_impl_->ir_in, name, PortKind::kRequired);
  }
}

void Operator::OptionalInputRegister(const std::string &name) {
  if (!IsEmpty()) {
    AddOne(operator_impl_->in, operator_impl_->ir_in, name, PortKind::kOptional);
  }
}

void Operator::OutputRegister(const std::string &name) {
  if (!IsEmpty()) {
    AddOne(operator_impl_->out, operator_impl_->ir_out, name, PortKind::kRequired);
  }
}

void Operator::DynamicInputRegister(const std::string &name, uint32_t num, bool is_push_back) {
  if (!IsEmpty()) {
    AddMany(operator_impl_.get(), operator_impl_->in, operator_impl_->ir_in, name, num,
            is_push_back ? operator_impl_->in.size() : 0U, kInputCount);
  }
}

void Operator::DynamicInputRegisterByIndex(const std::string &name, uint32_t num, size_t index) {
  if (!IsEmpty()) {
    AddMany(operator_impl_.get(), operator_impl_->in, operator_impl_->ir_in, name, num, index, kInputCount);
  }
}

void Operator::DynamicOutputRegister(const std::string &name, uint32_t num, bool is_push_back) {
  if (!IsEmpty()) {
    AddMany(operator_impl_.get(), operator_impl_->out, operator_impl_->ir_out, name, num,
            is_push_back ? operator_impl_->out.size() : 0U, kOutputCount);
  }
}

void Operator::InputRegister(const char_t *name) { InputRegister(Text(name)); }
void Operator::InputRegister(const char_t *name, const char_t *) { InputRegister(Text(name)); }
void Operator::OptionalInputRegister(const char_t *name) { OptionalInputRegister(Text(name)); }
void Operator::OptionalInputRegister(const char_t *name, const char_t *) {
  OptionalInputRegister(Text(name));
}
void Operator::OutputRegister(const char_t *name) { OutputRegister(Text(name)); }
void Operator::OutputRegister(const char_t *name, const char_t *) { OutputRegister(Text(name)); }

void Operator::DynamicInputRegister(const char_t *name, uint32_t num, bool is_push_back) {
  DynamicInputRegister(Text(name), num, is_push_back);
}

void Operator::DynamicInputRegister(const char_t *name, uint32_t num, const char_t *, bool is_push_back) {
  DynamicInputRegister(Text(name), num, is_push_back);
}

void Operator::DynamicInputRegisterByIndex(const char_t *name, uint32_t num, size_t index) {
  DynamicInputRegisterByIndex(Text(name), num, index);
}

void Operator::DynamicOutputRegister(const char_t *name, uint32_t num, bool is_push_back) {
  DynamicOutputRegister(Text(name), num, is_push_back);
}

void Operator::DynamicOutputRegister(const char_t *name, uint32_t num, const char_t *, bool is_push_back) {
  DynamicOutputRegister(Text(name), num, is_push_back);
}

/* Which types a port takes is checked when a graph is compiled, by the emulator's own operators. */
void Operator::DataTypeRegister(const char_t *, const TensorType &) {}
void Operator::DataTypeRegister(const char_t *, const ListTensorType &) {}
void Operator::DataTypeRegister(const char_t *, const Promote &) {}
}  // namespace ge
