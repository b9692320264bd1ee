/*
 * NonMaxSuppression: boxes by falling score, unless one that was taken overlaps them too much. The first versions have
 * boxes [count, 4] and scores [count], and give indices of boxes; V6 and V7 have [batch, count, 4] and [batch, classes,
 * count], and give [batch, class, box]. V3's attribute offset is added to the sides of boxes.
 */
#include <stdlib.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/known.h"

enum { FIRST, THIRD, BATCHED };

typedef struct nms {
  const float *boxes, *scores;
  int64_t batches, classes, count, most;
  float iou, score, offset;
  bool scored, centered;
} nms;

typedef struct candidate {
  float score;
  int64_t box;
} candidate;

static int by_score(const void *a, const void *b) {
  const candidate *x = a;
  const candidate *y = b;
  return x->score > y->score ? -1 : x->score < y->score ? 1 : x->box < y->box ? -1 : 1;
}

typedef struct box {
  float y0, x0, y1, x1;
} box;

static box box_of(const nms *s, const float *b) {
  if (s->centered) {
    return (box){b[1] - b[3] / 2, b[0] - b[2] / 2, b[1] + b[3] / 2, b[0] + b[2] / 2};
  }
  return (box){b[0] < b[2] ? b[0] : b[2], b[1] < b[3] ? b[1] : b[3], b[0] < b[2] ? b[2] : b[0],
               b[1] < b[3] ? b[3] : b[1]};
}

static bool overlap(const nms *s, const float *a, const float *b) {
  const box p = box_of(s, a);
  const box q = box_of(s, b);
  const float extra = s->offset;
  const float height = (p.y1 < q.y1 ? p.y1 : q.y1) - (p.y0 > q.y0 ? p.y0 : q.y0) + extra;
  const float width = (p.x1 < q.x1 ? p.x1 : q.x1) - (p.x0 > q.x0 ? p.x0 : q.x0) + extra;
  const float area_p = (p.y1 - p.y0 + extra) * (p.x1 - p.x0 + extra);
  const float area_q = (q.y1 - q.y0 + extra) * (q.x1 - q.x0 + extra);
  if (height <= 0 || width <= 0 || area_p <= 0 || area_q <= 0) {
    return false;
  }
  const float shared = height * width;
  return shared / (area_p + area_q - shared) > s->iou;
}

/* The boxes one class of one image keeps, into `kept`; returns how many. */
static int64_t select_boxes(const nms *s, const float *boxes, const float *scores, candidate *room, int64_t *kept) {
  int64_t n = 0;
  int64_t found = 0;
  for (int64_t i = 0; i < s->count; ++i) {
    if (!s->scored || scores[i] > s->score) {
      room[n++] = (candidate){scores[i], i};
    }
  }
  qsort(room, (size_t)n, sizeof(*room), by_score);
  for (int64_t i = 0; i < n && found < s->most; ++i) {
    bool free = true;
    for (int64_t k = 0; free && k < found; ++k) {
      free = !overlap(s, boxes + kept[k] * 4, boxes + room[i].box * 4);
    }
    if (free) {
      kept[found++] = room[i].box;
    }
  }
  return found;
}

/* An input's contents as floats. */
static const float *floats(const mc_op_call *call, int slot, int64_t *count) {
  char name[MC_OP_NAME];
  const mc_op_value *input = mc_op_input(call, slot);
  *count = input == NULL ? 0 : mc_shape_count(&input->desc.shape);
  float *room = mc_op_alloc(call, sizeof(float) * (size_t)(*count + 1));
  mc_convert *convert = input == NULL ? NULL : mc_convert_for(input->desc.dtype, MC_FLOAT);
  if (room == NULL || (*count > 0 && (convert == NULL || input->value == NULL))) {
    mc_op_error(call, "input %s must be a float tensor", mc_op_input_name(call, slot, name));
    return NULL;
  }
  if (*count > 0) {
    convert(input->value, room, *count);
  }
  return room;
}

static int read_thresholds(const mc_op_call *call, nms *s) {
  const int variant = call->def->variant;
  int64_t count = 0;
  s->most = 0;
  if (mc_op_input(call, 2) != NULL && mc_shape_count(&mc_op_input(call, 2)->desc.shape) > 0) {
    const int status = mc_need_scalar(call, 2, &s->most);
    if (status != MC_OK) {
      return status;
    }
  }
  s->most = s->most < 0 ? 0 : s->most;
  if (variant == FIRST) {
    s->iou = mc_attrs_float(call->attrs, "iou_threshold", 0.5f);
    return MC_OK;
  }
  const float *iou = floats(call, 3, &count);
  s->iou = iou != NULL && count > 0 ? iou[0] : 0;
  const float *score = iou == NULL ? NULL : floats(call, 4, &count);
  s->scored = score != NULL && count > 0;
  s->score = s->scored ? score[0] : 0;
  return iou == NULL || score == NULL ? MC_RT_PARAM : MC_OK;
}

