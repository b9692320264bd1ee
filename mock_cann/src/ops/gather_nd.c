/* GatherNd, whose indices name places in several axes at once, and GatherElements, one index per element. */
#include <stdatomic.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/places.h"

enum { PIECE_BYTES = 64 << 10 };

typedef struct job {
  const mc_places *places;
  const char *x;
  const void *indices;
  char *y;
  int64_t run; /* bytes */
  _Atomic int64_t bad;
} job;

static void gather_runs(void *arg, int64_t begin, int64_t end) {
  job *j = arg;
  for (int64_t i = begin; i < end; ++i) {
    const int64_t from = mc_places_at(j->places, j->indices, i);
    if (from < 0) {
      atomic_store(&j->bad, i);
      return;
    }
    memcpy(j->y + i * j->run, j->x + from * j->run, (size_t)j->run);
  }
}

static int run_gather(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const mc_places *places = call->state;
  job j = {places, in[0], in[1], out[0], places->run * (int64_t)mc_dtype_size(call->in[0].desc.dtype), -1};
  if (j.run > 0) {
    mc_parallel_for(places->count, PIECE_BYTES / (j.run + 8) + 1, gather_runs, &j);
  }
  const int64_t bad = atomic_load(&j.bad);
  return bad < 0 ? MC_OK : mc_places_error(call, places, in[1], bad);
}

static int prepare_with(mc_op_call *call, const mc_places *places) {
  mc_places *state = mc_op_alloc(call, sizeof(*state));
  if (state == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  *state = *places;
  call->state = state;
  call->run = run_gather;
  mc_op_cost(call, 30 + (double)places->count * (4 + (double)places->run / 2));
  return MC_OK;
}

static int gather_nd_infer(mc_op_call *call) {
  mc_places places;
  const int status = mc_places_nd(call, 1, &call->in[0].desc.shape, "x", &places);
  if (status != MC_OK) {
    return status;
  }
  const mc_shape *x = &call->in[0].desc.shape;
  mc_shape y = call->in[1].desc.shape;
  --y.rank;
  if (y.rank + x->rank - places.axes > MC_MAX_RANK) {
    return mc_op_error(call, "x of rank %d and indices of rank %d give a rank above %d", x->rank, y.rank + 1,
                       MC_MAX_RANK);
  }
  for (int i = places.axes; i < x->rank; ++i) {
    y.dims[y.rank++] = x->dims[i];
  }
  call->out[0].desc = (mc_desc){call->in[0].desc.dtype, MC_FORMAT_ND, y};
  return mc_check_sizes(call);
}

static int gather_nd_prepare(mc_op_call *call) {
  mc_places places;
  const int status = mc_places_nd(call, 1, &call->in[0].desc.shape, "x", &places);
  if (status != MC_OK) {
    return status;
  }
  places.negative = mc_attrs_bool(call->attrs, "negative_index_support", false);
  return prepare_with(call, &places);
}

static int elements_infer(mc_op_call *call) {
  mc_places places;
  const int status = mc_places_elements(call, "dim", 1, &places);
  call->out[0].desc = call->in[0].desc;
  call->out[0].desc.shape = call->in[1].desc.shape;
  return status != MC_OK ? status : mc_check_sizes(call);
}

static int elements_prepare(mc_op_call *call) {
  mc_places places;
  const int status = mc_places_elements(call, "dim", 1, &places);
  return status != MC_OK ? status : prepare_with(call, &places);
}

static const mc_op_def kOps[] = {
    {.type = "GatherNd",
     .inputs = "x indices",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = gather_nd_infer,
     .prepare = gather_nd_prepare},
    {.type = "GatherElements",
     .inputs = "x index",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = elements_infer,
     .prepare = elements_prepare},
};
MC_OP_FAMILY(gather_nd, kOps);
