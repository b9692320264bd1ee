/* ge::ExternalWeightDesc. */
#include "ge/memory_builders.h"

namespace ge {
ExternalWeightDesc::~ExternalWeightDesc() = default;

AscendString ExternalWeightDesc::GetLocation() const { return data_->location; }

size_t ExternalWeightDesc::GetSize() const { return data_->size; }

size_t ExternalWeightDesc::GetOffset() const { return data_->offset; }

AscendString ExternalWeightDesc::GetId() const { return data_->id; }
}  // namespace ge
