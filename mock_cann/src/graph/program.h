/*
 * What the compiler makes of a graph. A *program* is the graph flattened: operators in order over numbered values,
 * nothing known about shapes. A *plan* is a program for concrete shapes: calls, places in memory, and a flat list of
 * steps. Both are immutable once built; the program belongs to the model, plans are reference counted because a model
 * with dynamic shapes forgets old ones.
 */
#ifndef MC_GRAPH_PROGRAM_H
#define MC_GRAPH_PROGRAM_H

#include <stdatomic.h>

#include "base/arena.h"
#include "graph/model.h"
#include "ops/op.h"

/* GE's own status numbers. */
enum {
  MC_GE_PARAM_INVALID = 1343225857,
  MC_GE_NO_MEMORY = 1343225856,
  MC_GE_DYNAMIC_INPUT_LENGTH = 145012,
  MC_GE_DYNAMIC_BATCH_INVALID = 145013
};

/* Tensors are refused beyond this, so that sums of sizes cannot overflow. */
#define MC_LARGEST_TENSOR (INT64_C(1) << 44)

typedef enum mc_value_kind { MC_VALUE_INPUT, MC_VALUE_CONST, MC_VALUE_VARIABLE, MC_VALUE_OP } mc_value_kind;

typedef struct mc_value {
  mc_value_kind kind;
  int index;        /* of the input, constant, variable or operator */
  mc_desc desc;     /* as declared; unknown for operators */
  const void *data; /* constants: bytes of the model's graph */
  bool written;     /* an Assign writes it: never aliased */
} mc_value;

typedef enum mc_prog_kind {
  MC_PROG_CALL,
  MC_PROG_COPY,   /* out = in: a read of something an Assign writes */
  MC_PROG_ASSIGN, /* in[0] is written with in[1] */
  MC_PROG_FLOW    /* runs subgraphs */
} mc_prog_kind;

/* Values of Switch and Merge operators that must have been made for something to run: a branch that was taken. */
typedef struct mc_guards {
  int *values;
  int count;
} mc_guards;

typedef struct mc_prog_op {
  mc_prog_kind kind;
  const mc_node *node;
  const mc_op_def *def; /* MC_PROG_CALL, MC_PROG_FLOW */
  const struct mc_flow *flow;
  int n_in, n_out;
  int *in; /* values; -1: absent */
  int out; /* first of n_out consecutive values */
  int *slot_first, *slot_count;
  mc_guards guards;        /* none without branches; none of a Merge */
  mc_guards *in_guards;    /* of a Merge, by input */
  struct mc_op_memory *memory; /* of operators that remember; the program's */
  bool limited; /* MC_OP_LIMITS: the result is kept between low and high */
  float low, high;
} mc_prog_op;

typedef struct mc_prog_variable {
  const char *name;
  int value;
  const mc_attr *init; /* tensor attribute; NULL: must be assigned */
} mc_prog_variable;

/* A file that constants are read from in place. */
typedef struct mc_mapped_file mc_mapped_file;

typedef struct mc_program {
  mc_arena arena;
  mc_mapped_file *files;
  mc_value *values;
  mc_prog_op *ops;
  mc_prog_variable *variables;
  int *inputs;       /* values, by index */
  int *outputs;      /* values */
  mc_io *input_io, *output_io; /* filled by the model */
  struct mc_flow *flows;
  int n_values, n_ops, n_variables, n_inputs, n_outputs;
  bool branches; /* some operators are Switch or Merge: what runs depends on contents */
} mc_program;

/* Reads the graph, which must outlive the program. Everything that is wrong is reported, not only the first. */
int mc_program_build(const mc_graph *graph, mc_program *program);
void mc_program_free(mc_program *program);
void mc_flow_free(struct mc_flow *flows);

/* " in subgraph 'name'", or nothing in a root graph, into text; returns text. */
#define MC_PLACE_TEXT 128
char *mc_node_place(const mc_node *node, char text[MC_PLACE_TEXT]);

