/* ScatterNd and ScatterElements: values put or added at places. Updates are applied in order, on one thread:
 * two may name the same place. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/places.h"

typedef enum reduction { PUT, ADD, MULTIPLY } reduction;

typedef struct scatter_state {
  mc_places places;
  reduction how;
  int indices, updates; /* inputs */
} scatter_state;

#define COMBINE_INT(type)                                                                                    \
  for (int64_t i = 0; i < n; ++i) {                                                                          \
    const uint64_t a = (uint64_t)((const type *)y)[i];                                                       \
    const uint64_t b = (uint64_t)((const type *)x)[i];                                                       \
    ((type *)y)[i] = (type)(how == ADD ? a + b : a * b);                                                     \
  }                                                                                                          \
  break

#define COMBINE_REAL(type, load, save)                                                                       \
  for (int64_t i = 0; i < n; ++i) {                                                                          \
    const __typeof__(load(((type *)y)[i])) a = load(((type *)y)[i]);                                         \
    const __typeof__(a) b = load(((const type *)x)[i]);                                                      \
    ((type *)y)[i] = save(how == ADD ? a + b : a * b);                                                       \
  }                                                                                                          \
  break

#define AS_IS(value) (value)

/* y = y + x or y * x for n elements. */
static void combine(int dtype, reduction how, void *y, const void *x, int64_t n) {
  switch (dtype) {
  case MC_FLOAT:
    COMBINE_REAL(float, AS_IS, AS_IS);
  case MC_DOUBLE:
    COMBINE_REAL(double, AS_IS, AS_IS);
  case MC_FLOAT16:
    COMBINE_REAL(uint16_t, mc_half_to_float, mc_float_to_half);
  case MC_BF16:
    COMBINE_REAL(uint16_t, mc_bf16_to_float, mc_float_to_bf16);
  case MC_INT8:
    COMBINE_INT(int8_t);
  case MC_UINT8:
    COMBINE_INT(uint8_t);
  case MC_INT16:
    COMBINE_INT(int16_t);
  case MC_UINT16:
    COMBINE_INT(uint16_t);
  case MC_INT32:
    COMBINE_INT(int32_t);
  case MC_UINT32:
    COMBINE_INT(uint32_t);
  case MC_INT64:
    COMBINE_INT(int64_t);
  default:
    COMBINE_INT(uint64_t);
  }
}

static int run_scatter(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const scatter_state *s = call->state;
  const int dtype = call->out[0].desc.dtype;
  const int64_t run = s->places.run * (int64_t)mc_dtype_size(dtype);
  const int64_t bytes = mc_desc_bytes(&call->out[0].desc);
  const char *updates = in[s->updates];
  if (bytes > 0 && s->places.by_elements) {
    if (out[0] != in[0]) {
      memcpy(out[0], in[0], (size_t)bytes);
    }
  } else if (bytes > 0) {
    memset(out[0], 0, (size_t)bytes);
  }
  for (int64_t i = 0; i < s->places.count && run > 0; ++i) {
    const int64_t to = mc_places_at(&s->places, in[s->indices], i);
    if (to < 0) {
      return mc_places_error(call, &s->places, in[s->indices], i);
    }
    char *y = (char *)out[0] + to * run;
    if (s->how == PUT) {
      memcpy(y, updates + i * run, (size_t)run);
    } else {
      combine(dtype, s->how, y, updates + i * run, s->places.run);
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
  const double ns = 30 + bytes / 8 + (double)s->places.count * (5 + (double)s->places.run);
  call->cost_ns = ns > 4e9 ? 4000000000u : (uint32_t)ns;
  return MC_OK;
}

/* Places in the shape that input 2 holds; x has a run for each. */
static int read_nd(const mc_op_call *call, scatter_state *s, mc_shape *y) {
  char tx[MC_SHAPE_TEXT];
  char ty[MC_SHAPE_TEXT];
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
  *s = (scatter_state){.how = ADD, .indices = 0, .updates = 1};
  const int status = mc_places_nd(call, 0, y, "shape", &s->places);
  if (status != MC_OK) {
    return status;
  }
  mc_shape wanted = call->in[0].desc.shape;
  --wanted.rank;
  for (int i = s->places.axes; i < y->rank && wanted.rank < MC_MAX_RANK; ++i) {
    wanted.dims[wanted.rank++] = y->dims[i];
  }
  if (!mc_shape_equal(&wanted, &call->in[1].desc.shape)) {
    return mc_op_error(call, "x has shape %.90s; with these indices it must have %.90s",
                       mc_shape_text(&call->in[1].desc.shape, tx), mc_shape_text(&wanted, ty));
  }
  return MC_OK;
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

static int read_elements(const mc_op_call *call, scatter_state *s) {
  const char *text = mc_attrs_string(call->attrs, "reduction", "none");
  *s = (scatter_state){.how = PUT, .indices = 1, .updates = 2};
  if (strcmp(text, "add") == 0) {
    s->how = ADD;
  } else if (strcmp(text, "mul") == 0) {
    s->how = MULTIPLY;
  } else if (strcmp(text, "none") != 0) {
    return mc_op_error(call, "reduction \"%.40s\": it must be none, add or mul", text);
  }
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

static const mc_op_def kOps[] = {
    {.type = "ScatterNd",
     .inputs = "indices x shape",
     .outputs = "y",
     .dtypes = MC_T_INDEX,
     .value_inputs = 1u << 2,
     .infer = scatter_nd_infer,
     .prepare = scatter_nd_prepare},
    {.type = "ScatterElements",
     .inputs = "data indices updates",
     .outputs = "y",
     .dtypes = MC_T_NUMBERS,
     .inplace = 1u << 0,
     .infer = scatter_elements_infer,
     .prepare = scatter_elements_prepare},
};
MC_OP_FAMILY(scatter, kOps);
