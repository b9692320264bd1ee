/* One execution: datasets turned into bindings and back. */
#ifndef MC_ACL_MDL_RUN_H
#define MC_ACL_MDL_RUN_H

#include "acl/mdl/models.h"

enum { MC_RUN_FEW = 8 };

/* Enough for most models; left uninitialised, because it is large. */
typedef struct mc_run_room {
  mc_binding bindings[2 * MC_RUN_FEW];
  void *blocks[MC_RUN_FEW];
} mc_run_room;

typedef struct mc_run_io {
  mc_model_entry *entry;
  const mc_model *model;
  const aclmdlDataset *in_set;
  aclmdlDataset *out_set;
  mc_binding *in, *out; /* as many as the model has */
  void **blocks;        /* of outputs from an allocator */
  int n_in, n_out;
  bool allocates; /* outputs without memory get some: synchronous execution */
  mc_run_room *room;
  void *many;
} mc_run_io;

#pragma GCC visibility push(hidden)
/* Checks counts, sizes and shapes in CANN's order and fills the bindings; 0 or what the entry point answers.
 */
int mc_run_io_bind(mc_run_io *io);
/* Writes addresses and descriptions of what the run allocated and found out into the output dataset. */
int mc_run_io_tell(mc_run_io *io);
/* Memory for outputs of a static model that have none; on failure nothing is kept. */
int mc_run_io_allocate(const char *function, mc_run_io *io);
void mc_run_io_take_back(mc_run_io *io);
void mc_run_io_free(mc_run_io *io);
#pragma GCC visibility pop

#endif
