/* The log that programs write to, where CANN's logging variables say. */
#ifndef MC_WATCH_LOG_H
#define MC_WATCH_LOG_H

#include <stdint.h>

/* Levels, as aclLogLevel numbers them. */
enum { MC_LOG_DEBUG, MC_LOG_INFO, MC_LOG_WARNING, MC_LOG_ERROR, MC_LOG_LEVELS };

/*
 * Writes one line in CANN's form if `level` is at least the module's: ASCEND_MODULE_LOG_LEVEL ("APP=0:GE=1"), else
 * ASCEND_GLOBAL_LOG_LEVEL, else errors only. It goes to standard output with ASCEND_LOG_PRINT_TO_STDOUT=1 or, where
 * that is not set, ASCEND_SLOG_PRINT_TO_STDOUT=1; otherwise to a file of the process under ASCEND_PROCESS_LOG_PATH,
 * ASCEND_WORK_PATH/log or $HOME/ascend/log, which is made with the first line. Variables are read once.
 */
void mc_log(int level, const char *module, const char *function, const char *file, uint32_t line, const char *text);

#endif
