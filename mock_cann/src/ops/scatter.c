/* Values put or combined at places, named by tuples of indices or element by element. Updates are applied in order, on one thread:
 * two may name the same place. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/combine.h"
#include "ops/family.h"
#include "ops/places.h"

typedef struct scatter_state {
  mc_places places;
  mc_combine_kind how;
  bool from_zero; /* ScatterNd; otherwise from in[0] */
  int indices, updates; /* inputs */
} scatter_state;

static int run_scatter(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const scatter_state *s = call->state;
  const int dtype = call->out[0].desc.dtype;
  const int64_t run = s->places.run * (int64_t)mc_dtype_size(dtype);
  const int64_t bytes = mc_desc_bytes(&call->out[0].desc);
  const char *updates = in[s->updates];
  if (bytes > 0 && s->from_zero) {
    memset(out[0], 0, (size_t)bytes);
  } else if (bytes > 0 && out[0] != in[0]) {
    memcpy(out[0], in[0], (size_t)bytes);
  }
  for (int64_t i = 0; i < s->places.count && run > 0; ++i) {
    const int64_t to = mc_places_at(&s->places, in[s->indices], i);
    if (to < 0) {
      return mc_places_error(call, &s->places, in[s->indices], i);
    }
    char *y = (char *)out[0] + to * run;
    if (s->how == MC_PUT) {
      memcpy(y, updates + i * run, (size_t)run);
    } else {
      mc_combine(dtype, s->how, y, updates + i * run, s->places.run);
    }
  }
  return MC_OK;
}

static int prepare_with(mc_op_call *call, const scatter_state *from) {
  scatter_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  *s = *from;
  call->state = s;
  call->run = run_scatter;
  const double bytes = (double)mc_desc_bytes(&call->out[0].desc);
  mc_op_cost(call, 30 + bytes / 8 + (double)s->places.count * (5 + (double)s->places.run));
  return MC_OK;
}

/* in[updates] has a run for each tuple of in[indices]. */
static int updates_fit(const mc_op_call *call, const mc_places *places, int indices, int updates, const char *name) {
  char tx[MC_SHAPE_TEXT];
  char ty[MC_SHAPE_TEXT];
  mc_shape wanted = call->in[indices].desc.shape;
  --wanted.rank;
  for (int i = places->axes; i < places->target.rank && wanted.rank < MC_MAX_RANK; ++i) {
    wanted.dims[wanted.rank++] = places->target.dims[i];
  }
  if (!mc_shape_equal(&wanted, &call->in[updates].desc.shape)) {
    return mc_op_error(call, "%s has shape %.90s; with these indices it must have %.90s", name,
                       mc_shape_text(&call->in[updates].desc.shape, tx), mc_shape_text(&wanted, ty));
  }
  return MC_OK;
}

/* Places in the shape that input 2 holds; x has a run for each. */
static int read_nd(const mc_op_call *call, scatter_state *s, mc_shape *y) {
  int64_t rank = 0;
  const int64_t *dims = mc_op_ints(call, 2, &rank);
  if (dims == NULL) {
    return MC_RT_PARAM;
  }
  if (rank > MC_MAX_RANK) {
    return mc_op_error(call, "shape has %lld dims; at most %d are supported", (long long)rank, MC_MAX_RANK);
  }
  *y = (mc_shape){(int)rank, {0}};
  for (int i = 0; i < y->rank; ++i) {
    if (dims[i] < 0) {
      return mc_op_error(call, "shape[%d] is %lld; dims must be at least 0", i, (long long)dims[i]);
    }
    y->dims[i] = dims[i];
  }
  *s = (scatter_state){.how = MC_PLUS, .from_zero = true, .indices = 0, .updates = 1};
  const int status = mc_places_nd(call, 0, y, "shape", &s->places);
  if (status != MC_OK) {
    return status;
  }
  return updates_fit(call, &s->places, 0, 1, "x");
}

static int scatter_nd_infer(mc_op_call *call) {
  scatter_state s;
  mc_shape y;
  const int status = read_nd(call, &s, &y);
  if (status != MC_OK) {
    return status;
  }
  if ((MC_T_NUMBERS & MC_DTYPE_BIT(call->in[1].desc.dtype)) == 0) {
    return mc_op_error(call, "x has dtype %s, which is not supported", mc_dtype_name(call->in[1].desc.dtype));
  }
  call->out[0].desc = (mc_desc){call->in[1].desc.dtype, MC_FORMAT_ND, y};
  return mc_check_sizes(call);
}

