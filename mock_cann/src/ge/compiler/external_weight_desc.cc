/* CANN's libge_compiler carries this one destructor beside libge_common_base. */
#include "ge/memory_builders.h"

namespace ge {
ExternalWeightDesc::~ExternalWeightDesc() = default;
}  // namespace ge
