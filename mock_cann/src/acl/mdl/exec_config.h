/* What aclmdlExecuteV2 is told beside data and stream. */
#ifndef MC_ACL_MDL_EXEC_CONFIG_H
#define MC_ACL_MDL_EXEC_CONFIG_H

#include "acl/mdl/models.h"

struct aclmdlExecConfigHandle {
  int32_t stream_timeout, event_timeout; /* milliseconds, -1: no limit */
};

#endif
