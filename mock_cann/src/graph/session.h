/*
 * GE sessions in C: graph ids, states, the three run modes and their lock, the asynchronous pipeline, memory
 * bases, external allocators. src/ge converts C++ tensors and callbacks; every rule lives here. Both session
 * versions share one implementation; `version` (1 or 2) selects the codes a public method shows.
 *
 * Functions return the ge::Status a user of that version sees.
 */
#ifndef MC_GRAPH_SESSION_H
#define MC_GRAPH_SESSION_H

#include "graph/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t mc_ge_status;
typedef struct mc_session mc_session;
typedef struct mc_summary mc_summary; /* reference counted */

/* GEInitializeV2 / GEInitialize (version 1 also starts the v1 session manager). */
mc_ge_status mc_ge_initialize(int version, mc_options options);
mc_ge_status mc_ge_finalize(int version);
bool mc_ge_initialized(void);

/* Never NULL unless memory is exhausted; an unusable session answers FAILED everywhere. */
mc_session *mc_session_create(int version, mc_options options);
void mc_session_destroy(mc_session *session);
uint64_t mc_session_id(const mc_session *session);
mc_session *mc_session_by_id(uint64_t id); /* v1 objects hold only the id */

/* What keeps a caller's object alive. Passes to the session with the call, whatever the call answers; the
 * session calls drop exactly once, with no lock held, when it needs the object no more. */
typedef struct mc_owner {
  void *self;
  void (*drop)(void *self); /* may be NULL */
} mc_owner;

/* 0, or FAILED (reported) when `call` cannot be served: GE is not initialised, or the session not usable. */
mc_ge_status mc_session_check(const mc_session *session, const char *call);
/* GraphDebugJSONPrint: always a refusal, the one CANN gives. */
mc_ge_status mc_session_refuse_debug_json(mc_session *session, uint32_t id);

/* The session shares `graph`, which `owner` keeps alive. A graph can be in one place at a time: the address
 * of the mc_graph is its identity. */
mc_ge_status mc_session_add_graph(mc_session *session, uint32_t id, mc_graph *graph, mc_owner owner,
                                  mc_options options);
/* The session copies `graph`. */
mc_ge_status mc_session_add_graph_clone(mc_session *session, uint32_t id, const mc_graph *graph,
                                        mc_options options);
mc_ge_status mc_session_remove_graph(mc_session *session, uint32_t id);
bool mc_session_needs_rebuild(mc_session *session, uint32_t id);
mc_ge_status mc_session_compile(mc_session *session, uint32_t id, const mc_desc *inputs, int n_inputs);
mc_ge_status mc_session_build(mc_session *session, uint32_t id, const mc_desc *inputs,
                              int n_inputs); /* v1 BuildGraph */
mc_ge_status mc_session_load(mc_session *session, uint32_t id, mc_options options, void *stream);

/* Memory a session allocated for an output. Shared by reference count; the last release gives it back to
 * where it came from (the host's heap, the user's allocator, the graph's own). Safe in any thread. */
typedef struct mc_tensor_block mc_tensor_block;
void *mc_tensor_block_address(const mc_tensor_block *block);
void mc_tensor_block_retain(mc_tensor_block *block);
void mc_tensor_block_release(mc_tensor_block *block);

/* A tensor of a run. Inputs: filled by the caller. Outputs: address 0 = to be allocated. */
typedef struct mc_run_tensor {
  void *address;
  size_t size;
  bool on_host;
  int dtype, format;
  mc_shape shape;
  /* of outputs: set when the session allocated the memory; one reference, which passes to whoever receives
   * the tensor */
  mc_tensor_block *block;
} mc_run_tensor;

/* Outputs are malloc'ed arrays of host tensors: *out, *n_out; the caller releases each and frees the array.
 */
mc_ge_status mc_session_run(mc_session *session, uint32_t id, const mc_run_tensor *in, int n_in,
                            mc_run_tensor **out, int *n_out);
/* `out` has n_out tensors of the caller's. With *n_out == 0, *out must be NULL: a malloc'ed array is handed
 * back. Given tensors without an address or size are filled in place; `block` tells what was allocated. */
mc_ge_status mc_session_run_with_stream(mc_session *session, uint32_t id, void *stream,
                                        const mc_run_tensor *in, int n_in, mc_run_tensor **out, int *n_out);
/* v1 ExecuteGraphWithStreamAsync: never compiles or loads. */
mc_ge_status mc_session_execute_with_stream(mc_session *session, uint32_t id, void *stream,
                                            const mc_run_tensor *in, int n_in, mc_run_tensor **out,
                                            int *n_out);
/*
 * done() is called at most once: from a thread of the session when the request was carried out or failed, or
 * in the calling thread for a mode conflict. It receives the blocks of `out`; the array stays the session's.
 * drop() is called exactly once and last, whatever the call answered: also for a request that is refused, or
 * dropped unexecuted. Both may be NULL; both are called with no lock held.
 */
typedef struct mc_run_callback {
  void *self;
  void (*done)(void *self, mc_ge_status status, mc_run_tensor *out, int n_out);
  void (*drop)(void *self);
} mc_run_callback;
mc_ge_status mc_session_run_async(mc_session *session, uint32_t id, const mc_run_tensor *in, int n_in,
                                  const mc_run_callback *callback);

mc_ge_status mc_session_set_const_base(mc_session *session, uint32_t id, const void *memory, size_t size);
mc_ge_status mc_session_update_feature_base(mc_session *session, uint32_t id, const void *memory,
                                            size_t size);
mc_ge_status mc_session_set_fixed_feature_base(mc_session *session, uint32_t id, int type, const void *memory,
                                               size_t size);
mc_ge_status mc_session_update_refreshable_base(mc_session *session, uint32_t id, const void *memory,
                                                size_t size);

/* Process-wide, by stream; the last registration wins. `allocator` NULL is refused. */
mc_ge_status mc_session_register_allocator(mc_session *session, const void *stream,
                                           const mc_allocator *allocator, mc_owner owner);
mc_ge_status mc_session_unregister_allocator(mc_session *session, const void *stream);

/* The registered allocator of a stream (also aclrtAllocatorRegister's); false when there is none. The result
 * is kept alive until mc_allocator_release(token). */
bool mc_allocator_find(const void *stream, mc_allocator *allocator, void **token);
void mc_allocator_retain(void *token);
void mc_allocator_release(void *token);
/* Without a session: what aclrtAllocatorRegister / Unregister do. False: memory is exhausted. */
bool mc_allocator_register(const void *stream, const mc_allocator *allocator, mc_owner owner);
void mc_allocator_unregister(const void *stream);

mc_summary *mc_session_summary(mc_session *session,
                               uint32_t id); /* retained; NULL: unknown or not compiled */
void mc_summary_release(mc_summary *summary);
mc_model *mc_summary_model(const mc_summary *summary);
bool mc_summary_refreshable(const mc_summary *summary);

/* Serialized model of a compiled graph: malloc'ed. */
mc_ge_status mc_session_compiled_model(mc_session *session, uint32_t id, void **bytes, size_t *size);

#ifdef __cplusplus
}
#endif
#endif
