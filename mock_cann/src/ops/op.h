/*
 * What an operator is: a prototype, an inference rule and kernels. One file per family defines a table of mc_op_def;
 * ops/registry.c lists the families. Operators know tensors and attributes, no graph, no stream and no device.
 *
 * Life of a node: the compiler orders its inputs as the prototype says, checks dtypes, calls `infer` with concrete
 * shapes, then `prepare` once, then `call->run` any number of times, possibly on several threads at once with
 * different buffers. Unknown dims never reach an operator: for dynamic graphs the compiler infers with sample
 * shapes first and plans again for each concrete shape.
 */
#ifndef MC_OPS_OP_H
#define MC_OPS_OP_H

#include "base/attr.h"

typedef struct mc_op_def mc_op_def;
typedef struct mc_op_call mc_op_call;

/* One tensor of a call. */
typedef struct mc_op_value {
  mc_desc desc;
  const void *value; /* contents known while compiling (constants, shapes), dense; NULL when not known */
  bool present;      /* false: an optional input that is not connected */
  const mc_desc *declared; /* outputs: what the graph says it is, which may be nothing or wrong; NULL: nothing */
} mc_op_value;

/* Computes the outputs. `in[i]` / `out[i]` are dense row-major buffers in the order of call->in / call->out (NULL for
 * an absent input); inputs may be unaligned only to their element size. `scratch` has call->scratch bytes, 64-byte
 * aligned. Returns 0 or a status after mc_op_error. */
typedef int mc_op_run(const mc_op_call *call, const void *const *in, void *const *out, void *scratch);

/* Elementwise kernels on a stretch of n elements: bit i of `scalars` says that in[i] is one element to be repeated,
 * otherwise in[i] has n elements. `out` may equal any in[i]. */
typedef void mc_op_tile(const mc_op_call *call, const void *const *in, void *out, int64_t n, uint32_t scalars);

struct mc_op_call {
  const mc_op_def *def;
  const char *node; /* name, for messages */
  const mc_attrs *attrs;
  int n_in, n_out;
  mc_op_value *in;  /* prototype order; a dynamic slot's members follow each other */
  mc_op_value *out; /* infer fills desc (and may fill value from the arena) */
  const int *slot_first, *slot_count; /* per prototype input: where its members are in `in` */
  struct mc_arena *arena;             /* memory that lives as long as the plan: mc_op_alloc */
  struct mc_op_memory *memory;        /* ops/memory.h; of MC_OP_EVERY_RUN, else NULL */
  bool limited; /* MC_OP_LIMITS: out[0] is kept between low and high */
  float low, high;
  /* filled by prepare */
  mc_op_run *run;
  void *state;      /* from the arena */
  size_t scratch;   /* bytes of scratch one run needs */
  uint32_t cost_ns; /* rough estimate of one run */
  char *error;      /* 256 bytes for mc_op_error */
};

enum {
  MC_OP_VIEW = 1,        /* out[0] is in[0]'s memory under another shape; run is never called when aliased */
  MC_OP_ELEMENTWISE = 2, /* has `tile`; can be fused */
  MC_OP_BRANCH = 4,      /* Switch, Merge: run by the executor itself, when contents are known */
  MC_OP_REF = 8,         /* outputs with an input's name are that tensor: Variables there take the results */
  MC_OP_LIMITS = 16,     /* heeds call->limited */
  MC_OP_RANDOM = 32,     /* gives something else with every run: never computed while compiling */
  MC_OP_EFFECT = 64,     /* runs for what it does: also when nobody reads its results, never while compiling */
  MC_OP_EVERY_RUN = MC_OP_RANDOM | MC_OP_EFFECT /* never while compiling; has call->memory */
};

struct mc_op_def {
  const char *type;
  /* Space-separated names in GE's order; suffix ? optional, * dynamic: "x filter bias? offset_w?". */
  const char *inputs, *outputs;
  /* Types accepted by input 0 (of output 0 when there is no input), as MC_DTYPE_BIT masks. */
  uint64_t dtypes;
  /* Bit i: infer needs the contents of prototype input i. */
  uint32_t value_inputs;
  uint32_t flags;
  /* Bit i: out[0] may be written over in[i] (same size) while running. */
  uint32_t inplace;
  int (*infer)(mc_op_call *call);   /* NULL: out[0] has in[0]'s description */
  int (*prepare)(mc_op_call *call); /* NULL only with `kernel` */
  mc_op_run *kernel;                /* used when prepare is NULL */
  /* Operators whose outputs' shapes depend on contents: describes the outputs as if `count` elements were found.
   * Only used to say which dims of a graph's outputs are unknown. */
  int (*guess)(mc_op_call *call, int64_t count);
  mc_op_tile *(*tile)(const mc_op_call *call); /* after prepare; NULL result: this call cannot be fused */
  int variant;                                 /* the family's own number for this type */
};

