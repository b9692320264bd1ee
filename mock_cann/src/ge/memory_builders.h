/* How sessions make the small results of compiling: FeatureMemory and ExternalWeightDesc. The classes'
 * constructors are private to these builders; everything is inline because several libraries build them. */
#ifndef MC_GE_MEMORY_BUILDERS_H
#define MC_GE_MEMORY_BUILDERS_H

#include "ge/ge_external_weight_desc.h"
#include "ge/ge_feature_memory.h"
#include "ge/hidden.h"

namespace ge {
class MC_HIDDEN FeatureMemory::FeatureMemoryData {
 public:
  MemoryType type;
  size_t size;
  bool fixed;
};

class MC_HIDDEN FeatureMemory::Builder {
 public:
  static FeatureMemoryPtr Build(MemoryType type, size_t size, bool fixed) {
    FeatureMemoryPtr memory(new FeatureMemory());
    memory->data_ = std::make_shared<FeatureMemoryData>(FeatureMemoryData{type, size, fixed});
    return memory;
  }
};

class MC_HIDDEN ExternalWeightDesc::ExternalWeightDescData {
 public:
  AscendString location;
  size_t size, offset;
  AscendString id;
};

class MC_HIDDEN ExternalWeightDesc::Builder {
 public:
  static ExternalWeightDescPtr Build(const AscendString &location, size_t size, size_t offset,
                                     const AscendString &id) {
    ExternalWeightDescPtr desc(new ExternalWeightDesc());
    desc->data_ =
        std::make_shared<ExternalWeightDescData>(ExternalWeightDescData{location, size, offset, id});
    return desc;
  }
};
}  // namespace ge

#endif
