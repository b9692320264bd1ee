/* Error codes with which GE answers through AscendCL, under GE's own path. */
#ifndef GE_GE_ERROR_CODES_H_
#define GE_GE_ERROR_CODES_H_

#include "acl/error_codes/ge_error_codes.h"

#endif  // GE_GE_ERROR_CODES_H_
