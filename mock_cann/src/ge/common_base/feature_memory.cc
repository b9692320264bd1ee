/* ge::FeatureMemory. */
#include "ge/memory_builders.h"

namespace ge {
FeatureMemory::~FeatureMemory() = default;

MemoryType FeatureMemory::GetType() const { return data_->type; }

size_t FeatureMemory::GetSize() const { return data_->size; }

bool FeatureMemory::IsFixed() const { return data_->fixed; }
}  // namespace ge
