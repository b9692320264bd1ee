/*
 * Resizing of images as TensorFlow has it, and Upsample. Channels are last when x's format says so, first
 * otherwise. Bilinear results have attribute dtype, float32 when it is not written.
 */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/layout.h"
#include "ops/resize.h"

enum { NEAREST, NEAREST_D, BILINEAR, BILINEAR_D, SYNC, UPSAMPLE };

typedef struct request {
  bool last;
  int64_t h, w, oh, ow;
} request;

static int read_size(const mc_op_call *call, const int64_t **size) {
  int64_t count = 0;
  const int variant = call->def->variant;
  if (variant == NEAREST_D || variant == BILINEAR_D) {
    return mc_need_ints(call, "size", 2, size, NULL);
  }
  *size = mc_op_ints(call, 1, &count);
  return *size == NULL ? MC_RT_PARAM
         : count == 2  ? MC_OK
                       : mc_op_error(call, "size has %lld values; it must have 2", (long long)count);
}

static int read_request(const mc_op_call *call, request *q) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t *size = NULL;
  if (x->rank != 4) {
    return mc_op_error(call, "x %.160s has rank %d; it must be 4", mc_shape_text(x, text), x->rank);
  }
  q->last = call->in[0].desc.format == MC_FORMAT_NHWC;
  q->h = x->dims[mc_axis_h(q->last)];
  q->w = x->dims[mc_axis_w(q->last)];
  if (call->def->variant == UPSAMPLE) {
    const int64_t rows = mc_attrs_int(call->attrs, "stride_h", 2);
    const int64_t columns = mc_attrs_int(call->attrs, "stride_w", 2);
    if (rows < 1 || columns < 1 || __builtin_mul_overflow(q->h, rows, &q->oh) ||
        __builtin_mul_overflow(q->w, columns, &q->ow)) {
      return mc_op_error(call, "stride_h is %lld and stride_w %lld; both must be at least 1", (long long)rows,
                         (long long)columns);
    }
    return MC_OK;
  }
  const int status = read_size(call, &size);
  if (status == MC_OK && (size[0] < 1 || size[1] < 1)) {
    return mc_op_error(call, "size is [%lld,%lld]; both must be at least 1", (long long)size[0],
                       (long long)size[1]);
  }
  q->oh = status == MC_OK ? size[0] : 0;
  q->ow = status == MC_OK ? size[1] : 0;
  if (status == MC_OK && mc_attrs_bool(call->attrs, "align_corners", false) &&
      mc_attrs_bool(call->attrs, "half_pixel_centers", false)) {
    return mc_op_error(call, "align_corners and half_pixel_centers exclude each other");
  }
  return status;
}

static int image_infer(mc_op_call *call) {
  request q;
  const int variant = call->def->variant;
  const int status = read_request(call, &q);
  if (status != MC_OK) {
    return status;
  }
  mc_desc *y = &call->out[0].desc;
  *y = call->in[0].desc;
  y->shape.dims[mc_axis_h(q.last)] = q.oh;
  y->shape.dims[mc_axis_w(q.last)] = q.ow;
  if (variant == BILINEAR || variant == BILINEAR_D) {
    y->dtype = variant == BILINEAR ? mc_attrs_dtype(call->attrs, "dtype", MC_FLOAT) : MC_FLOAT;
    if (y->dtype != MC_FLOAT && y->dtype != MC_FLOAT16 && y->dtype != MC_UINT8) {
      return mc_op_error(call, "dtype is %s; it must be DT_FLOAT, DT_FLOAT16 or DT_UINT8",
                         mc_dtype_name(y->dtype));
    }
  }
  return mc_check_sizes(call);
}

static mc_resize_rule rule_of(const mc_op_call *call) {
  const int variant = call->def->variant;
  const bool nearest = variant == NEAREST || variant == NEAREST_D || variant == UPSAMPLE;
  const bool align = mc_attrs_bool(call->attrs, "align_corners", false);
  const bool half = mc_attrs_bool(call->attrs, "half_pixel_centers", false);
  mc_resize_rule rule = {.mode = nearest ? MC_RESIZE_NEAREST : MC_RESIZE_LINEAR,
                         .coordinate = align ? MC_RESIZE_ALIGN_CORNERS : MC_RESIZE_ASYMMETRIC,
                         .nearest = align ? MC_RESIZE_ROUND_PREFER_CEIL : MC_RESIZE_FLOOR};
  if (half) {
    rule.coordinate = nearest ? MC_RESIZE_TF_HALF_PIXEL_FOR_NN : MC_RESIZE_HALF_PIXEL;
  }
  return rule;
}

