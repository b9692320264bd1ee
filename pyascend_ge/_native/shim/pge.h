/*
 * The C interface of the shim over GE's C++ interface. GE has no C ABI of its own, so this one is ours.
 *
 * build_ffi.py reads this file: plain C declarations, one per statement, no macro but the guard. Handles and addresses
 * are integers, so that Python keeps them as ints.
 *
 * The prefix names the library that exports a function: pge_base_ libpge_base.so, pge_graph_ libpge_graph.so,
 * pge_compiler_ libpge_compiler.so, pge_v2_ libpge_session_v2.so, pge_v1_ libpge_session_v1.so. None is linked to CANN:
 * their C++ symbols resolve against the libraries that are already loaded RTLD_GLOBAL, so a CANN that lacks one library
 * loses one shim library only. The base needs none.
 *
 * Results are int64_t: a value >= 0 on success, or minus GE's status. No C++ exception leaves the shim: exhausted
 * memory is 1343225856 (MEMALLOC_FAILED), any other exception 1343225860 (INTERNAL_ERROR), and its text is
 * pge_base_exception_text's.
 */
#ifndef PGE_H
#define PGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uintptr_t pge_handle;

/* Options travel as two parallel arrays of `count` strings. */
typedef const char *const *pge_strings;

/* Minus this is no status of GE's. */
enum pge_busy { PGE_BUSY = 1 };
enum pge_placement { PGE_ON_DEVICE = 0, PGE_ON_HOST = 1 };

/*
 * A tensor. Inputs and outputs that the caller provides: owner is 0, the memory stays the caller's. What GE allocated
 * comes back with an owner, which whoever received the tensor gives to pge_base_release exactly once.
 */
typedef struct pge_tensor {
  uintptr_t address;
  uint64_t size;
  int32_t placement; /* enum pge_placement */
  int32_t dtype;     /* ge::DataType */
  int32_t format;    /* ge::Format */
  int32_t rank;      /* at most 25 */
  int64_t dims[25];
  pge_handle owner;
} pge_tensor;

/* Bytes that GE allocated; owner as in pge_tensor. */
typedef struct pge_bytes {
  uintptr_t address;
  uint64_t size;
  pge_handle owner;
} pge_bytes;

/*
 * The end of an asynchronous run. `done` is called at most once, on GE's thread (or on the caller's, inside the
 * submitting call, when GE refuses that way), and owns the outputs it is given; the array itself is lent. `drop` is
 * called exactly once for every pge_*_run_async, whatever that returned: after `done`, or instead of it when the
 * request was refused or thrown away. No lock of the shim is held during either.
 */
typedef void (*pge_done_fn)(void *user, uint32_t status, pge_tensor *outputs, int32_t count);
typedef void (*pge_drop_fn)(void *user);

/*
 * A device memory allocator of the user's. `allocate` returns an address, 0 when there is none; `advised` is the
 * address GE would like, 0 for no wish. `drop` is called once, when GE and every block have let the allocator go.
 * All are called on the thread that runs or releases, possibly under GE's own locks: they must not call GE.
 */
typedef uintptr_t (*pge_allocate_fn)(void *user, uint64_t size, uintptr_t advised);
typedef void (*pge_free_fn)(void *user, uintptr_t address, uint64_t size);

/* What CompiledGraphSummary says; -1 where this graph does not tell (a dynamic one). */
typedef struct pge_summary_info {
  int32_t is_static;
  int32_t refreshable;
  int64_t const_size;
  int64_t feature_size;
  int64_t fixed_feature_size;
  int64_t refreshable_feature_size;
  int64_t stream_count;
  int64_t event_count;
  int64_t output_count;
  int64_t feature_kind_count;
} pge_summary_info;

/* One kind of feature memory (ge::FeatureMemory). */
typedef struct pge_feature_memory {
  int64_t type; /* ge::MemoryType */
  uint64_t size;
  int32_t is_fixed;
} pge_feature_memory;

/* ---- libpge_base.so: what the others share ---- */

