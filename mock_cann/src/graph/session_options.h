/* Options of GE, sessions and graphs: owned copies, lookup through the levels, and which values are accepted.
 */
#ifndef MC_GRAPH_SESSION_OPTIONS_H
#define MC_GRAPH_SESSION_OPTIONS_H

#include "graph/session.h"

/* NULL-terminated key/value pairs with one owner. Zero-initialised is empty. */
typedef struct mc_option_set {
  char **pairs; /* as mc_options; NULL when empty */
  int count;    /* of options */
} mc_option_set;

/* The keys and values are copied. false when memory is exhausted; the set is then unchanged. */
bool mc_option_set_add(mc_option_set *set, const char *key, const char *value);
bool mc_option_set_copy(mc_option_set *to, mc_options from);
/* Adds the options of `from` whose keys `to` does not have. */
bool mc_option_set_fill(mc_option_set *to, mc_options from);
void mc_option_set_free(mc_option_set *set);

static inline mc_options mc_option_set_view(const mc_option_set *set) {
  return (mc_options)set->pairs;
}

typedef enum mc_option_level { MC_LEVEL_GLOBAL, MC_LEVEL_SESSION, MC_LEVEL_GRAPH } mc_option_level;

/* 0, or the inner status of the first refused option, reported. `stage` names the public call. */
mc_ge_status mc_options_check(mc_options options, mc_option_level level, const char *stage);

/* "0;1;2" into ascending use order: *indexes is malloc'ed. Entries may carry ",address,length". false:
 * malformed. */
bool mc_option_indexes(const char *text, int **indexes, int *count);

#endif
