/*
 * Single operators: a graph of one node, compiled once for its type, descriptions, attributes and constants, kept by
 * these, and launched on streams. Nothing of a request is kept after a call returns.
 */
#ifndef MC_GRAPH_SINGLE_H
#define MC_GRAPH_SINGLE_H

#include "graph/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mc_single mc_single; /* a compiled operator: immutable, reference counted */

typedef struct mc_single_tensor {
  bool present;         /* false: the place of an optional input or output that is not given */
  const char *name;     /* GE's name of the input, "x1"; NULL: its position counts */
  mc_desc desc;         /* inputs: known shapes; outputs: what the caller expects, unknown where it does not care */
  const void *constant; /* contents that are part of the operator, dense; NULL: given with each run */
  int computed;         /* plus one; the dtype the operator sees, when a cast stands between; 0: the same */
} mc_single_tensor;

/* Where a tensor's elements are, in elements from the binding's address; strides are not negative. */
typedef struct mc_single_view {
  bool strided; /* false: dense, the rest does not count */
  int64_t strides[MC_MAX_RANK];
} mc_single_view;

typedef struct mc_single_request {
  const char *type;
  const mc_single_tensor *in, *out;
  int n_in, n_out;
  const mc_attrs *attrs; /* NULL: none */
} mc_single_request;

/* The compiled operator, retained: found or compiled. 0 or a reported GE status. */
int mc_single_compile(const mc_single_request *request, mc_single **single);
/* The same without compiling; NULL when nobody compiled it. */
mc_single *mc_single_find(const mc_single_request *request);
void mc_single_retain(mc_single *single);
void mc_single_release(mc_single *single);

/* How many are kept; the one not used for longest goes first. */
void mc_single_keep_at_most(uint64_t count);

/* What the inputs and outputs of a run are: those present and, of the inputs, without constant contents. */
int mc_single_input_count(const mc_single *single);
int mc_single_output_count(const mc_single *single);
/* Unknown rank: it depends on the contents of an input. */
const mc_desc *mc_single_output(const mc_single *single, int index);

/*
 * Queues one run and returns 0 or a reported status. Bindings are read during the call; host inputs are copied. The
 * outputs' shapes, dtypes and formats are filled in. When shapes depend on contents, the stream is waited for and the
 * run is over when the call returns. Any number of runs on any streams may be in flight.
 */
int mc_single_launch(mc_single *single, mc_stream *stream, const mc_binding *in, mc_binding *out);
/* The same with tensors that are views of something larger. Views of operators whose shapes depend on contents must be
 * dense. */
int mc_single_launch_views(mc_single *single, mc_stream *stream, const mc_binding *in, const mc_single_view *in_views,
                           mc_binding *out, const mc_single_view *out_views);

/* ---- single_key.c, single_graph.c ---- */

/* The bytes that tell one operator from another; malloc'ed, NULL when memory is exhausted. */
char *mc_single_key(const mc_single_request *request, size_t *size);
/* The graph of the one node; NULL when memory is exhausted. */
mc_graph *mc_single_graph(const mc_single_request *request);

#ifdef __cplusplus
}
#endif
#endif
