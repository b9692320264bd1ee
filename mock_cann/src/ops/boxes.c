/*
 * Boxes that overlap, as rows x0, y0, x1, y1. Iou says how much, a row per box of gtboxes and a column per box of
 * bboxes: as a part of what both cover, or, in mode iof, of gtboxes' own box; eps is added to the sides. NMSWithMask
 * takes boxes by falling score and keeps those that no box before them, itself kept, overlaps by more than the
 * threshold; the mask says which.
 */
#include "ops/boxes.h"

#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/widen.h"

typedef struct iou_state {
  int64_t boxes, truths;
  double extra;
  bool foreground;
} iou_state;

typedef struct job {
  const iou_state *s;
  const float *boxes, *truths;
  float *y;
} job;

static void overlap_rows(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const iou_state *s = j->s;
  for (int64_t row = begin; row < end; ++row) {
    const float *truth = j->truths + row * 4;
    const double area = mc_box_area(truth, s->extra);
    for (int64_t i = 0; i < s->boxes; ++i) {
      const float *box = j->boxes + i * 4;
      const double shared = mc_box_shared(truth, box, s->extra);
      const double part = !s->foreground             ? mc_box_union_share(truth, box, s->extra)
                          : shared > 0 && area > 0 ? shared / area
                                                     : 0;
      j->y[row * s->boxes + i] = (float)part;
    }
  }
}

static int run_iou(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const iou_state *s = call->state;
  job j = {s, in[0], in[1], out[0]};
  mc_parallel_for(s->truths, 4096 / (s->boxes + 1) + 1, overlap_rows, &j);
  return MC_OK;
}

static int read_iou(const mc_op_call *call, iou_state *s) {
  char text[MC_SHAPE_TEXT];
  char name[MC_OP_NAME];
  const char *mode = mc_attrs_string(call->attrs, "mode", "iou");
  for (int i = 0; i < 2; ++i) {
    const mc_shape *shape = &call->in[i].desc.shape;
    if (shape->rank != 2 || shape->dims[1] != 4) {
      return mc_op_error(call, "input %s has shape %.120s; it must be [count,4]", mc_op_input_name(call, i, name),
                         mc_shape_text(shape, text));
    }
  }
  *s = (iou_state){call->in[0].desc.shape.dims[0], call->in[1].desc.shape.dims[0],
                   (double)mc_attrs_float(call->attrs, "eps", 1.0f), strcmp(mode, "iof") == 0};
  if (!s->foreground && strcmp(mode, "iou") != 0) {
    return mc_op_error(call, "attribute mode is \"%.40s\"; it must be iou or iof", mode);
  }
  if (!(s->extra >= 0)) {
    return mc_op_error(call, "attribute eps is %g; it must not be negative", s->extra);
  }
  if (mc_attrs_bool(call->attrs, "aligned", false)) {
    return mc_op_error(call, "attribute aligned is true; only false, every box with every other, is emulated");
  }
  return mc_check_same_dtype(call, 0, 1);
}

static int iou_infer(mc_op_call *call) {
  iou_state s;
  const int status = read_iou(call, &s);
  call->out[0].desc = (mc_desc){call->in[0].desc.dtype, MC_FORMAT_ND, {2, {s.truths, s.boxes}}};
  return status != MC_OK ? status : mc_check_sizes(call);
}

static int iou_prepare(mc_op_call *call) {
  iou_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_iou(call, s);
  mc_op_cost(call, 100 + (double)mc_shape_count(&call->out[0].desc.shape) * 8);
  call->state = s;
  return status != MC_OK ? status : mc_widen_prepare(call, run_iou, 3u, 1u);
}

static int run_mask(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  enum { ROW = 5 };
  const float *rows = in[0];
  int32_t *index = out[1];
  uint8_t *mask = out[2];
  const int64_t count = call->in[0].desc.shape.dims[0];
  const float threshold = mc_attrs_float(call->attrs, "iou_threshold", 0.5f);
  for (int64_t i = 0; i < count; ++i) {
    const float *row = rows + i * ROW;
    if (i > 0 && row[4] > row[4 - ROW]) {
      return mc_op_error(call, "box_scores has score %g in row %lld and %g in the next; scores must not rise",
                         (double)row[4 - ROW], (long long)(i - 1), (double)row[4]);
    }
    index[i] = (int32_t)i;
    mask[i] = 1;
    for (int64_t k = 0; k < i && mask[i] != 0; ++k) {
      mask[i] = mask[k] == 0 || !(mc_box_union_share(row, rows + k * ROW, 0) > (double)threshold);
    }
  }
  if (count > 0) {
    memcpy(out[0], rows, sizeof(float) * ROW * (size_t)count);
  }
  return MC_OK;
}

static int mask_infer(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  const mc_desc *x = &call->in[0].desc;
  const float threshold = mc_attrs_float(call->attrs, "iou_threshold", 0.5f);
  if (x->shape.rank != 2 || x->shape.dims[1] != 5 || x->shape.dims[0] > INT32_MAX) {
    return mc_op_error(call, "box_scores has shape %.120s; it must be [count,5]", mc_shape_text(&x->shape, text));
  }
  if (!(threshold >= 0 && threshold <= 1)) {
    return mc_op_error(call, "attribute iou_threshold is %g; it must be in [0, 1]", (double)threshold);
  }
  call->out[0].desc = *x;
  call->out[1].desc = (mc_desc){MC_INT32, MC_FORMAT_ND, {1, {x->shape.dims[0]}}};
  call->out[2].desc = (mc_desc){MC_UINT8, MC_FORMAT_ND, {1, {x->shape.dims[0]}}};
  return mc_check_sizes(call);
}

static int mask_prepare(mc_op_call *call) {
  const double count = (double)call->in[0].desc.shape.dims[0];
  mc_op_cost(call, 100 + count * count * 4);
  return mc_widen_prepare(call, run_mask, 1u, 1u);
}

static const mc_op_def kOps[] = {
    {.type = "Iou", .inputs = "bboxes gtboxes", .outputs = "overlap", .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16),
     .infer = iou_infer, .prepare = iou_prepare},
    {.type = "NMSWithMask", .inputs = "box_scores", .outputs = "selected_boxes selected_idx selected_mask",
     .dtypes = MC_T_FLOATS, .infer = mask_infer, .prepare = mask_prepare},
};
MC_OP_FAMILY(boxes, kOps);
