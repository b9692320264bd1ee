/* ge::Operator: identity and links to other operators. Connecting never throws and never stops: what cannot
 * be connected is reported, and the graph that is built later lacks the edge. */
#include "graph/operator.h"

#include "ge/operator_impl.h"
#include "ge/not_emulated.h"

namespace ge {
namespace {
std::string Text(const char_t *text) { return (text == nullptr) ? std::string() : std::string(text); }

void CannotConnect(const OperatorImpl *to, const std::string &input, const std::string &why) {
  mc_report_inner("E19999", "input '%.60s' of operator '%.60s' cannot be connected: %s", input.c_str(),
                  (to == nullptr) ? "" : to->name.c_str(), why.c_str());
}

void Connect(const std::shared_ptr<OperatorImpl> &to, int input, const std::shared_ptr<OperatorImpl> &from,
             uint32_t port) {
  to->in[static_cast<size_t>(input)].from = from;
  to->in[static_cast<size_t>(input)].port = port;
  from->users.push_back(to);
}

/* Output of `from` by name, or its only one for an empty name; -1 after a report. */
int OutputOf(const std::shared_ptr<OperatorImpl> &to, const std::string &input,
             const std::shared_ptr<OperatorImpl> &from, const std::string *name) {
  if ((to == nullptr) || (from == nullptr)) {
    CannotConnect(to.get(), input, "an operator is empty");
    return -1;
  }
  if (name == nullptr) {
    if (from->out.size() != 1U) {
      CannotConnect(to.get(), input,
                    "'" + from->name + "' has " + std::to_string(from->out.size()) + " outputs; name one");
      return -1;
    }
    return 0;
  }
  const int port = OperatorImpl::Find(from->out, *name);
  if (port < 0) {
    CannotConnect(to.get(), input, "'" + from->name + "' has no output '" + *name + "'");
  }
  return port;
}

void Link(const std::shared_ptr<OperatorImpl> &to, const std::string &input,
          const std::shared_ptr<OperatorImpl> &from, int64_t port) {
  if (port < 0) {
    return;
  }
  const int at = OperatorImpl::Find(to->in, input);
  if (at < 0) {
    CannotConnect(to.get(), input, "the operator has no such input");
  } else if (static_cast<size_t>(port) >= from->out.size()) {
    CannotConnect(to.get(), input, "'" + from->name + "' has no output " + std::to_string(port));
  } else {
    Connect(to, at, from, static_cast<uint32_t>(port));
  }
}

int64_t Indexed(const std::shared_ptr<OperatorImpl> &to, const std::string &input,
                const std::shared_ptr<OperatorImpl> &from, uint32_t index) {
  if ((to == nullptr) || (from == nullptr)) {
    CannotConnect(to.get(), input, "an operator is empty");
    return -1;
  }
  return index;
}
}  // namespace

Operator::Operator(const std::string &type) : Operator(std::string(), type) {}
Operator::Operator(const char_t *type) : Operator(std::string(), Text(type)) {}
Operator::Operator(const std::string &name, const std::string &type)
    : operator_impl_(std::make_shared<OperatorImpl>(name, type)) {}
Operator::Operator(const AscendString &name, const AscendString &type)
    : Operator(std::string(name.GetString()), std::string(type.GetString())) {}
Operator::Operator(const char_t *name, const char_t *type) : Operator(Text(name), Text(type)) {}
Operator::Operator(OperatorImplPtr &&op_impl) : operator_impl_(std::move(op_impl)) {}

bool Operator::IsEmpty() const { return operator_impl_ == nullptr; }

std::string Operator::GetName() const { return IsEmpty() ? std::string() : operator_impl_->name; }

graphStatus Operator::GetName(AscendString &name) const {
  name = AscendString(GetName().c_str());
  return IsEmpty() ? GRAPH_FAILED : GRAPH_SUCCESS;
}

std::string Operator::GetOpType() const { return IsEmpty() ? std::string() : operator_impl_->type; }

graphStatus Operator::GetOpType(AscendString &type) const {
  type = AscendString(GetOpType().c_str());
  return IsEmpty() ? GRAPH_FAILED : GRAPH_SUCCESS;
}

Operator &Operator::SetInput(const std::string &dst_name, const Operator &src_oprt) {
  const OperatorImplPtr &from = src_oprt.operator_impl_;
  Link(operator_impl_, dst_name, from, OutputOf(operator_impl_, dst_name, from, nullptr));
  return *this;
}

Operator &Operator::SetInput(const char_t *dst_name, const Operator &src_oprt) {
  return SetInput(Text(dst_name), src_oprt);
}

Operator &Operator::SetInput(const std::string &dst_name, const Operator &src_oprt, const std::string &name) {
  const OperatorImplPtr &from = src_oprt.operator_impl_;
  Link(operator_impl_, dst_name, from, OutputOf(operator_impl_, dst_name, from, &name));
  return *this;
}

Operator &Operator::SetInput(const char_t *dst_name, const Operator &src_oprt, const char_t *name) {
  return SetInput(Text(dst_name), src_oprt, Text(name));
}

Operator &Operator::SetInput(const std::string &dst_name, const Operator &src_oprt, uint32_t index) {
  const OperatorImplPtr &from = src_oprt.operator_impl_;
  Link(operator_impl_, dst_name, from, Indexed(operator_impl_, dst_name, from, index));
  return *this;
}

Operator &Operator::SetInput(const char_t *dst_name, const Operator &src_oprt, uint32_t index) {
  return SetInput(Text(dst_name), src_oprt, index);
}

Operator &Operator::SetInput(uint32_t dst_index, const Operator &src_oprt, uint32_t src_index) {
  const std::string shown = std::to_string(dst_index);
  if (IsEmpty() || (dst_index >= operator_impl_->in.size())) {
    CannotConnect(operator_impl_.get(), shown, "the operator has no such input");
    return *this;
  }
  return SetInput(operator_impl_->in[dst_index].name, src_oprt, src_index);
}

Operator &Operator::SetInput(const std::string &dst_name, uint32_t dst_index, const Operator &src_oprt) {
  return SetInput(dst_name + std::to_string(dst_index), src_oprt);
}

Operator &Operator::SetInput(const std::string &dst_name, uint32_t dst_index, const Operator &src_oprt,
                             const std::string &name) {
  return SetInput(dst_name + std::to_string(dst_index), src_oprt, name);
}

Operator &Operator::SetInput(const char_t *dst_name, uint32_t dst_index, const Operator &src_oprt,
                             const char_t *name) {
  return SetInput(Text(dst_name), dst_index, src_oprt, Text(name));
}

Operator &Operator::SetInput(const char_t *dst_name, uint32_t dst_index, const Operator &src_oprt) {
  return SetInput(Text(dst_name), dst_index, src_oprt);
}

Operator &Operator::SetInput(const std::string &dst_name, const OutHandler &out_handler) {
  if (out_handler == nullptr) {
    CannotConnect(operator_impl_.get(), dst_name, "the output is empty");
    return *this;
  }
  Link(operator_impl_, dst_name, out_handler->owner,
       Indexed(operator_impl_, dst_name, out_handler->owner, out_handler->index));
  return *this;
}

Operator &Operator::SetInput(const char_t *dst_name, const OutHandler &out_handler) {
  return SetInput(Text(dst_name), out_handler);
}

OutHandler Operator::GetOutput(const std::string &name) const {
  const int port = IsEmpty() ? -1 : OperatorImpl::Find(operator_impl_->out, name);
  return (port < 0) ? nullptr : GetOutput(static_cast<uint32_t>(port));
}

OutHandler Operator::GetOutput(const char_t *name) const { return GetOutput(Text(name)); }

OutHandler Operator::GetOutput(uint32_t index) const {
  if (IsEmpty() || (index >= operator_impl_->out.size())) {
    return nullptr;
  }
  const OutHandler output = std::make_shared<OpIO>();
  output->owner = operator_impl_;
  output->index = index;
  return output;
}

Operator &Operator::AddControlInput(const Operator &src_oprt) {
  if (IsEmpty() || src_oprt.IsEmpty()) {
    CannotConnect(operator_impl_.get(), "control", "an operator is empty");
    return *this;
  }
  operator_impl_->control.push_back(src_oprt.operator_impl_);
  src_oprt.operator_impl_->users.push_back(operator_impl_);
  return *this;
}

void Operator::BreakConnect() const {
  if (!IsEmpty()) {
    for (OperatorInput &input : operator_impl_->in) {
      input.from.reset();
    }
    operator_impl_->control.clear();
    operator_impl_->users.clear();
  }
}

size_t Operator::GetInputsSize() const { return IsEmpty() ? 0U : operator_impl_->in.size(); }

size_t Operator::GetOutputsSize() const { return IsEmpty() ? 0U : operator_impl_->out.size(); }

OperatorImplPtr Operator::GetOperatorImplPtr() const { return operator_impl_; }

/* Operators here are not nodes yet. */
std::shared_ptr<const Node> Operator::GetNode() const { return nullptr; }
}  // namespace ge