/* The whole image's lengths where x is a part of one: attributes of SyncResizeBilinearV2, [height, width]. */
static int whole(const mc_op_call *call, const char *name, int64_t *h, int64_t *w) {
  size_t n = 0;
  const int64_t *values = mc_attrs_ints(call->attrs, name, &n);
  if (n == 0) {
    return MC_OK;
  }
  if (n != 2 || values[0] < 1 || values[1] < 1) {
    return mc_op_error(call, "%s must be empty or a height and a width of at least 1", name);
  }
  *h = values[0];
  *w = values[1];
  return MC_OK;
}

static int image_prepare(mc_op_call *call) {
  request q;
  int status = read_request(call, &q);
  mc_resize *r = mc_op_alloc(call, sizeof(*r));
  if (status != MC_OK || r == NULL) {
    return status != MC_OK ? status : mc_op_error(call, "out of memory for the plan");
  }
  const mc_resize_rule rule = rule_of(call);
  mc_resize_line rows = {.in = q.h, .out = q.oh, .end = 1};
  mc_resize_line columns = {.in = q.w, .out = q.ow, .end = 1};
  int64_t full_h = q.oh;
  int64_t full_w = q.ow;
  int64_t shift = 0;
  int64_t origin = 0;
  if (call->def->variant == SYNC) {
    status = whole(call, "ori_image_size", &rows.in, &columns.in);
    status = status != MC_OK ? status : whole(call, "split_size", &full_h, &full_w);
    shift = mc_attrs_int(call->attrs, "dst_start_w", 0);
    origin = mc_attrs_int(call->attrs, "src_start_w", 0);
  }
  rows.scale = rows.in == 0 ? 1 : (double)full_h / (double)rows.in;
  columns.scale = columns.in == 0 ? 1 : (double)full_w / (double)columns.in;
  r->nearest = rule.mode == MC_RESIZE_NEAREST;
  r->factor = call->def->variant == UPSAMPLE ? mc_attrs_float(call->attrs, "scale", 1.0f) : 1.0f;
  if (status == MC_OK && mc_shape_count(&call->out[0].desc.shape) > 0) {
    status = mc_resize_add(call, r, mc_axis_h(q.last), &rule, &rows, 0, 0, q.h);
    status = status != MC_OK
                 ? status
                 : mc_resize_add(call, r, mc_axis_w(q.last), &rule, &columns, shift, origin, q.w);
  }
  return status != MC_OK ? status : mc_resize_prepare(call, r);
}

#define MC_T_IMAGE                                                                                           \
  (MC_T_FLOATS64 | MC_T_SIGNED | MC_DTYPE_BIT(MC_UINT8) | MC_DTYPE_BIT(MC_UINT16))
#define BY_INPUT(name, types, kind)                                                                          \
  {.type = (name), .inputs = "x size", .outputs = "y", .dtypes = (types), .value_inputs = 1u << 1,           \
   .infer = image_infer, .prepare = image_prepare, .variant = (kind)}
#define BY_ATTRIBUTE(name, types, kind)                                                                      \
  {.type = (name), .inputs = "x", .outputs = "y", .dtypes = (types), .infer = image_infer,                   \
   .prepare = image_prepare, .variant = (kind)}

static const mc_op_def kOps[] = {
    BY_INPUT("ResizeNearestNeighborV2", MC_T_IMAGE, NEAREST),
    BY_ATTRIBUTE("ResizeNearestNeighborV2D", MC_T_IMAGE, NEAREST_D),
    BY_INPUT("ResizeBilinearV2", MC_T_IMAGE, BILINEAR),
    BY_ATTRIBUTE("ResizeBilinearV2D", MC_T_FLOATS, BILINEAR_D),
    BY_INPUT("SyncResizeBilinearV2", MC_T_F32, SYNC),
    BY_ATTRIBUTE("Upsample", MC_T_FLOATS, UPSAMPLE),
};
MC_OP_FAMILY(resize_image, kOps);
