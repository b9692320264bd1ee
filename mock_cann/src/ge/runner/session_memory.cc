/* ge::Session: memory the application gives, and its allocators. */
#include "ge/ge_api.h"

#include "ge/runner/session_lookup.h"
#include "ge/session_objects.h"

namespace ge {
Status Session::SetGraphConstMemoryBase(uint32_t graph_id, const void *memory, size_t size) {
  return mc_session_set_const_base(mc_session_by_id(sessionId_), graph_id, memory, size);
}

Status Session::UpdateGraphFeatureMemoryBase(uint32_t graph_id, const void *memory, size_t size) {
  return mc_session_update_feature_base(mc_session_by_id(sessionId_), graph_id, memory, size);
}

Status Session::SetGraphFixedFeatureMemoryBase(uint32_t graph_id, const void *memory, size_t size) {
  return SetGraphFixedFeatureMemoryBaseWithType(graph_id, MemoryType::MEMORY_TYPE_DEFAULT, memory, size);
}

Status Session::SetGraphFixedFeatureMemoryBaseWithType(uint32_t graph_id, MemoryType type, const void *memory,
                                                       size_t size) {
  return mc_session_set_fixed_feature_base(mc_session_by_id(sessionId_), graph_id, static_cast<int>(type),
                                           memory, size);
}

Status Session::UpdateGraphRefreshableFeatureMemoryBase(uint32_t graph_id, const void *memory, size_t size) {
  return mc_session_update_refreshable_base(mc_session_by_id(sessionId_), graph_id, memory, size);
}

Status Session::RegisterExternalAllocator(const void *stream, AllocatorPtr allocator) const {
  return mc::RegisterAllocator(mc_session_by_id(sessionId_), stream, allocator);
}

Status Session::UnregisterExternalAllocator(const void *stream) const {
  return mc_session_unregister_allocator(mc_session_by_id(sessionId_), stream);
}
} // namespace ge
