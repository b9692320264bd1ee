/* ge::GeSession: memory the application gives, and its allocators. */
#include "ge/runner_v2/session_impl.h"

namespace ge {
Status GeSession::SetGraphConstMemoryBase(uint32_t graph_id, const void *memory, size_t size) {
  return mc_session_set_const_base(impl_->session, graph_id, memory, size);
}

Status GeSession::UpdateGraphFeatureMemoryBase(uint32_t graph_id, const void *memory, size_t size) {
  return mc_session_update_feature_base(impl_->session, graph_id, memory, size);
}

Status GeSession::SetGraphFixedFeatureMemoryBaseWithType(uint32_t graph_id, MemoryType type,
                                                         const void *memory, size_t size) {
  return mc_session_set_fixed_feature_base(impl_->session, graph_id, static_cast<int>(type), memory, size);
}

Status GeSession::UpdateGraphRefreshableFeatureMemoryBase(uint32_t graph_id, const void *memory,
                                                          size_t size) {
  return mc_session_update_refreshable_base(impl_->session, graph_id, memory, size);
}

Status GeSession::RegisterExternalAllocator(const void *stream, AllocatorPtr allocator) const {
  return mc::RegisterAllocator(impl_->session, stream, allocator);
}

Status GeSession::UnregisterExternalAllocator(const void *stream) const {
  return mc_session_unregister_allocator(impl_->session, stream);
}
} // namespace ge
