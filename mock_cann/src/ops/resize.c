/* Resize and ResizeD: ONNX's operator. Lengths come from sizes, else from scales; scales given beside sizes
 * say how coordinates are mapped. Attribute antialias, 0 or 1, is not in CANN 8.1's prototype: it is ONNX's. */
#include "ops/resize.h"

#include <math.h>
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"

enum { INPUTS, ATTRIBUTES };

typedef struct request {
  mc_resize_rule rule;
  mc_resize_line lines[MC_MAX_RANK];
} request;

static int read_rule(const mc_op_call *call, mc_resize_rule *rule) {
  const char *mode = mc_attrs_string(call->attrs, "mode", "nearest");
  const char *coordinate = mc_attrs_string(call->attrs, "coordinate_transformation_mode", "half_pixel");
  const char *nearest = mc_attrs_string(call->attrs, "nearest_mode", "round_prefer_floor");
  *rule = (mc_resize_rule){.cubic_a = (double)mc_attrs_float(call->attrs, "cubic_coeff_a", -0.75f),
                           .exclude_outside = mc_attrs_int(call->attrs, "exclude_outside", 0) != 0,
                           .antialias = mc_attrs_int(call->attrs, "antialias", 0) != 0};
  if (!mc_resize_mode_of(mode, &rule->mode)) {
    return mc_op_error(call, "mode is \"%.40s\"; it must be nearest, linear or cubic", mode);
  }
  if (!mc_resize_coordinate_of(coordinate, &rule->coordinate)) {
    return mc_op_error(call, "coordinate_transformation_mode is \"%.40s\"; it must be one of ONNX's",
                       coordinate);
  }
  if (!mc_resize_nearest_of(nearest, &rule->nearest)) {
    return mc_op_error(
        call, "nearest_mode is \"%.40s\"; it must be round_prefer_floor, round_prefer_ceil, floor or ceil",
        nearest);
  }
  return MC_OK;
}

/* One length: the product, rounded down. */
static int set_scale(const mc_op_call *call, mc_resize_line *line, float scale) {
  const double out = floor((double)line->in * (double)scale);
  if (!(scale > 0) || !(out < 9e18)) {
    return mc_op_error(call, "scales holds %g for a dim of %lld; it must be positive", (double)scale,
                       (long long)line->in);
  }
  line->scale = (double)scale;
  line->out = (int64_t)out;
  return MC_OK;
}

/* The contents of an optional float input; *count 0 when it has none. */
static int read_floats(const mc_op_call *call, int slot, const float **values, int64_t *count) {
  char name[MC_OP_NAME];
  const mc_op_value *input = mc_op_input(call, slot);
  *values = NULL;
  *count = input == NULL ? 0 : mc_shape_count(&input->desc.shape);
  if (*count == 0) {
    return MC_OK;
  }
  if (input->value == NULL) {
    return mc_op_error(call, "the contents of input %s must be known while compiling",
                       mc_op_input_name(call, slot, name));
  }
  float *room = mc_op_alloc(call, sizeof(float) * (size_t)*count);
  mc_convert *convert = mc_dtype_is_float(input->desc.dtype) ? mc_convert_for(input->desc.dtype, MC_FLOAT) : NULL;
  if (room == NULL || convert == NULL) {
    return mc_op_error(call, "input %s has dtype %s; it must be a float type",
                       mc_op_input_name(call, slot, name), mc_dtype_name(input->desc.dtype));
  }
  convert(input->value, room, *count);
  *values = room;
  return MC_OK;
}

typedef struct numbers {
  const float *scales, *roi;
  const int64_t *sizes;
  int64_t n_scales, n_roi, n_sizes;
} numbers;

static int read_inputs(const mc_op_call *call, numbers *n) {
  int status = read_floats(call, 1, &n->roi, &n->n_roi);
  status = status != MC_OK ? status : read_floats(call, 2, &n->scales, &n->n_scales);
  if (status == MC_OK && mc_op_input(call, 3) != NULL &&
      mc_shape_count(&mc_op_input(call, 3)->desc.shape) != 0) {
    n->sizes = mc_op_ints(call, 3, &n->n_sizes);
    status = n->sizes == NULL ? MC_RT_PARAM : MC_OK;
  }
  return status;
}

