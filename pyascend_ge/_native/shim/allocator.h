/* A user's allocator, given as C functions, in the shape GE wants. */
#ifndef PGE_ALLOCATOR_H
#define PGE_ALLOCATOR_H

#include <memory>

#include "callbacks_gate.h"
#include "ge/ge_allocator.h"
#include "guard.h"

namespace pge {
class CallbackAllocator : public ge::Allocator, public std::enable_shared_from_this<CallbackAllocator> {
public:
  CallbackAllocator(pge_allocate_fn allocate, pge_free_fn free, pge_drop_fn drop, void *user)
      : allocate_(allocate), free_(free), drop_(drop), user_(user) {}

  ~CallbackAllocator() override {
    (void)through_gate([this] { drop_(user_); });
  }

  ge::MemBlock *Malloc(size_t size) override { return MallocAdvise(size, nullptr); }

  ge::MemBlock *MallocAdvise(size_t size, void *advised) override {
    uintptr_t got = 0;
    (void)through_gate([&] { got = allocate_(user_, size, address(advised)); });
    if (got == 0) {
      return nullptr;
    }
    auto *const block = new (std::nothrow) Block(*this, pointer(got), size, shared_from_this());
    if (block == nullptr) {
      give_back(got, size);
    }
    return block;
  }

  void Free(ge::MemBlock *block) override {
    give_back(address(block->GetAddr()), static_cast<Block *>(block)->asked);
    delete block;
  }

private:
  /* GE may let the allocator go before the last block: each block keeps it. */
  class Block : public ge::MemBlock {
  public:
    Block(ge::Allocator &allocator, void *addr, size_t size, std::shared_ptr<CallbackAllocator> keep)
        : ge::MemBlock(allocator, addr, size), asked(size), keep_(std::move(keep)) {}

    const size_t asked; /* GE may change the block's own size */

  private:
    std::shared_ptr<CallbackAllocator> keep_;
  };

  void give_back(uintptr_t at, size_t size) {
    (void)through_gate([=] { free_(user_, at, size); });
  }

  pge_allocate_fn allocate_;
  pge_free_fn free_;
  pge_drop_fn drop_;
  void *user_;
};
} // namespace pge

#endif
