/* Capturing streams into models is not emulated, so no stream is ever being captured; clients ask before every launch. */
#include "acl/check.h"
#include "acl/acl_rt.h"

aclError aclmdlRICaptureGetInfo(aclrtStream stream, aclmdlRICaptureStatus *status, aclmdlRI *modelRI) {
  mc_stream *found = NULL;
  REQUIRE(stream);
  if (status == NULL && modelRI == NULL) {
    return mc_refuse(MC_INVALID_PARAM, "EH0014", __func__, "status and modelRI");
  }
  TRY(any_stream(__func__, stream, &found));
  if (found == found->context->default_stream) {
    return mc_fail(ACL_ERROR_RT_STREAM_CAPTURE_IMPLICIT, "EE1018", __func__, "the default stream is never captured");
  }
  if (status != NULL) {
    *status = ACL_MODEL_RI_CAPTURE_STATUS_NONE;
  }
  if (modelRI != NULL) {
    *modelRI = NULL;
  }
  return MC_OK;
}