static int read_nms(const mc_op_call *call, nms *s) {
  char tb[MC_SHAPE_TEXT];
  char ts[MC_SHAPE_TEXT];
  int64_t count = 0;
  const mc_shape *boxes = &call->in[0].desc.shape;
  const mc_shape *scores = &call->in[1].desc.shape;
  const bool batched = call->def->variant == BATCHED;
  const int rank = batched ? 3 : 2;
  *s = (nms){.batches = 1, .classes = 1};
  if (boxes->rank != rank || boxes->dims[rank - 1] != 4 || scores->rank != (batched ? 3 : 1) ||
      scores->dims[scores->rank - 1] != boxes->dims[rank - 2] || (batched && scores->dims[0] != boxes->dims[0])) {
    return mc_op_error(call, "boxes %.90s and scores %.90s must be %s", mc_shape_text(boxes, tb),
                       mc_shape_text(scores, ts), batched ? "[n,count,4] and [n,classes,count]" : "[count,4] and [count]");
  }
  s->count = boxes->dims[rank - 2];
  if (batched) {
    s->batches = boxes->dims[0];
    s->classes = scores->dims[1];
  }
  s->centered = mc_attrs_int(call->attrs, "center_point_box", 0) != 0;
  s->offset = (float)mc_attrs_int(call->attrs, "offset", 0);
  s->boxes = floats(call, 0, &count);
  s->scores = s->boxes == NULL ? NULL : floats(call, 1, &count);
  return s->scores == NULL ? MC_RT_PARAM : read_thresholds(call, s);
}

static mc_shape shape_of(const mc_op_call *call, int64_t found) {
  return call->def->variant == BATCHED ? (mc_shape){2, {found, 3}} : (mc_shape){1, {found}};
}

static int nms_guess(mc_op_call *call, int64_t found) {
  call->out[0].desc = (mc_desc){MC_INT32, MC_FORMAT_ND, shape_of(call, found)};
  return MC_OK;
}

static int nms_infer(mc_op_call *call) {
  nms s;
  const int status = read_nms(call, &s);
  if (status != MC_OK) {
    return status;
  }
  const int64_t most = s.most < s.count ? s.most : s.count;
  const int64_t sets = s.batches * s.classes;
  candidate *room = mc_op_alloc(call, sizeof(*room) * (size_t)(s.count + 1));
  int64_t *kept = mc_op_alloc(call, sizeof(*kept) * (size_t)(sets * most + 1));
  int64_t *found = mc_op_alloc(call, sizeof(*found) * (size_t)(sets + 1));
  if (room == NULL || kept == NULL || found == NULL) {
    return mc_op_error(call, "out of memory for %lld boxes", (long long)s.count);
  }
  int64_t total = 0;
  for (int64_t i = 0; i < sets; ++i) {
    const float *boxes = s.boxes + i / s.classes * s.count * 4;
    found[i] = select_boxes(&s, boxes, s.scores + i * s.count, room, kept + i * most);
    total += found[i];
  }
  const mc_shape shape = shape_of(call, total);
  int32_t *y = mc_known_output(call, 0, MC_INT32, &shape);
  if (y == NULL) {
    return MC_RT_PARAM;
  }
  for (int64_t i = 0; i < sets; ++i) {
    for (int64_t k = 0; k < found[i]; ++k) {
      if (call->def->variant == BATCHED) {
        *y++ = (int32_t)(i / s.classes);
        *y++ = (int32_t)(i % s.classes);
      }
      *y++ = (int32_t)kept[i * most + k];
    }
  }
  return MC_OK;
}

#define NMS(name, ins, values, kind)                                                                         \
  {.type = (name), .inputs = (ins), .outputs = "selected_indices", .dtypes = MC_T_FLOATS,                    \
   .value_inputs = (values), .infer = nms_infer, .kernel = mc_run_known, .guess = nms_guess, .variant = (kind)}

static const mc_op_def kOps[] = {
    NMS("NonMaxSuppression", "boxes scores max_output_size", 7u, FIRST),
    NMS("NonMaxSuppressionV3", "boxes scores max_output_size iou_threshold score_threshold", 31u, THIRD),
    NMS("NonMaxSuppressionV6", "boxes scores max_output_size? iou_threshold? score_threshold?", 31u, BATCHED),
    NMS("NonMaxSuppressionV7", "boxes scores max_output_size? iou_threshold? score_threshold? index_id?", 31u, BATCHED),
};
MC_OP_FAMILY(nms, kOps);
