/* aclInit and aclFinalize: the reference count, the configuration and the callbacks of other libraries. */
#ifndef MC_ENGINE_LIFECYCLE_H
#define MC_ENGINE_LIFECYCLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

int mc_acl_init(const char *function, const char *path);
int mc_acl_finalize(const char *function);
int mc_acl_finalize_reference(const char *function, uint64_t *count);
bool mc_acl_initialized(void);

/* True while aclInit or GEInitialize* has made the model executor. */
bool mc_executor_ready(void);
void mc_executor_retain(void);
void mc_executor_release(void);
/* Counts executors that are gone: what belonged to an earlier one does not exist any more. */
uint64_t mc_executor_epoch(void);

typedef int (*mc_init_callback)(const char *config, size_t size, void *user_data);
typedef int (*mc_finalize_callback)(void *user_data);
int mc_init_callback_add(const char *function, int type, mc_init_callback callback, void *user_data);
int mc_init_callback_remove(const char *function, int type, mc_init_callback callback);
int mc_finalize_callback_add(const char *function, int type, mc_finalize_callback callback, void *user_data);
int mc_finalize_callback_remove(const char *function, int type, mc_finalize_callback callback);

/* The configuration file of aclInit. On success *text is malloc'ed (NULL without a path). */
int mc_config_read(const char *function, const char *path, char **text, size_t *size);
/* Applies every section it knows. */
int mc_config_apply(const char *function, const char *path, const char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
