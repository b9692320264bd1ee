/* A user's device memory allocator. The caller's own code implements it; GE calls it through the vtable, so
 * the order of the virtual functions is part of the interface. */
#ifndef GE_GE_ALLOCATOR_H_
#define GE_GE_ALLOCATOR_H_

#include <cstddef>
#include <memory>

namespace ge {
class MemBlock;

class Allocator {
 public:
  Allocator() = default;
  virtual ~Allocator() = default;
  Allocator(const Allocator &) = delete;
  Allocator &operator=(const Allocator &) = delete;

  /* Returns nullptr when there is no memory. */
  virtual MemBlock *Malloc(size_t size) = 0;
  virtual void Free(MemBlock *block) = 0;
  /* As Malloc; `addr` is a hint which address the caller would like. */
  virtual MemBlock *MallocAdvise(size_t size, void *addr) {
    (void)addr;
    return Malloc(size);
  }
};

class MemBlock {
 public:
  MemBlock(Allocator &allocator, void *addr, size_t block_size)
      : allocator_(allocator), addr_(addr), count_(1U), block_size_(block_size) {}
  virtual ~MemBlock() = default;

  const void *GetAddr() const { return addr_; }
  void *GetAddr() { return addr_; }
  size_t GetSize() const { return block_size_; }
  void SetSize(const size_t mem_size) { block_size_ = mem_size; }

  /* Gives back one reference; the last one hands the block to its allocator. */
  void Free() {
    if (GetCount() > 0U) {
      if (SubCount() == 0U) {
        allocator_.Free(this);
      }
    }
  }

  size_t AddCount() { return ++count_; }
  size_t SubCount() { return --count_; }
  size_t GetCount() const { return count_; }

 private:
  Allocator &allocator_;
  void *addr_;
  size_t count_;
  size_t block_size_;
};

using AllocatorPtr = std::shared_ptr<Allocator>;
}  // namespace ge

#endif  // GE_GE_ALLOCATOR_H_
