/*
 * EmbeddingBag: rows of weight summed, averaged or maximised bag by bag, as torch.nn.functional.embedding_bag does. Bags are
 * the rows of two-dimensional indices, or begin at offsets. Indices equal to padding_idx (-1: none) belong to a bag but add
 * nothing and do not count.
 */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"

enum { WEIGHT, INDICES, OFFSETS, FACTORS };
typedef enum bag_mode { SUM, MEAN, MAX } bag_mode;

typedef struct bag_state {
  bag_mode mode;
  bool last; /* offsets end with the number of indices */
  int64_t rows, width, bags, count, padding;
} bag_state;

static int64_t number_at(const mc_op_call *call, const void *const *in, int slot, int64_t at) {
  return call->in[slot].desc.dtype == MC_INT64 ? ((const int64_t *)in[slot])[at] : ((const int32_t *)in[slot])[at];
}

static void put(const mc_op_call *call, void *const *out, int output, int64_t at, int64_t value) {
  if (call->out[output].desc.dtype == MC_INT64) {
    ((int64_t *)out[output])[at] = value;
  } else {
    ((int32_t *)out[output])[at] = (int32_t)value;
  }
}

/* Where bag `bag` begins. */
static int64_t bag_begin(const mc_op_call *call, const bag_state *s, const void *const *in, int64_t bag) {
  if (mc_op_input(call, OFFSETS) == NULL) {
    return s->bags == 0 ? 0 : s->count / s->bags * bag;
  }
  return bag == s->bags && !s->last ? s->count : number_at(call, in, OFFSETS, bag);
}

/* One index's row into the bag's sums; `first`: nothing is there yet. */
static void add_row(const bag_state *s, const float *row, float factor, bool first, int64_t index, float *y,
                    int64_t *most) {
  for (int64_t i = 0; i < s->width; ++i) {
    if (s->mode != MAX) {
      y[i] += row[i] * factor;
    } else if (first || row[i] > y[i]) {
      y[i] = row[i];
      most[i] = index;
    }
  }
}

static int run_bag(const mc_op_call *call, const bag_state *s, const void *const *in, void *const *out, int64_t bag,
                   float *rooms) {
  const int dtype = call->in[WEIGHT].desc.dtype;
  const size_t size = mc_dtype_size(dtype);
  mc_convert *load = mc_convert_for(dtype, MC_FLOAT);
  float *y = rooms, *row = rooms + s->width;
  int64_t *most = (int64_t *)(void *)(rooms + 2 * s->width);
  const int64_t begin = bag_begin(call, s, in, bag), end = bag_begin(call, s, in, bag + 1);
  int64_t counted = 0;
  if (begin < 0 || begin > end || end > s->count || (bag == 0 && begin != 0) || (bag == s->bags - 1 && end != s->count)) {
    return mc_op_error(call, "offsets make bag %lld the indices [%lld, %lld); bags must follow each other from 0 to %lld",
                       (long long)bag, (long long)begin, (long long)end, (long long)s->count);
  }
  for (int64_t i = 0; i < s->width; ++i) {
    y[i] = 0;
    most[i] = -1;
  }
  for (int64_t at = begin; at < end; ++at) {
    const int64_t index = number_at(call, in, INDICES, at);
    if (index < 0 || index >= s->rows) {
      return mc_op_error(call, "indices[%lld] is %lld; it must be in [0, %lld)", (long long)at, (long long)index,
                         (long long)s->rows);
    }
    put(call, out, 1, at, bag);
    if (index != s->padding) {
      float factor = 1;
      if (mc_op_input(call, FACTORS) != NULL) {
        load((const char *)in[FACTORS] + (size_t)at * size, &factor, 1);
      }
      load((const char *)in[WEIGHT] + (size_t)(index * s->width) * size, row, s->width);
      add_row(s, row, factor, counted++ == 0, index, y, most);
    }
  }
  for (int64_t i = 0; s->mode == MEAN && counted > 0 && i < s->width; ++i) {
    y[i] /= (float)counted;
  }
  mc_convert_for(MC_FLOAT, dtype)(y, (char *)out[0] + (size_t)(bag * s->width) * size, s->width);
  put(call, out, 2, bag, counted);
  for (int64_t i = 0; s->mode == MAX && i < s->width; ++i) {
    put(call, out, 3, bag * s->width + i, most[i]);
  }
  return MC_OK;
}

static int run_bags(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const bag_state *s = call->state;
  int status = MC_OK;
  const int64_t bytes = mc_desc_bytes(&call->out[3].desc);
  if (bytes > 0) {
    memset(out[3], 0, (size_t)bytes);
  }
  if (s->bags == 0 && s->count != 0) {
    return mc_op_error(call, "there are %lld indices and no bag for them", (long long)s->count);
  }
  for (int64_t bag = 0; bag < s->bags && status == MC_OK; ++bag) {
    status = run_bag(call, s, in, out, bag, scratch);
  }
  return status;
}

