/* Results of GE's that are released by the address of their memory, so that the release needs no Python. */
#include <pthread.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "guard.h"

namespace pge {
namespace {
/* Never destroyed: arrays may be released while the process ends. Several results may share an address. */
struct Owners {
  std::mutex lock;
  std::unordered_multimap<uintptr_t, pge_handle> by_address;
};

/* A forked child inherits the lock in whatever state it was: it releases nothing. */
std::atomic<bool> forked{false};

Owners &owners() {
  static Owners *const made = [] {
    (void)pthread_atfork(nullptr, nullptr, [] { forked = true; });
    return new Owners;
  }();
  return *made;
}
} // namespace

void own_at(uintptr_t address, pge_handle owner) {
  std::unique_ptr<Owner> held(object<Owner>(owner));
  if (address == 0) {
    return;
  }
  const std::lock_guard<std::mutex> hold(owners().lock);
  owners().by_address.emplace(address, owner);
  (void)held.release();
}
} // namespace pge

extern "C" {
void pge_base_release(pge_handle owner) {
  delete pge::object<pge::Owner>(owner);
}

void pge_base_release_at(void *memory) {
  if (pge::forked) {
    return;
  }
  pge_handle owner = 0;
  {
    const std::lock_guard<std::mutex> hold(pge::owners().lock);
    const auto found = pge::owners().by_address.find(pge::address(memory));
    if (found == pge::owners().by_address.end()) {
      return;
    }
    owner = found->second;
    pge::owners().by_address.erase(found);
  }
  pge_base_release(owner);
}

int32_t pge_base_same_tensors(const pge_tensor *one, const pge_tensor *other, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    const size_t dims = sizeof(int64_t) * static_cast<size_t>(one[i].rank);
    if (one[i].placement != other[i].placement || one[i].dtype != other[i].dtype ||
        one[i].format != other[i].format || one[i].rank != other[i].rank ||
        std::memcmp(one[i].dims, other[i].dims, dims) != 0) {
      return 0;
    }
  }
  return 1;
}
}