/* Orders a node's inputs as the prototype says. `in` holds values by anchor, -1 where nothing is connected. Fills the
 * operator's n_in, in, slot_first, slot_count. false: `why` (200 bytes) says what does not fit. */
bool mc_prototype_bind(mc_program *program, mc_prog_op *op, const int *in, char why[200]);
int mc_prototype_count(const char *names); /* of the words in a prototype string */
/* The anchor of the input that has the name of output `output`; -1: none has. */
int mc_prototype_twin(const mc_node *node, const mc_op_def *def, int output);

/* ---- plans ---- */

typedef enum mc_at {
  MC_AT_NONE,
  MC_AT_INPUT,    /* index */
  MC_AT_OUTPUT,   /* index */
  MC_AT_CONST,    /* offset in the constant memory */
  MC_AT_KNOWN,    /* pointer: computed while compiling */
  MC_AT_WORK,     /* offset in the work memory */
  MC_AT_VARIABLE /* index */
} mc_at;

typedef struct mc_where {
  mc_at kind;
  int index;
  size_t offset;
  const void *pointer;
} mc_where;

typedef struct mc_plan_value {
  mc_desc desc;
  const void *known; /* contents known while compiling */
  int root;          /* whose memory it is; itself unless it is a view */
  int64_t bytes;
  int buffer;        /* work buffer of a root; -1: none */
  mc_where where;    /* of roots */
} mc_plan_value;

typedef struct mc_step {
  mc_op_run *run;
  const mc_op_call *call;
  int first; /* its pointers: inputs, then outputs */
  int n_in;
} mc_step;

/* A pointer of a step. */
typedef struct mc_ref {
  mc_where where;
  int pointer;
} mc_ref;

typedef struct mc_plan {
  atomic_int users;
  mc_arena arena;
  const mc_program *program;
  mc_plan_value *values;
  mc_op_call **calls;  /* by operator; NULL: needs no run */
  mc_shape *in_shapes; /* the key of the cache */
  bool data_dependent; /* shapes depend on contents: there are no steps, runs go operator by operator */

  mc_step *steps;
  int n_steps;
  mc_ref *refs;
  int n_refs, n_io_refs; /* those of graph inputs and outputs come first */
  int n_pointers;
  struct mc_subplan *subplans; /* retained: those of control flow operators */
  int *required;         /* variables read before they are assigned */
  int *assigned;         /* variables written */
  int n_required, n_assigned;
  bool *input_used;      /* an input that no step touches need not be valid memory */
  int64_t *in_bytes, *out_bytes;
  size_t work_size, scratch_offset;
  uint32_t cost_ns;
} mc_plan;

/* A plan for these input descriptions, which must be known. Every node that does not fit is reported. */
int mc_plan_build(const mc_program *program, const mc_desc *inputs, mc_plan **plan);
/* The same where contents of inputs are known: known[i] may be NULL, and must live as long as the plan. */
int mc_plan_build_known(const mc_program *program, const mc_desc *inputs, const void *const *known, mc_plan **plan);
void mc_plan_retain(mc_plan *plan);
void mc_plan_release(mc_plan *plan);

/* Plans that somebody else's arena holds a list of. */
typedef struct mc_subplan {
  struct mc_subplan *next;
  mc_plan *plan;
} mc_subplan;
void mc_subplans_release(mc_subplan *list);

/* One operator on known descriptions: allocates and fills the call, infers, and computes when everything is known. */
typedef struct mc_infer {
  const mc_program *program;
  mc_plan_value *values;
  mc_arena *arena;
  const void *const *known; /* contents of inputs; NULL: none are known */
  mc_subplan *subplans;     /* made on the way; the owner of the arena releases them */
  bool report;  /* texts go to the error store */
  bool prepare; /* make runnable calls */
  int64_t guess; /* what operators that look for elements are said to find while contents are unknown; 0: nothing */
  int errors;
  int dtype_errors;
} mc_infer;

