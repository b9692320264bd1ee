/* An external allocator that counts. */
#ifndef TESTS_NATIVE_SUPPORT_COUNTING_ALLOCATOR_H
#define TESTS_NATIVE_SUPPORT_COUNTING_ALLOCATOR_H

#include <vector>

#include "acl/acl.h"
#include "ge/ge_allocator.h"

namespace test {
class CountingAllocator : public ge::Allocator {
public:
  ge::MemBlock *Malloc(size_t size) override {
    void *address = nullptr;
    if (refuse || aclrtMalloc(&address, size, ACL_MEM_MALLOC_HUGE_FIRST) != 0) {
      return nullptr;
    }
    ++taken;
    last_size = size;
    sizes.push_back(size);
    return new ge::MemBlock(*this, address, size);
  }

  void Free(ge::MemBlock *block) override {
    ++freed;
    aclrtFree(block->GetAddr());
    delete block;
  }

  ge::MemBlock *MallocAdvise(size_t size, void *address) override {
    advised.push_back(address);
    return Malloc(size);
  }

  bool refuse = false;
  int taken = 0, freed = 0;
  size_t last_size = 0;
  std::vector<size_t> sizes;
  std::vector<void *> advised;
};
} // namespace test

#endif
