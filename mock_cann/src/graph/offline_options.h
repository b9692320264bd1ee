/* The option keys that offline compilation knows: of initialise, and of one build. NULL-terminated. */
#ifndef MC_GRAPH_OFFLINE_OPTIONS_H
#define MC_GRAPH_OFFLINE_OPTIONS_H

extern const char *const mc_offline_global_keys[];
extern const char *const mc_offline_build_keys[];

#endif
