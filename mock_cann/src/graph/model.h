/*
 * Compiled models. mc_model is immutable and reference counted (its cache of plans for dynamic shapes is its own
 * affair and thread-safe); mc_loaded is a model with memory on a device, ready to be launched.
 */
#ifndef MC_GRAPH_MODEL_H
#define MC_GRAPH_MODEL_H

#include "engine/engine.h"
#include "graph/ir.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mc_model mc_model;
typedef struct mc_loaded mc_loaded;
typedef struct mc_variables mc_variables; /* a session's variable store */

/* Options by GE's keys; NULL-terminated pairs: {"ge.exec.hostInputIndexes", "0;1", NULL}. May be NULL. */
typedef const char *const *mc_options;
const char *mc_option(mc_options options, const char *key); /* NULL when absent */

typedef struct mc_io {
  const char *name;
  mc_desc desc;        /* compiled description; dims -1 where dynamic; gears: -1 on the gear axes */
  mc_shape upper;      /* the largest shape (gears); equal to desc.shape otherwise */
  int64_t size;        /* bytes needed (the largest gear's); 0 when unbounded */
} mc_io;

/*
 * Compiles. `inputs` (may be NULL) replaces the Data nodes' descriptions, in index order. Failure is a GE status, with
 * every operator or dtype that is not emulated reported by node, type and nearest supported names.
 */
int mc_model_compile(const mc_graph *graph, mc_options options, const mc_desc *inputs, int n_inputs,
                     mc_model **model);
void mc_model_retain(mc_model *model);
void mc_model_release(mc_model *model);

const char *mc_model_name(const mc_model *model);
const mc_graph *mc_model_graph(const mc_model *model); /* what it was compiled from */
int mc_model_input_count(const mc_model *model);
int mc_model_output_count(const mc_model *model);
const mc_io *mc_model_input(const mc_model *model, int index);
const mc_io *mc_model_output(const mc_model *model, int index);
bool mc_model_is_static(const mc_model *model); /* gear models are static */
size_t mc_model_const_size(const mc_model *model);   /* weights on the device; 0 possible */
size_t mc_model_feature_size(const mc_model *model); /* work memory of one run (static) */

/* Gears: 0 when the model has none. A gear is one batch size, a height and a width, or the values of all -1 dims in the
 * order of the input_shape option. */
int mc_model_gear_count(const mc_model *model);
const int64_t *mc_model_gear(const mc_model *model, int index, int *count);
typedef enum mc_gear_kind { MC_GEAR_NONE, MC_GEAR_BATCH, MC_GEAR_IMAGE, MC_GEAR_DIMS } mc_gear_kind;
mc_gear_kind mc_model_gear_kind(const mc_model *model);

/* The .om container: self-contained, malloc'ed bytes / a model from bytes. A real .om (for silicon) is recognised and
 * refused: the result is what aclmdlLoad* answers, the report what to rebuild. `from` names the source in reports. */
void *mc_model_save(const mc_model *model, size_t *size);
int mc_model_restore(const char *from, const void *bytes, size_t size, mc_model **model);
const char *mc_model_soc_version(const mc_model *model);

/* Where memory comes from; zero-initialised: device memory of the current context. */
typedef struct mc_allocator {
  void *self;
  void *(*allocate)(void *self, size_t size, void **address); /* returns a block, NULL on failure */
  void (*free)(void *self, void *block);
  void *(*advise)(void *self, size_t size, void *address, void **got); /* may be NULL */
} mc_allocator;

typedef struct mc_load_config {
  void *work, *weight; /* user's memory; NULL: allocated */
  size_t work_size, weight_size;
  bool work_deferred; /* do not allocate work memory now: mc_loaded_set_work comes later */
  mc_allocator allocator;
  mc_variables *variables;    /* NULL: a store of its own */
} mc_load_config;

int mc_model_load(mc_model *model, const mc_load_config *config, mc_loaded **loaded);
int mc_loaded_set_work(mc_loaded *loaded, void *work, size_t size);
mc_model *mc_loaded_model(const mc_loaded *loaded);
/* Waits for launched work, then frees what was allocated. */
void mc_loaded_unload(mc_loaded *loaded);

/* One tensor of one run. */
typedef struct mc_binding {
  void *address;
  size_t size;
  bool on_host;        /* inputs: the bytes are copied at launch */
  mc_shape shape;      /* dynamic models: the actual shape, in and (after the call) out; rank unknown = the model's */
  int dtype, format;   /* out: filled by the call */
} mc_binding;

/*
 * Queues one run on `stream` and returns 0, or a reported GE status (E13025 inputs, E13031 outputs). When `allocator` is
 * given, outputs without address are allocated from it and their block handles stored in blocks[i]; without it dynamic
 * models allocate them with mc_device_malloc, static ones fail on the stream. A dynamic model takes its work memory from
 * the allocator too and frees it before the call returns: such an allocator is stream-ordered. Shapes of outputs are
 * known on return; when they depend on data, the call waits for the stream and has finished when it returns.
 * Rule: one loaded model must not be in use on two streams at once; an unordered use makes this run fail on its
 * stream with 507011, naming both streams.
 */
int mc_loaded_launch(mc_loaded *loaded, mc_stream *stream, const mc_binding *in, int n_in, mc_binding *out, int n_out,
                     const mc_allocator *allocator, void **blocks);

/* Runs on the caller's thread with host buffers (RunGraph's inner road, folding, tests); no stream involved. Outputs
 * without address are allocated with 64-byte alignment by malloc family and belong to the caller. */
int mc_loaded_run_host(mc_loaded *loaded, const mc_binding *in, int n_in, mc_binding *out, int n_out);

/* A gear by what aclmdlSetDynamic* give: its own values, or all dims of all inputs in a row. 0 and its index, or 145012
 * (the count or a fixed dim does not fit), 145013 (no such gear). */
int mc_model_gear_index(const mc_model *model, const int64_t *values, int count, int *gear);
int mc_model_gear_find(const mc_model *model, const int64_t *values, int count); /* without the index */
/* The same, and the shape that an input or output has then. */
int mc_model_gear_shape(const mc_model *model, const int64_t *values, int count, bool output, int index,
                        mc_shape *shape);
/* All dims of all inputs under a gear in a row, in the order of the input_shape option; returns how many there are and
 * writes at most `room`. */
int mc_model_gear_dims(const mc_model *model, int gear, int64_t *dims, int room);

/* Session variables. */
mc_variables *mc_variables_create(void);
void mc_variables_destroy(mc_variables *variables);

#ifdef __cplusplus
}
#endif
#endif
