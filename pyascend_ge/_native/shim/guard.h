/* What every function of the shim does around GE: keep exceptions in, turn statuses and strings. */
#ifndef PGE_GUARD_H
#define PGE_GUARD_H

#include <cxxabi.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <map>
#include <new>

#include "graph/ascend_string.h"

#pragma GCC visibility push(default)
#include "pge.h"
#pragma GCC visibility pop

namespace pge {
constexpr int64_t kNoMemory = 1343225856; // MEMALLOC_FAILED
constexpr int64_t kInternal = 1343225860; // INTERNAL_ERROR
constexpr int64_t kUnsupported = 1343225956;
constexpr int64_t kInvalid = 1343225857; // PARAM_INVALID

/* Keeps an exception's text for pge_base_exception_text. */
__attribute__((visibility("default"))) void remember_exception(const char *text) noexcept;

inline int64_t answer(uint32_t status) {
  return -static_cast<int64_t>(status);
}

/* Runs `body`, whose result is a value >= 0 or minus a status. */
template <class Body> int64_t guarded(Body &&body) {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    remember_exception("out of host memory");
    return -kNoMemory;
  } catch (abi::__forced_unwind &) {
    throw; // a thread that is being ended; it must not be stopped here
  } catch (const std::exception &error) {
    remember_exception(error.what());
    return -kInternal;
  } catch (...) {
    remember_exception("an exception without a text");
    return -kInternal;
  }
}

template <class Object> Object *object(pge_handle handle) {
  return reinterpret_cast<Object *>(handle);
}

template <class Object> int64_t handle(Object *object) {
  return static_cast<int64_t>(reinterpret_cast<uintptr_t>(object));
}

inline void *pointer(uintptr_t address) {
  return reinterpret_cast<void *>(address);
}
inline uintptr_t address(const void *pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

using Options = std::map<ge::AscendString, ge::AscendString>;

inline Options options(pge_strings keys, pge_strings values, int32_t count) {
  Options made;
  for (int32_t i = 0; i < count; ++i) {
    made.emplace(ge::AscendString(keys[i]), ge::AscendString(values[i]));
  }
  return made;
}

/* malloc'ed copy for the caller; NULL for an empty text or without memory. */
inline char *text(const ge::AscendString &string) {
  const char *const from = string.GetString();
  return (from == nullptr || *from == '\0') ? nullptr : strdup(from);
}

/* What a pge_tensor's or pge_bytes' owner stands for. */
class Owner {
public:
  virtual ~Owner() = default;
};
} // namespace pge

#endif
