/* Offline compilation (aclgrphBuild*): a graph becomes the bytes of an .om without a session or a device. */
#ifndef MC_GRAPH_OFFLINE_H
#define MC_GRAPH_OFFLINE_H

#include "graph/model.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MC_GRAPH_FAILED UINT32_C(4294967295)
#define MC_GRAPH_PARAM_INVALID UINT32_C(50331649)

/* Functions return the graphStatus a user sees. Safe in any thread; initialising and finalising are not meant
 * to overlap with building. */
uint32_t mc_offline_initialize(mc_options options);
void mc_offline_finalize(void);
/* malloc'ed bytes. `options` win over those of initialise. */
uint32_t mc_offline_build(const mc_graph *graph, mc_options options, void **bytes, size_t *size);
/* Writes <file>.om; a name that ends so is taken as it is. */
uint32_t mc_offline_save(const char *file, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