/* Releases an owner. Safe on any thread. */
void pge_base_release(pge_handle owner);
/* Frees an array or text that a function of the shim returned through a pointer. NULL is allowed. */
void pge_base_free_memory(void *memory);
/* Text of the last C++ exception on this thread, "" when there was none; valid until the next one. */
const char *pge_base_exception_text(void);
/*
 * Called when the interpreter ends: from now on no callback enters Python (outputs are released, requests forgotten);
 * waits up to timeout_ms for callbacks that are inside it. Returns how many still are.
 */
int64_t pge_base_silence_callbacks(int32_t timeout_ms);
/*
 * Host functions for aclrtLaunchHostFunc: pge_base_host_call is the function, a ticket its argument. The ticket calls
 * fn(user) once and frees itself; a ticket that was never launched is freed with pge_base_host_ticket_free.
 */
pge_handle pge_base_host_ticket(pge_drop_fn fn, void *user);
void pge_base_host_ticket_free(pge_handle ticket);
void pge_base_host_call(void *ticket);

/*
 * The same allocator for AscendCL's registry of streams (aclrtAllocatorRegister): the object to register with the four
 * functions below. A block is its address. The object is freed after it was unregistered and every block returned.
 */
pge_handle pge_base_acl_allocator(pge_allocate_fn allocate, pge_free_fn free, void *user);
void pge_base_acl_allocator_free(pge_handle allocator);
void *pge_base_acl_allocate(void *allocator, size_t size);
void *pge_base_acl_allocate_near(void *allocator, size_t size, void *advised);
void pge_base_acl_release(void *allocator, void *block);
void *pge_base_acl_address(void *block);

/* ---- libpge_graph.so: graphs ---- */

/* A ge::Graph from serialized GE IR (ModelDef). */
int64_t pge_graph_from_serialized(const char *name, const void *bytes, uint64_t size);
int64_t pge_graph_from_file(const char *name, const char *path);
int64_t pge_graph_to_file(pge_handle graph, const char *path);
int64_t pge_graph_to_memory(pge_handle graph, pge_bytes *bytes);
/* Number of nodes, subgraphs included. */
int64_t pge_graph_node_count(pge_handle graph);
/* The name, to be freed with pge_base_free_memory; NULL without memory. */
char *pge_graph_name(pge_handle graph);
void pge_graph_destroy(pge_handle graph);

/* ---- libpge_compiler.so: offline builds, ONNX import, summaries ---- */

int64_t pge_compiler_initialize(pge_strings keys, pge_strings values, int32_t count);
int64_t pge_compiler_finalize(void);
int64_t pge_compiler_build_model(pge_handle graph, pge_strings keys, pge_strings values, int32_t count,
                                 pge_bytes *model);
/* As aclgrphSaveModel: ".om" is added to the path. */
int64_t pge_compiler_save_model(const char *path, const void *model, uint64_t size);
/* A graph handle. 1343225956 (UNSUPPORTED) when the ONNX parser library is not loaded. */
int64_t pge_compiler_parse_onnx(const void *bytes, uint64_t size, pge_strings keys, pge_strings values,
                                int32_t count);
/* The same from a file, whose external data is found beside it. */
int64_t pge_compiler_parse_onnx_file(const char *path, pge_strings keys, pge_strings values, int32_t count);

int64_t pge_compiler_summary_info(pge_handle summary, pge_summary_info *info);
/* Shape and dtype of one output; address and size stay 0. */
int64_t pge_compiler_summary_output(pge_handle summary, int32_t index, pge_tensor *output);
int64_t pge_compiler_summary_feature(pge_handle summary, int32_t index, pge_feature_memory *memory);
/* Pairs (input index, output index) that share an address; returns their number and fills at most `capacity`. */
int64_t pge_compiler_summary_shared_io(pge_handle summary, uint32_t *pairs, int32_t capacity);
void pge_compiler_summary_destroy(pge_handle summary);

/* ---- libpge_session_v2.so: ge::GeSession over gert::Tensor ---- */