static int scatter_nd_prepare(mc_op_call *call) {
  scatter_state s;
  mc_shape y;
  const int status = read_nd(call, &s, &y);
  return status != MC_OK ? status : prepare_with(call, &s);
}

/* ScatterElements knows none, add and mul; its second version the extremes too. */
static int read_elements(const mc_op_call *call, scatter_state *s) {
  static const char *const kNames[] = {"none", "add", "mul", "max", "min"};
  static const mc_combine_kind kKinds[] = {MC_PUT, MC_PLUS, MC_TIMES, MC_LARGER, MC_SMALLER};
  const char *text = mc_attrs_string(call->attrs, "reduction", "none");
  const int known = call->def->variant;
  int at = 0;
  while (at < known && strcmp(text, kNames[at]) != 0) {
    ++at;
  }
  if (at == known) {
    return mc_op_error(call, "reduction \"%.40s\": it must be none, add%s", text,
                       known == 3 ? " or mul" : ", mul, max or min");
  }
  *s = (scatter_state){.how = kKinds[at], .indices = 1, .updates = 2};
  if (!mc_shape_equal(&call->in[1].desc.shape, &call->in[2].desc.shape)) {
    return mc_op_error(call, "indices and updates have different shapes; they must be equal");
  }
  const int status = mc_check_same_dtype(call, 0, 2);
  return status != MC_OK ? status : mc_places_elements(call, "axis", 1, &s->places);
}

static int scatter_elements_infer(mc_op_call *call) {
  scatter_state s;
  call->out[0].desc = call->in[0].desc;
  return read_elements(call, &s);
}

static int scatter_elements_prepare(mc_op_call *call) {
  scatter_state s;
  const int status = read_elements(call, &s);
  return status != MC_OK ? status : prepare_with(call, &s);
}

/* Updates by tuples of indices into in[0]. */
static int read_tuples(const mc_op_call *call, scatter_state *s) {
  *s = (scatter_state){.how = (mc_combine_kind)call->def->variant, .indices = 1, .updates = 2};
  int status = mc_check_same_dtype(call, 0, 2);
  status = status != MC_OK ? status : mc_places_nd(call, 1, &call->in[0].desc.shape, "var", &s->places);
  return status != MC_OK ? status : updates_fit(call, &s->places, 1, 2, "updates");
}

static int scatter_tuples_infer(mc_op_call *call) {
  scatter_state s;
  call->out[0].desc = call->in[0].desc;
  return read_tuples(call, &s);
}

static int scatter_tuples_prepare(mc_op_call *call) {
  scatter_state s;
  const int status = read_tuples(call, &s);
  return status != MC_OK ? status : prepare_with(call, &s);
}

#define SMALL                                                                                                \
  (MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_INT32) | MC_DTYPE_BIT(MC_INT8) | MC_DTYPE_BIT(MC_UINT8))
#define ELEMENTS(name, first, result, kinds, more)                                                           \
  {.type = (name), .inputs = first " indices updates", .outputs = (result), .dtypes = MC_T_NUMBERS,          \
   .inplace = 1, .flags = (more), .infer = scatter_elements_infer, .prepare = scatter_elements_prepare,      \
   .variant = (kinds)}
#define TUPLES(name, first, result, types, how, more)                                                        \
  {.type = (name), .inputs = first " indices updates", .outputs = (result), .dtypes = (types), .inplace = 1, \
   .flags = (more), .infer = scatter_tuples_infer, .prepare = scatter_tuples_prepare, .variant = (how)}

static const mc_op_def kOps[] = {
    {.type = "ScatterNd",
     .inputs = "indices x shape",
     .outputs = "y",
     .dtypes = MC_T_INDEX,
     .value_inputs = 1u << 2,
     .infer = scatter_nd_infer,
     .prepare = scatter_nd_prepare},
    ELEMENTS("ScatterElements", "data", "y", 3, 0),
    ELEMENTS("ScatterElementsV2", "var", "var", 5, MC_OP_REF),
    TUPLES("ScatterNdUpdate", "var", "var", MC_T_MOVABLE, MC_PUT, MC_OP_REF),
    TUPLES("ScatterNdAdd", "var", "var",
           (MC_T_ALL & ~MC_DTYPE_BIT(MC_BF16)), MC_PLUS, MC_OP_REF),
    TUPLES("TensorScatterUpdate", "x", "y", MC_T_MOVABLE, MC_PUT, 0),
    TUPLES("TensorScatterAdd", "x", "y", SMALL, MC_PLUS, 0),
};
MC_OP_FAMILY(scatter, kOps);