static int read_attributes(const mc_op_call *call, numbers *n) {
  size_t count = 0;
  const mc_attr *scales = mc_attrs_find(call->attrs, "scales");
  const int status = mc_need_ints(call, "sizes", -1, &n->sizes, &count);
  n->n_sizes = (int64_t)count;
  if (scales != NULL && scales->kind == MC_ATTR_LIST_FLOAT) {
    n->scales = scales->floats;
    n->n_scales = (int64_t)scales->count;
  }
  const int64_t *roi = mc_attrs_ints(call->attrs, "roi", &count);
  float *room = mc_op_alloc(call, sizeof(float) * (count + 1));
  if (room == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  for (size_t i = 0; i < count; ++i) {
    room[i] = (float)roi[i];
  }
  n->roi = room;
  n->n_roi = (int64_t)count;
  return status;
}

static int read_request(const mc_op_call *call, request *q) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  numbers n;
  memset(&n, 0, sizeof(n));
  int status = read_rule(call, &q->rule);
  status = status != MC_OK                         ? status
           : call->def->variant == ATTRIBUTES ? read_attributes(call, &n)
                                                   : read_inputs(call, &n);
  if (status != MC_OK) {
    return status;
  }
  /* ResizeD's lists may be those of height and width alone. */
  const bool last = call->in[0].desc.format == MC_FORMAT_NHWC ||
                    strcmp(mc_attrs_string(call->attrs, "data_format", "NCHW"), "NHWC") == 0;
  const bool spatial = call->def->variant == ATTRIBUTES && x->rank > 2 && n.n_sizes == x->rank - 2;
  const int first = !spatial ? 0 : last ? 1 : 2;
  const int count = spatial ? x->rank - 2 : x->rank;
  if ((n.n_sizes != 0 && n.n_sizes != count) || (n.n_scales != 0 && n.n_scales != count) ||
      (n.n_sizes == 0 && n.n_scales == 0 && count != 0)) {
    return mc_op_error(call,
                       "sizes has %lld values and scales %lld; one of them must have x's %d, the other as many "
                       "or none (x %.100s)",
                       (long long)n.n_sizes, (long long)n.n_scales, count, mc_shape_text(x, text));
  }
  const bool region = q->rule.coordinate == MC_RESIZE_TF_CROP_AND_RESIZE;
  if (region && n.n_roi != 2 * count) {
    return mc_op_error(call, "roi has %lld values; tf_crop_and_resize needs %d", (long long)n.n_roi, 2 * count);
  }
  for (int i = 0; i < x->rank; ++i) {
    mc_resize_line *line = &q->lines[i];
    const int k = i - first;
    *line = (mc_resize_line){.in = x->dims[i], .out = x->dims[i], .scale = 1, .end = 1};
    if (k < 0 || k >= count) {
      continue;
    }
    if (n.n_scales != 0) {
      status = set_scale(call, line, n.scales[k]);
    }
    if (status == MC_OK && n.n_sizes != 0) {
      if (n.sizes[k] < 0) {
        return mc_op_error(call, "sizes holds %lld; it must be at least 0", (long long)n.sizes[k]);
      }
      line->out = n.sizes[k];
      line->scale = n.n_scales != 0 || line->in == 0 ? line->scale : (double)line->out / (double)line->in;
    }
    if (region) {
      line->start = (double)n.roi[k];
      line->end = (double)n.roi[count + k];
    }
    if (status != MC_OK) {
      return status;
    }
  }
  return MC_OK;
}

static int resize_infer(mc_op_call *call) {
  request q;
  const int status = read_request(call, &q);
  if (status != MC_OK) {
    return status;
  }
  call->out[0].desc = call->in[0].desc;
  for (int i = 0; i < call->in[0].desc.shape.rank; ++i) {
    call->out[0].desc.shape.dims[i] = q.lines[i].out;
  }
  return mc_check_sizes(call);
}

static int resize_prepare(mc_op_call *call) {
  request q;
  int status = read_request(call, &q);
  mc_resize *r = mc_op_alloc(call, sizeof(*r));
  if (status != MC_OK || r == NULL) {
    return status != MC_OK ? status : mc_op_error(call, "out of memory for the plan");
  }
  r->nearest = q.rule.mode == MC_RESIZE_NEAREST;
  r->extrapolation = (double)mc_attrs_float(call->attrs, "extrapolation_value", 0.0f);
  r->factor = 1;
  const bool empty = mc_shape_count(&call->out[0].desc.shape) == 0;
  for (int i = 0; status == MC_OK && !empty && i < call->in[0].desc.shape.rank; ++i) {
    const mc_resize_line *line = &q.lines[i];
    /* Without a region an axis that keeps its length and scale is not touched. */
    const bool kept = line->in == line->out && line->scale == 1 &&
                      (q.rule.coordinate != MC_RESIZE_TF_CROP_AND_RESIZE || (line->start == 0 && line->end == 1));
    status = kept ? MC_OK : mc_resize_add(call, r, i, &q.rule, line, 0, 0, line->in);
  }
  return status != MC_OK ? status : mc_resize_prepare(call, r);
}

#define MC_T_RESIZED                                                                                         \
  (MC_T_FLOATS64 | MC_T_SIGNED | MC_DTYPE_BIT(MC_UINT8) | MC_DTYPE_BIT(MC_UINT16))

static const mc_op_def kOps[] = {
    {.type = "Resize",
     .inputs = "x roi? scales? sizes?",
     .outputs = "y",
     .dtypes = MC_T_RESIZED,
     .value_inputs = 1u << 1 | 1u << 2 | 1u << 3,
     .infer = resize_infer,
     .prepare = resize_prepare,
     .variant = INPUTS},
    {.type = "ResizeD",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .infer = resize_infer,
     .prepare = resize_prepare,
     .variant = ATTRIBUTES},
};
MC_OP_FAMILY(resize, kOps);
