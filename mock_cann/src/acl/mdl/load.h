/* The steps of loading that all ways share. */
#ifndef MC_ACL_MDL_LOAD_H
#define MC_ACL_MDL_LOAD_H

#include "acl/mdl/models.h"

enum { SOC_MISMATCH = 507008 };

#pragma GCC visibility push(hidden)
/* Reads a model; 0 or what the entry point answers. The path is looked at before the executor. */
int mc_acl_restore_file(const char *function, const char *path, mc_model **model);
int mc_acl_restore(const char *function, const void *bytes, size_t size, mc_model **model);
/* Takes `model` over and puts it on the current device. */
int mc_acl_load(const char *function, mc_model *model, const mc_load_config *config, uint32_t priority,
                uint32_t *id);
#pragma GCC visibility pop

#endif
