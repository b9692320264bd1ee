/*
 * Error reporting: the text store behind aclGetRecentErrMsg and GEGetErrorMsg*, the thread's last error, and the
 * two check layers of CANN.
 *
 * The acl layer *refuses* (100000 family, EH texts, last error untouched); the runtime layer *fails* (107000, 207000,
 * 507000 families, EE texts, last error set). GE reports E texts and returns its own Status.
 * Every function here is safe in any thread, takes only the store's own lock and calls nothing back.
 */
#ifndef MC_ENGINE_REPORT_H
#define MC_ENGINE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Appends one entry made from the template of `code` ("EE1003", "E10062") and its arguments in the order the
 * template names them; the argument list ends with NULL. */
void mc_report(const char *code, ...) __attribute__((sentinel));

/* Appends an inner entry ("E19999", "EE9999", "E18888") with free text. */
void mc_report_inner(const char *code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends a warning entry; read by the GEGetWarningMsg* family. */
void mc_report_warning(const char *code, ...) __attribute__((sentinel));

/* The acl layer's answer: reports and returns `status`. */
#define mc_refuse(status, ...) (mc_report(__VA_ARGS__, (char *)NULL), (status))

/* The runtime layer's answer: reports, sets the thread's last error, returns `status`. */
#define mc_fail(status, ...) (mc_report(__VA_ARGS__, (char *)NULL), mc_last_error_set(status))

/* printf into a buffer that lives as long as the enclosing block: mc_fail(107001, "EE1003", ..., MC_TEXT("%d", id)). */
#define MC_TEXT(...) mc_text_format((char[192]){0}, 192, __VA_ARGS__)
char *mc_text_format(char *buffer, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

int mc_last_error_set(int status); /* returns status */
int mc_last_error_peek(void);
int mc_last_error_take(void);

/* Answers for a function that is not emulated: 207000 (and NULL / 0 for other results) and a text naming it. */
int mc_unsupported(const char *function);

/* Moves the caller's texts out of the store as one CANN-formatted text in malloc'ed memory; NULL when there is
 * nothing. The caller frees it. */
char *mc_report_take(void);
char *mc_report_take_warnings(void);

/* aclGetRecentErrMsg: the same text in memory that belongs to the thread until its next call. */
const char *mc_report_recent(void);

/* The present time as texts and logs have it: 2026-11-21-15:06:31.736.398. */
void mc_report_time(char text[48]);

/* The work id under which this thread reports. GE's worker threads adopt the submitting thread's. 0 = own. */
uint64_t mc_report_work_id(void);
void mc_report_adopt(uint64_t work_id);

/* aclInit's err_msg_mode: false = one store per thread (default), true = one for the process. */
void mc_report_process_mode(bool process);

#ifdef __cplusplus
}
#endif
#endif