typedef enum mc_infer_result {
  MC_INFER_FAILED,
  MC_INFER_UNKNOWN, /* an input is unknown, or its contents are needed and not known */
  MC_INFER_RUN,
  MC_INFER_VIEW,
  MC_INFER_KNOWN /* outputs' contents are known: nothing is left to run */
} mc_infer_result;

mc_infer_result mc_infer_op(mc_infer *infer, int op, mc_op_call **call);

/* For an operator whose outputs stayed unknown: their element types, where these can be told without shapes. */
void mc_infer_dtypes(mc_infer *infer, int op);
/* The same for one call whose inputs all have types: the types of its outputs, whose descriptions say nothing else. */
bool mc_call_dtypes(mc_op_call *call);

/* A call with what is known about the inputs; NULL when memory is exhausted. */
mc_op_call *mc_infer_call(mc_infer *infer, const mc_prog_op *op);

/* A control flow operator. */
mc_infer_result mc_flow_infer(mc_infer *infer, const mc_prog_op *op, mc_op_call **call);
void mc_flow_dtypes(mc_infer *infer, const mc_prog_op *op);

/* Counts an error of the operator and reports it when asked to; returns MC_INFER_FAILED. */
mc_infer_result mc_infer_refuse(mc_infer *infer, const mc_prog_op *op, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Description and contents of a value are such that its readers can be inferred. */
bool mc_infer_available(const mc_plan_value *value);

/* Sets up values for inputs, constants and variables. */
bool mc_infer_begin(mc_infer *infer, const mc_desc *inputs);

/* Descriptions of the outputs when inputs have unknown dims: each unknown dim of the result is -1, an unknown rank when
 * nothing can be said. Fails (reported) only for what no shape can cure. */
int mc_describe_outputs(const mc_program *program, const mc_desc *inputs, mc_desc *outputs);

/* ---- memory planning: independent of graphs ---- */

typedef struct mc_interval {
  size_t size;
  int first, last; /* steps during which it is in use, inclusive */
  size_t offset;   /* result, a multiple of 64 */
} mc_interval;

/* Chooses offsets such that no two intervals in use at once overlap. Returns the bytes needed; SIZE_MAX when memory for
 * planning is exhausted. */
size_t mc_place_intervals(mc_interval *intervals, int count);

/* ---- fusion ---- */

/* Groups of elementwise calls that run tile by tile: group[op] becomes op itself for what runs alone, and -1 - last,
 * the last member of its group, for what runs fused. Large operators are groups of their own: they are split over
 * threads. */
int mc_fuse(mc_plan *plan, const bool *needed, int *group);
/* The call that runs a group. */
typedef struct mc_fused {
  mc_op_call call;
  int *in, *out; /* values */
  int *last_use; /* by input: the member that reads it last; INT32_MAX unless it may be overwritten */
  int *written;  /* by output: the member that writes it */
} mc_fused;
/* members ascend; escapes[op]: somebody outside the group, or the graph's outputs, want op's result. */
mc_fused *mc_fuse_call(mc_plan *plan, const int *members, int count, const bool *escapes);

/* Places, steps and pointers of a plan whose calls are made. `runs[op]`: the operator has to run. */
int mc_plan_layout(mc_plan *plan, const bool *runs);

/* An empty call; NULL when memory is exhausted. */
mc_op_call *mc_new_call(mc_arena *arena, const char *node, int n_in, int n_out);

/* Whether an operator's result can and should be computed now; computing it (false: it did not work out). */
bool mc_fold_worthwhile(const mc_infer *infer, const mc_prog_op *op);
bool mc_fold(mc_infer *infer, const mc_prog_op *op, mc_op_call *call);

/* A call that copies `bytes` from in[0] to out[0]. */
mc_op_call *mc_copy_call(mc_arena *arena, const char *node, int64_t bytes);

#endif
