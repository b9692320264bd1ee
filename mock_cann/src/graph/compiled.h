/* What models, loaded models and their runs share. Layers above see graph/model.h. */
#ifndef MC_GRAPH_COMPILED_H
#define MC_GRAPH_COMPILED_H

#include <pthread.h>

#include "graph/program.h"

enum { MC_PLAN_CACHE = 16, MC_MAX_GEARS = 100 };

/* ---- variables.c ---- */

/* One variable of a store. The memory stays where it is as long as the store lives. */
typedef struct mc_variable {
  struct mc_variable *next;
  char *name;
  mc_desc desc;
  void *address; /* device memory; NULL for an empty tensor */
  void *view;
  atomic_bool assigned;
} mc_variable;

/* Finds or creates; a new one takes its initial value. 0, or a reported status when it exists with another dtype or
 * shape, or there is no memory. */
int mc_variables_bind(mc_variables *store, const mc_program *program, int index, mc_variable **variable);

/* ---- bound.c: a plan with addresses ---- */

typedef struct mc_bound {
  atomic_int users;
  mc_plan *plan;
  char *work;           /* what the pointers are made for; NULL at first */
  const char *weight;
  bool pointing;
  void **pointers;
} mc_bound;

mc_bound *mc_bound_create(mc_plan *plan);
void mc_bound_release(mc_bound *bound);

/* Addresses of one run, as this process sees them. weight NULL: constants are read from the model's own graph. */
typedef struct mc_addresses {
  void *const *in, *const *out;
  char *work;
  const char *weight;
  const size_t *const_offsets; /* by value */
  mc_variable *const *variables;
} mc_addresses;

/* Runs every step. On failure `why` says which node and why; a status of the runtime's. */
int mc_bound_run(mc_bound *bound, const mc_addresses *addresses, char why[400]);

/* ---- run_task.c ---- */

/* Device memory as this process sees it; `why` says what is wrong: freed, foreign, too short, or the host's. */
int mc_device_view(void *address, int64_t bytes, void **view, char why[192]);

/* The steps alone, with every pointer in place. */
int mc_steps_run(const mc_plan *plan, void **pointers, char *scratch, char why[400]);

/* ---- eager.c: operator by operator, when shapes depend on contents ---- */

typedef struct mc_eager {
  const mc_program *program;
  const mc_desc *in;
  void *const *in_data;
  mc_variable *const *variables;
  bool *made; /* by value: results of this run; NULL without branches */
  /* results; valid until mc_eager_free */
  mc_desc *out;
  const void **out_data;
  mc_arena arena;
  mc_subplan *subplans;
} mc_eager;

int mc_eager_run(mc_eager *eager); /* a reported GE status */
void mc_eager_free(mc_eager *eager);

/* branches.c: whether a branch that is not taken keeps the operator from running; running a Switch or Merge, of which a
 * Merge may have nothing to give. */
bool mc_eager_waits(const mc_eager *eager, const mc_guards *guards);
int mc_eager_branch(mc_eager *eager, mc_infer *infer, const mc_prog_op *op);

/* flow_eager.c: a control flow operator with known contents: its outputs get descriptions and contents. */
int mc_flow_eager(mc_infer *infer, const mc_prog_op *op);

/* ---- gears.c ---- */

typedef struct mc_gears {
  mc_gear_kind kind;
  int count, width; /* gears, values of each */
  int64_t *values;  /* count x width */
  int *order;       /* the inputs in the order in which gears list them */
  bool extra_input; /* offline models get the gear in an input of its own */
} mc_gears;

/* Applies the input_shape options to the inputs' descriptions and upper bounds. */
int mc_shape_options(const mc_program *program, mc_options options, mc_desc *inputs, mc_shape *upper, int *order);
/* Reads the gears for these inputs; `order` is what mc_shape_options found. */
int mc_gears_parse(const mc_program *program, mc_options options, const mc_desc *inputs, const int *order,
                   mc_gears *gears);
void mc_gears_free(mc_gears *gears);
/* Replaces the unknown dims of `concrete`, a copy of the inputs, by a gear's values. */
void mc_gear_apply(const mc_gears *gears, const int64_t *values, int n_inputs, mc_desc *concrete);
/* Index of a gear; -1 when there is none with these values. */
int mc_gear_index(const mc_gears *gears, const int64_t *values);

/* ---- model.c ---- */

struct mc_model {
  atomic_int users;
  mc_graph *graph; /* a copy: attributes and constants live here */
  mc_program program;
  char **options;
  char *soc;
  bool is_static;
  mc_io *inputs, *outputs; /* inputs include the gears' extra one */
  int n_inputs;
  mc_desc *in; /* declared, without the extra input */

  mc_gears gears;
  int largest_gear;
  mc_plan **plans; /* static: one; gears: one a gear */
  int n_plans;

  size_t *const_offsets; /* by value; SIZE_MAX: not needed at run time */
  size_t const_size, feature_size;

  pthread_mutex_t lock; /* guards the cache; nothing is taken while it is held */
  mc_plan *cache[MC_PLAN_CACHE]; /* dynamic: newest use first */
};

/* The plan for these shapes, retained: cached or built. */
int mc_model_plan(mc_model *model, const mc_desc *inputs, mc_plan **plan);
/* The gear that has these shapes; -1 when none. */
int mc_model_gear_of(const mc_model *model, const mc_desc *inputs);
/* With the plans made: fills the descriptions of inputs and outputs. */
void mc_model_describe_inputs(mc_model *model, const mc_shape *upper);
int mc_model_describe_outputs(mc_model *model);

/* Copies constants to where the model wants them, relative to `to`. */
void mc_model_write_consts(const mc_model *model, char *to);

/* ---- checks.c: what a run checks before anything is queued ---- */

/* Counts, sizes, shapes; resolves descriptions (n_in of the model without the extra input) and the gear (-1: none).
 * A reported GE status. */
int mc_check_inputs(const mc_model *model, const mc_binding *in, int n_in, mc_desc *descs, int *gear);
int mc_check_outputs(const mc_model *model, const mc_plan *plan, const mc_binding *out, int n_out);

#endif
