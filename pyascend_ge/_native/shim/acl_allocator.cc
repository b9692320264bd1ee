/* A user's allocator in the shape of AscendCL's registry of streams. */
#include "callbacks_gate.h"
#include "guard.h"

namespace {
struct Allocator {
  pge_allocate_fn allocate;
  pge_free_fn free;
  void *user;
};
} // namespace

extern "C" {
pge_handle pge_base_acl_allocator(pge_allocate_fn allocate, pge_free_fn free, void *user) {
  return pge::address(new (std::nothrow) Allocator{allocate, free, user});
}

void pge_base_acl_allocator_free(pge_handle allocator) {
  delete pge::object<Allocator>(allocator);
}

void *pge_base_acl_allocate_near(void *allocator, size_t size, void *advised) {
  const Allocator &mine = *static_cast<Allocator *>(allocator);
  uintptr_t got = 0;
  (void)pge::through_gate([&] { got = mine.allocate(mine.user, size, pge::address(advised)); });
  return pge::pointer(got);
}

void *pge_base_acl_allocate(void *allocator, size_t size) {
  return pge_base_acl_allocate_near(allocator, size, nullptr);
}

void pge_base_acl_release(void *allocator, void *block) {
  const Allocator &mine = *static_cast<Allocator *>(allocator);
  (void)pge::through_gate([&] { mine.free(mine.user, pge::address(block), 0); });
}

void *pge_base_acl_address(void *block) {
  return block;
}
}
