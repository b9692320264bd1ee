/* Texts that several session files give. */
#include <stdarg.h>
#include <stdio.h>

#include "graph/session_state.h"

mc_ge_status mc_out_of_order(mc_ge_status status, const char *call, const char *format, ...) {
  char what[64], reason[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(reason, sizeof reason, format, arguments);
  va_end(arguments);
  snprintf(what, sizeof what, "Calling %s", call);
  mc_report("E10062", what, reason, NULL);
  return status;
}

mc_ge_status mc_unknown_graph_assert(const mc_session *session, uint32_t id, const char *call) {
  mc_report_inner("E19999", "Assert failed in %s: graph %u does not exist in session %llu.", call, id,
                  (unsigned long long)session->id);
  return MC_GE_PARAM_INVALID;
}