int64_t pge_v2_initialize(pge_strings keys, pge_strings values, int32_t count);
int64_t pge_v2_finalize(void);
/* Takes the calling thread's messages; NULL when there are none. Freed with pge_base_free_memory. */
char *pge_v2_error_message(void);
char *pge_v2_warning_message(void);

int64_t pge_v2_session_create(pge_strings keys, pge_strings values, int32_t count);
/* Waits for GE's threads; call it with the GIL released. */
void pge_v2_session_destroy(pge_handle session);
uint64_t pge_v2_session_id(pge_handle session);

int64_t pge_v2_add_graph(pge_handle session, uint32_t graph_id, pge_handle graph, pge_strings keys,
                         pge_strings values, int32_t count);
int64_t pge_v2_add_graph_clone(pge_handle session, uint32_t graph_id, pge_handle graph, pge_strings keys,
                               pge_strings values, int32_t count);
int64_t pge_v2_remove_graph(pge_handle session, uint32_t graph_id);
int64_t pge_v2_needs_rebuild(pge_handle session, uint32_t graph_id);
int64_t pge_v2_compile(pge_handle session, uint32_t graph_id);
int64_t pge_v2_load(pge_handle session, uint32_t graph_id, pge_strings keys, pge_strings values, int32_t count,
                    uintptr_t stream);
/* A summary handle, 0 when the graph is unknown or not compiled. */
int64_t pge_v2_summary(pge_handle session, uint32_t graph_id);
int64_t pge_v2_compiled_model(pge_handle session, uint32_t graph_id, pge_bytes *model);
int64_t pge_v2_debug_json(pge_handle session, uint32_t graph_id, uint32_t flags, char **text);

/* RunGraph. Returns the number of outputs; *outputs is an array to free with pge_base_free_memory. */
int64_t pge_v2_run(pge_handle session, uint32_t graph_id, const pge_tensor *inputs, int32_t input_count,
                   pge_tensor **outputs);
/* RunGraphAsync. The inputs' memory must stay valid until `drop`. */
int64_t pge_v2_run_async(pge_handle session, uint32_t graph_id, const pge_tensor *inputs, int32_t input_count,
                         pge_done_fn done, pge_drop_fn drop, void *user);

/*
 * A bound call: descriptors built once, run many times. Outputs with output_count 0 are GE's to allocate. One thread
 * uses a call at a time. It does not keep the session alive.
 */
int64_t pge_v2_call_create(pge_handle session, uint32_t graph_id, const pge_tensor *inputs, int32_t input_count,
                           const pge_tensor *outputs, int32_t output_count);
/* RunGraphWithStreamAsync. Returns the number of outputs. */
int64_t pge_v2_call_launch(pge_handle call, uintptr_t stream);
/* RunGraph, with the inputs' memory given anew. Returns the number of outputs and hands over at most `capacity`, each
 * with its owner. Those that do not fit are released at once. -PGE_BUSY: another thread is in the call. */
int64_t pge_v2_call_run_at(pge_handle call, void *const *inputs, int32_t input_count, pge_tensor *outputs,
                           int32_t capacity);
/* Describes output `index` of the last run; what GE allocated is handed over with its owner. */
int64_t pge_v2_call_take(pge_handle call, int32_t index, pge_tensor *output);
void pge_v2_call_destroy(pge_handle call);

int64_t pge_v2_set_const_memory(pge_handle session, uint32_t graph_id, uintptr_t address, uint64_t size);
int64_t pge_v2_update_feature_memory(pge_handle session, uint32_t graph_id, uintptr_t address, uint64_t size);
int64_t pge_v2_set_fixed_feature_memory(pge_handle session, uint32_t graph_id, int64_t type, uintptr_t address,
                                        uint64_t size);
int64_t pge_v2_update_refreshable_feature_memory(pge_handle session, uint32_t graph_id, uintptr_t address,
                                                 uint64_t size);
int64_t pge_v2_register_allocator(pge_handle session, uintptr_t stream, pge_allocate_fn allocate, pge_free_fn free,
                                  pge_drop_fn drop, void *user);
