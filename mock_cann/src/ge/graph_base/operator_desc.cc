/* ge::Operator: descriptions of its ports, constants behind its inputs, inference by registered functions. */
#include "ge/convert/attr.h"
#include "ge/not_emulated.h"
#include "ge/operator_impl.h"
#include "graph/operator.h"

namespace ge {
namespace {
/* A null name is the empty one, which no port has. */
std::string Text(const char_t *text) { return (text == nullptr) ? std::string() : std::string(text); }

std::string Member(const std::string &name, uint32_t index) { return name + std::to_string(index); }

template <typename Port>
Port *At(std::vector<Port> &ports, int64_t at) {
  return ((at < 0) || (static_cast<size_t>(at) >= ports.size())) ? nullptr : &ports[static_cast<size_t>(at)];
}

template <typename Port>
Port *Named(std::vector<Port> &ports, const std::string &name) {
  return At(ports, OperatorImpl::Find(ports, name));
}

template <typename Port>
TensorDesc DescOf(const Port *port) {
  return (port == nullptr) ? TensorDesc() : port->desc;
}

template <typename Port>
graphStatus Update(Port *port, const TensorDesc &desc) {
  if (port == nullptr) {
    return GRAPH_FAILED;
  }
  port->desc = desc;
  return GRAPH_SUCCESS;
}

/* How many ports are called `name` and a number: the members of a dynamic one. */
template <typename Port>
int32_t Members(const std::vector<Port> &ports, const std::string &name) {
  int32_t count = 0;
  while (OperatorImpl::Find(ports, name + std::to_string(count)) >= 0) {
    ++count;
  }
  return count;
}
}  // namespace

TensorDesc Operator::GetInputDesc(const std::string &name) const {
  return IsEmpty() ? TensorDesc() : DescOf(Named(operator_impl_->in, name));
}

TensorDesc Operator::GetInputDescByName(const char_t *name) const { return GetInputDesc(Text(name)); }

TensorDesc Operator::GetInputDesc(uint32_t index) const {
  return IsEmpty() ? TensorDesc() : DescOf(At(operator_impl_->in, index));
}

graphStatus Operator::UpdateInputDesc(const std::string &name, const TensorDesc &tensor_desc) {
  return IsEmpty() ? GRAPH_FAILED : Update(Named(operator_impl_->in, name), tensor_desc);
}

graphStatus Operator::UpdateInputDesc(const char_t *name, const TensorDesc &tensor_desc) {
  return UpdateInputDesc(Text(name), tensor_desc);
}

graphStatus Operator::UpdateInputDesc(uint32_t index, const TensorDesc &tensor_desc) {
  return IsEmpty() ? GRAPH_FAILED : Update(At(operator_impl_->in, index), tensor_desc);
}

int32_t Operator::GetDynamicInputNum(const std::string &name) const {
  return IsEmpty() ? 0 : Members(operator_impl_->in, name);
}

int32_t Operator::GetDynamicInputNum(const char_t *name) const { return GetDynamicInputNum(Text(name)); }

TensorDesc Operator::GetDynamicInputDesc(const std::string &name, uint32_t index) const {
  return GetInputDesc(Member(name, index));
}

TensorDesc Operator::GetDynamicInputDesc(const char_t *name, uint32_t index) const {
  return GetDynamicInputDesc(Text(name), index);
}

graphStatus Operator::UpdateDynamicInputDesc(const std::string &name, uint32_t index,
                                             const TensorDesc &tensor_desc) {
  return UpdateInputDesc(Member(name, index), tensor_desc);
}

graphStatus Operator::UpdateDynamicInputDesc(const char_t *name, uint32_t index,
                                             const TensorDesc &tensor_desc) {
  return UpdateDynamicInputDesc(Text(name), index, tensor_desc);
}

TensorDesc Operator::GetOutputDesc(const std::string &name) const {
  return IsEmpty() ? TensorDesc() : DescOf(Named(operator_impl_->out, name));
}

TensorDesc Operator::GetOutputDescByName(const char_t *name) const { return GetOutputDesc(Text(name)); }

TensorDesc Operator::GetOutputDesc(uint32_t index) const {
  return IsEmpty() ? TensorDesc() : DescOf(At(operator_impl_->out, index));
}

graphStatus Operator::UpdateOutputDesc(const std::string &name, const TensorDesc &tensor_desc) {
  return IsEmpty() ? GRAPH_FAILED : Update(Named(operator_impl_->out, name), tensor_desc);
}

graphStatus Operator::UpdateOutputDesc(const char_t *name, const TensorDesc &tensor_desc) {
  return UpdateOutputDesc(Text(name), tensor_desc);
}

graphStatus Operator::UpdateOutputDesc(uint32_t index, const TensorDesc &tensor_desc) {
  return IsEmpty() ? GRAPH_FAILED : Update(At(operator_impl_->out, index), tensor_desc);
}

int32_t Operator::GetDynamicOutputNum(const std::string &name) const {
  return IsEmpty() ? 0 : Members(operator_impl_->out, name);
}

int32_t Operator::GetDynamicOutputNum(const char_t *name) const { return GetDynamicOutputNum(Text(name)); }

TensorDesc Operator::GetDynamicOutputDesc(const std::string &name, uint32_t index) const {
  return GetOutputDesc(Member(name, index));
}

TensorDesc Operator::GetDynamicOutputDesc(const char_t *name, uint32_t index) const {
  return GetDynamicOutputDesc(Text(name), index);
}

graphStatus Operator::UpdateDynamicOutputDesc(const std::string &name, uint32_t index,
                                              const TensorDesc &tensor_desc) {
  return UpdateOutputDesc(Member(name, index), tensor_desc);
}

graphStatus Operator::UpdateDynamicOutputDesc(const char_t *name, uint32_t index,
                                              const TensorDesc &tensor_desc) {
  return UpdateDynamicOutputDesc(Text(name), index, tensor_desc);
}

graphStatus Operator::TryGetInputDesc(const std::string &name, TensorDesc &tensor_desc) const {
  const OperatorInput *const input = IsEmpty() ? nullptr : Named(operator_impl_->in, name);
  if (input == nullptr) {
    return GRAPH_FAILED;
  }
  tensor_desc = input->desc;
  return GRAPH_SUCCESS;
}

graphStatus Operator::TryGetInputDesc(const char_t *name, TensorDesc &tensor_desc) const {
  return TryGetInputDesc(Text(name), tensor_desc);
}

graphStatus Operator::GetInputConstData(const std::string &dst_name, Tensor &data) const {
  const OperatorInput *const input = IsEmpty() ? nullptr : Named(operator_impl_->in, dst_name);
  if ((input == nullptr) || (input->from == nullptr)) {
    return GRAPH_FAILED;
  }
  const bool constant = (input->from->type == "Const") || (input->from->type == "Constant");
  return (constant && mc::GetAttr(&input->from->attrs, "value", data)) ? GRAPH_SUCCESS
                                                                       : GRAPH_NODE_WITHOUT_CONST_INPUT;
}

graphStatus Operator::GetInputConstData(const char_t *dst_name, Tensor &data) const {
  return GetInputConstData(Text(dst_name), data);
}

graphStatus Operator::GetInputConstDataOut(const std::string &dst_name, Tensor &data) const {
  return GetInputConstData(dst_name, data);
}

graphStatus Operator::GetInputConstDataOut(const char_t *dst_name, Tensor &data) const {
  return GetInputConstData(Text(dst_name), data);
}

/* Only what the operator's own library registered can be asked here; graphs are inferred when they are
 * compiled. */
graphStatus Operator::InferShapeAndType() {
  if (IsEmpty() || (operator_impl_->infer == nullptr)) {
    return mc::NotEmulatedByGraph("Operator::InferShapeAndType without a registered function");
  }
  return operator_impl_->infer(*this);
}

graphStatus Operator::VerifyAllAttr(bool) { return VerifyAll(); }

graphStatus Operator::VerifyAll() {
  if (IsEmpty()) {
    return GRAPH_FAILED;
  }
  return (operator_impl_->verify == nullptr) ? GRAPH_SUCCESS : operator_impl_->verify(*this);
}

void Operator::SetInferenceContext(const InferenceContextPtr &inference_context) {
  if (!IsEmpty()) {
    operator_impl_->context = inference_context;
  }
}

InferenceContextPtr Operator::GetInferenceContext() const {
  return IsEmpty() ? nullptr : operator_impl_->context;
}

void Operator::InferFuncRegister(const std::function<graphStatus(Operator &)> &func) {
  if (!IsEmpty()) {
    operator_impl_->infer = func;
  }
}

void Operator::InferFormatFuncRegister(const std::function<graphStatus(Operator &)> &func) {
  if (!IsEmpty()) {
    operator_impl_->infer_format = func;
  }
}

void Operator::VerifierFuncRegister(const std::function<graphStatus(Operator &)> &func) {
  if (!IsEmpty()) {
    operator_impl_->verify = func;
  }
}
}  // namespace ge
