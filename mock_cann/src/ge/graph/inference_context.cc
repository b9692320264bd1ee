/* ge::InferenceContext and ge::ShapeAndType: what custom inference functions hand to each other. Plain
 * holders. */
#include "graph/inference_context.h"

#include "ge/hidden.h"

namespace ge {
class MC_HIDDEN ShapeAndTypeImpl {
 public:
  Shape shape;
  DataType type = DT_UNDEFINED;
};

class MC_HIDDEN InnerInferenceContext {
 public:
  std::vector<std::vector<ShapeAndType>> inputs, outputs;
  std::vector<std::string> marks;
  std::map<AscendString, std::unique_ptr<ResourceContext>> resources;
  std::set<AscendString> relied_on, changed;
};

ShapeAndType::ShapeAndType() : shape_and_type_impl_(std::make_shared<ShapeAndTypeImpl>()) {}

ShapeAndType::ShapeAndType(const Shape &shape, DataType data_type) : ShapeAndType() {
  SetShape(shape);
  SetType(data_type);
}

void ShapeAndType::SetShape(const Shape &shape) { shape_and_type_impl_->shape = Shape(shape.GetDims()); }

void ShapeAndType::SetType(DataType data_type) { shape_and_type_impl_->type = data_type; }

Shape ShapeAndType::GetShape() const { return Shape(shape_and_type_impl_->shape.GetDims()); }

DataType ShapeAndType::GetDataType() const { return shape_and_type_impl_->type; }

InferenceContext::InferenceContext(std::unique_ptr<InnerInferenceContext> &inner_context)
    : inner_inference_context_(std::move(inner_context)) {}

std::unique_ptr<InferenceContext> InferenceContext::Create(void *) {
  std::unique_ptr<InnerInferenceContext> inner(new InnerInferenceContext());
  return std::unique_ptr<InferenceContext>(new InferenceContext(inner));
}

void InferenceContext::SetInputHandleShapesAndTypes(
    std::vector<std::vector<ShapeAndType>> &&shapes_and_types) {
  inner_inference_context_->inputs = std::move(shapes_and_types);
}

const std::vector<std::vector<ShapeAndType>> &InferenceContext::GetInputHandleShapesAndTypes() const {
  return inner_inference_context_->inputs;
}

const std::vector<std::vector<ShapeAndType>> &InferenceContext::GetOutputHandleShapesAndTypes() const {
  return inner_inference_context_->outputs;
}

void InferenceContext::SetOutputHandleShapesAndTypes(
    const std::vector<std::vector<ShapeAndType>> &shapes_and_types) {
  inner_inference_context_->outputs = shapes_and_types;
}

void InferenceContext::SetOutputHandleShapesAndTypes(
    std::vector<std::vector<ShapeAndType>> &&shapes_and_types) {
  inner_inference_context_->outputs = std::move(shapes_and_types);
}

void InferenceContext::SetMarks(const std::vector<std::string> &marks) {
  inner_inference_context_->marks = marks;
}

void InferenceContext::SetMarks(const std::vector<AscendString> &marks) {
  inner_inference_context_->marks.clear();
  for (const AscendString &mark : marks) {
    inner_inference_context_->marks.emplace_back(mark.GetString());
  }
}

const std::vector<std::string> &InferenceContext::GetMarks() const { return inner_inference_context_->marks; }

void InferenceContext::GetMarks(std::vector<AscendString> &marks) const {
  marks.clear();
  for (const std::string &mark : inner_inference_context_->marks) {
    marks.emplace_back(mark.c_str());
  }
}

ResourceContext *InferenceContext::GetResourceContext(const AscendString &key) {
  const auto found = inner_inference_context_->resources.find(key);
  return (found == inner_inference_context_->resources.end()) ? nullptr : found->second.get();
}

/* Takes over `resource_context`. */
graphStatus InferenceContext::SetResourceContext(const AscendString &key, ResourceContext *resource_context) {
  if (resource_context == nullptr) {
    return GRAPH_FAILED;
  }
  inner_inference_context_->resources[key].reset(resource_context);
  return GRAPH_SUCCESS;
}

graphStatus InferenceContext::RegisterReliedOnResourceKey(const AscendString &key) {
  (void)inner_inference_context_->relied_on.insert(key);
  return GRAPH_SUCCESS;
}

graphStatus InferenceContext::AddChangedResourceKey(const AscendString &key) {
  (void)inner_inference_context_->changed.insert(key);
  return GRAPH_SUCCESS;
}

const std::set<AscendString> &InferenceContext::GetReliedOnResourceKeys() const {
  return inner_inference_context_->relied_on;
}

const std::set<AscendString> &InferenceContext::GetChangedResourceKeys() const {
  return inner_inference_context_->changed;
}

void InferenceContext::ClearChangedResourceKeys() { inner_inference_context_->changed.clear(); }
}  // namespace ge