int64_t pge_v2_unregister_allocator(pge_handle session, uintptr_t stream);

/* ---- libpge_session_v1.so: ge::Session over ge::Tensor; the twins of the functions above ---- */

int64_t pge_v1_initialize(pge_strings keys, pge_strings values, int32_t count);
int64_t pge_v1_finalize(void);
char *pge_v1_error_message(void);
char *pge_v1_warning_message(void);

int64_t pge_v1_session_create(pge_strings keys, pge_strings values, int32_t count);
void pge_v1_session_destroy(pge_handle session);
uint64_t pge_v1_session_id(pge_handle session);

int64_t pge_v1_add_graph(pge_handle session, uint32_t graph_id, pge_handle graph, pge_strings keys,
                         pge_strings values, int32_t count);
int64_t pge_v1_add_graph_clone(pge_handle session, uint32_t graph_id, pge_handle graph, pge_strings keys,
                               pge_strings values, int32_t count);
int64_t pge_v1_remove_graph(pge_handle session, uint32_t graph_id);
int64_t pge_v1_needs_rebuild(pge_handle session, uint32_t graph_id);
int64_t pge_v1_compile(pge_handle session, uint32_t graph_id);
/* BuildGraph: compiles for RunGraph and RunGraphAsync with these descriptions. */
int64_t pge_v1_build(pge_handle session, uint32_t graph_id, const pge_tensor *inputs, int32_t input_count);
int64_t pge_v1_load(pge_handle session, uint32_t graph_id, pge_strings keys, pge_strings values, int32_t count,
                    uintptr_t stream);
int64_t pge_v1_summary(pge_handle session, uint32_t graph_id);

int64_t pge_v1_run(pge_handle session, uint32_t graph_id, const pge_tensor *inputs, int32_t input_count,
                   pge_tensor **outputs);
int64_t pge_v1_run_async(pge_handle session, uint32_t graph_id, const pge_tensor *inputs, int32_t input_count,
                         pge_done_fn done, pge_drop_fn drop, void *user);

int64_t pge_v1_call_create(pge_handle session, uint32_t graph_id, const pge_tensor *inputs, int32_t input_count,
                           const pge_tensor *outputs, int32_t output_count);
int64_t pge_v1_call_launch(pge_handle call, uintptr_t stream);
int64_t pge_v1_call_run_at(pge_handle call, void *const *inputs, int32_t input_count, pge_tensor *outputs,
                           int32_t capacity);
int64_t pge_v1_call_take(pge_handle call, int32_t index, pge_tensor *output);
void pge_v1_call_destroy(pge_handle call);
/* ExecuteGraphWithStreamAsync over gert::Tensor: never compiles or loads. The array as in pge_v1_run; provided outputs
 * are described in `outputs`, output_count 0 leaves them to GE. */
int64_t pge_v1_execute_with_stream(pge_handle session, uint32_t graph_id, uintptr_t stream,
                                   const pge_tensor *inputs, int32_t input_count, const pge_tensor *outputs,
                                   int32_t output_count, pge_tensor **results);

int64_t pge_v1_set_const_memory(pge_handle session, uint32_t graph_id, uintptr_t address, uint64_t size);
int64_t pge_v1_update_feature_memory(pge_handle session, uint32_t graph_id, uintptr_t address, uint64_t size);
int64_t pge_v1_set_fixed_feature_memory(pge_handle session, uint32_t graph_id, int64_t type, uintptr_t address,
                                        uint64_t size);
int64_t pge_v1_update_refreshable_feature_memory(pge_handle session, uint32_t graph_id, uintptr_t address,
                                                 uint64_t size);
int64_t pge_v1_register_allocator(pge_handle session, uintptr_t stream, pge_allocate_fn allocate, pge_free_fn free,
                                  pge_drop_fn drop, void *user);
int64_t pge_v1_unregister_allocator(pge_handle session, uintptr_t stream);

#ifdef __cplusplus
}
#endif
#endif