static int read_mode(const mc_op_call *call, bag_state *s) {
  static const char *const kModes[] = {[SUM] = "sum", [MEAN] = "mean", [MAX] = "max"};
  const char *mode = mc_attrs_string(call->attrs, "mode", "mean");
  for (int i = 0; i < 3; ++i) {
    if (strcmp(mode, kModes[i]) == 0) {
      s->mode = (bag_mode)i;
      return MC_OK;
    }
  }
  return mc_op_error(call, "attribute mode is \"%.40s\"; it must be sum, mean or max", mode);
}

static int read_bags(const mc_op_call *call, bag_state *s) {
  char tw[MC_SHAPE_TEXT], ti[MC_SHAPE_TEXT];
  const mc_desc *weight = &call->in[WEIGHT].desc, *indices = &call->in[INDICES].desc;
  const mc_op_value *offsets = mc_op_input(call, OFFSETS), *factors = mc_op_input(call, FACTORS);
  *s = (bag_state){.last = mc_attrs_bool(call->attrs, "include_last_offset", false),
                   .padding = mc_attrs_int(call->attrs, "padding_idx", -1)};
  const int status = read_mode(call, s);
  if (status != MC_OK) {
    return status;
  }
  const int rank = offsets == NULL ? 2 : 1;
  if (weight->shape.rank != 2 || indices->shape.rank != rank || (MC_T_INDEX >> indices->dtype & 1) == 0) {
    return mc_op_error(call, "weight is %.60s and indices %s %.60s; they must be a matrix and, %s, of DT_INT32 or DT_INT64",
                       mc_shape_text(&weight->shape, tw), mc_dtype_name(indices->dtype),
                       mc_shape_text(&indices->shape, ti),
                       offsets == NULL ? "without offsets, another" : "with offsets, a vector");
  }
  if (offsets != NULL && (offsets->desc.shape.rank != 1 || (MC_T_INDEX >> offsets->desc.dtype & 1) == 0 ||
                          (s->last && offsets->desc.shape.dims[0] == 0))) {
    return mc_op_error(call, "input offsets is %s %.80s; it must be a vector of integers%s",
                       mc_dtype_name(offsets->desc.dtype), mc_shape_text(&offsets->desc.shape, ti),
                       s->last ? " that is not empty" : "");
  }
  if (factors != NULL && (s->mode != SUM || factors->desc.dtype != weight->dtype ||
                          !mc_shape_equal(&factors->desc.shape, &indices->shape))) {
    return mc_op_error(call, "input per_sample_weights is %s %.60s; it goes with mode sum, is %s and shaped like indices",
                       mc_dtype_name(factors->desc.dtype), mc_shape_text(&factors->desc.shape, ti),
                       mc_dtype_name(weight->dtype));
  }
  s->rows = weight->shape.dims[0];
  s->width = weight->shape.dims[1];
  s->count = mc_shape_count(&indices->shape);
  s->bags = offsets == NULL ? indices->shape.dims[0] : offsets->desc.shape.dims[0] - (s->last ? 1 : 0);
  if (s->padding < -1 || s->padding >= s->rows) {
    return mc_op_error(call, "attribute padding_idx is %lld; it must be in [-1, %lld), where -1 is none",
                       (long long)s->padding, (long long)s->rows);
  }
  return MC_OK;
}

static int infer_bags(mc_op_call *call) {
  bag_state s;
  const int status = read_bags(call, &s);
  if (status != MC_OK) {
    return status;
  }
  const int dtype = call->in[INDICES].desc.dtype;
  call->out[0].desc = (mc_desc){call->in[WEIGHT].desc.dtype, MC_FORMAT_ND, {2, {s.bags, s.width}}};
  call->out[1].desc = (mc_desc){dtype, MC_FORMAT_ND, {1, {s.count}}};
  call->out[2].desc = (mc_desc){dtype, MC_FORMAT_ND, {1, {s.bags}}};
  call->out[3].desc = (mc_desc){dtype, MC_FORMAT_ND, {s.mode == MAX ? 2 : 1, {s.bags, s.width}}};
  return mc_check_sizes(call);
}

static int prepare_bags(mc_op_call *call) {
  bag_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL || read_bags(call, s) != MC_OK) {
    return mc_op_error(call, "out of memory while preparing");
  }
  call->scratch = (2 * sizeof(float) + sizeof(int64_t)) * (size_t)s->width + 64;
  mc_op_cost(call, 100 + (double)s->count * (10 + (double)s->width));
  call->state = s;
  call->run = run_bags;
  return MC_OK;
}

static const mc_op_def kOps[] = {
    {.type = "EmbeddingBag",
     .inputs = "weight indices offsets? per_sample_weights?",
     .outputs = "y offset2bag bag_size max_indices",
     .dtypes = MC_T_FLOATS,
     .infer = infer_bags,
     .prepare = prepare_bags},
};
MC_OP_FAMILY(embedding_bag, kOps);