/* Records why infer, prepare or run failed, printf style; returns the status to hand back (107000 class). The caller
 * adds the node's name and type. */
int mc_op_error(const mc_op_call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Zeroed, 64-byte aligned memory that lives as long as the plan; NULL when exhausted. */
void *mc_op_alloc(const mc_op_call *call, size_t size);

/* Sets the estimate of one run. */
void mc_op_cost(mc_op_call *call, double ns);

/* The first member of prototype input `slot`; NULL when it is optional and absent. */
const mc_op_value *mc_op_input(const mc_op_call *call, int slot);

/* The name of prototype input `slot` for messages, into name; returns name. */
#define MC_OP_NAME 48
const char *mc_op_input_name(const mc_op_call *call, int slot, char name[MC_OP_NAME]);

/* Contents of an int32 or int64 input as int64 from the arena; NULL (after mc_op_error) when not known while
 * compiling or of another type. */
const int64_t *mc_op_ints(const mc_op_call *call, int slot, int64_t *count);

/* Common inference rules. */
int mc_infer_same(mc_op_call *call);      /* out[0] = in[0] */
int mc_infer_broadcast(mc_op_call *call); /* out[0].shape = broadcast of all inputs, dtype of in[0], all dtypes equal */
int mc_infer_broadcast_as(mc_op_call *call, int first, int last); /* the same over inputs [first, last) */
int mc_broadcast(const mc_shape *a, const mc_shape *b, mc_shape *out); /* non-zero when they do not fit */
/* Maps axis in [-rank, rank) into [0, rank); -1 when outside. */
int mc_axis(int64_t axis, int rank);

/* Registry. */
const mc_op_def *mc_op_find(const char *type);
/* Up to `n` known types closest to `type`, nearest first; returns how many. */
int mc_op_nearest(const char *type, const char **names, int n);
/* All definitions, for documentation and tests: index 0..count-1. */
int mc_op_count(void);
const mc_op_def *mc_op_at(int index);

/* dtype sets */
#define MC_T_F32 MC_DTYPE_BIT(MC_FLOAT)
#define MC_T_FLOATS (MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_BF16))
#define MC_T_FLOATS64 (MC_T_FLOATS | MC_DTYPE_BIT(MC_DOUBLE))
#define MC_T_SIGNED (MC_DTYPE_BIT(MC_INT8) | MC_DTYPE_BIT(MC_INT16) | MC_DTYPE_BIT(MC_INT32) | MC_DTYPE_BIT(MC_INT64))
#define MC_T_UNSIGNED                                                                                        \
  (MC_DTYPE_BIT(MC_UINT8) | MC_DTYPE_BIT(MC_UINT16) | MC_DTYPE_BIT(MC_UINT32) | MC_DTYPE_BIT(MC_UINT64))
#define MC_T_INTS (MC_T_SIGNED | MC_T_UNSIGNED)
#define MC_T_BOOL MC_DTYPE_BIT(MC_BOOL)
#define MC_T_NUMBERS (MC_T_FLOATS64 | MC_T_INTS)
#define MC_T_ALL (MC_T_NUMBERS | MC_T_BOOL)
#define MC_T_FLOAT8                                                                                          \
  (MC_DTYPE_BIT(MC_FLOAT8_E5M2) | MC_DTYPE_BIT(MC_FLOAT8_E4M3FN) | MC_DTYPE_BIT(MC_FLOAT8_E8M0))
/* Several elements in a byte. */
#define MC_T_PACKED                                                                                          \
  (MC_DTYPE_BIT(MC_INT4) | MC_DTYPE_BIT(MC_UINT1) | MC_DTYPE_BIT(MC_INT2) | MC_DTYPE_BIT(MC_UINT2) |         \
   MC_DTYPE_BIT(MC_FLOAT4_E2M1))

#endif
