/* ge::TensorType: the data types an operator prototype takes. The list is only read by the prototype
 * registration. */
#include <vector>

#include "ge/hidden.h"
#include "graph/types.h"

namespace ge {
class MC_HIDDEN TensorTypeImpl {
 public:
  std::vector<DataType> types;
};

TensorType::TensorType(DataType dt) : tensor_type_impl_(std::make_shared<TensorTypeImpl>()) {
  tensor_type_impl_->types.push_back(dt);
}

TensorType::TensorType(const std::initializer_list<DataType> &initial_types)
    : tensor_type_impl_(std::make_shared<TensorTypeImpl>()) {
  tensor_type_impl_->types = initial_types;
}
}  // namespace ge
