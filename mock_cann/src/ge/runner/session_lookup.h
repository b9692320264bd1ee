/* A ge::Session holds only an id. */
#ifndef MC_GE_RUNNER_SESSION_LOOKUP_H
#define MC_GE_RUNNER_SESSION_LOOKUP_H

#include "graph/session.h"

namespace mc {
/* 0 for a session that could not be constructed. */
inline uint64_t OpenSession(mc_options options) {
  mc_session *const session = mc_session_create(1, options);
  const uint64_t id = mc_session_id(session);
  if (id == 0U) {
    mc_session_destroy(session);
  }
  return id;
}
} // namespace mc

#endif
