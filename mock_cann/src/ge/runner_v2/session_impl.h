/* The body behind a ge::GeSession. */
#ifndef MC_GE_RUNNER_V2_SESSION_IMPL_H
#define MC_GE_RUNNER_V2_SESSION_IMPL_H

#include <map>
#include <mutex>

#include "ge/ge_api_v2.h"
#include "ge/session_objects.h"
#include "ge/session_tensors.h"

namespace ge {
class MC_HIDDEN GeSession::Impl {
public:
  explicit Impl(mc_session *created) : session(created) {}
  ~Impl() { mc_session_destroy(session); }
  Impl(const Impl &) = delete;
  Impl &operator=(const Impl &) = delete;

  mc_session *const session;
  std::mutex lock; /* guards `callbacks`; a leaf */
  std::map<AscendString, RunCallback> callbacks;
};
} // namespace ge

#endif
