/*
 * BatchMultiClassNonMaxSuppression, as TensorFlow's detection models end: in each image, each class by itself takes its
 * boxes by falling score, unless one that it took overlaps them too much; what the classes took is sorted by score
 * again, cut to max_total_size or filled up with zeros. Boxes are [images, anchors, 1 or classes, 4], two opposite
 * corners each, scores [images, anchors, classes].
 */
#include <stdlib.h>
#include <string.h>

#include "engine/status.h"
#include "ops/boxes.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/widen.h"

enum { BOXES, SCORES, WINDOW, VALID };

typedef struct candidate {
  float score;
  float box[4]; /* low corner, high corner */
  int64_t anchor, class;
} candidate;

typedef struct nms_state {
  int64_t images, anchors, classes, sets; /* sets of boxes: 1 or one per class */
  int64_t most;                           /* boxes a class keeps */
  int64_t total;                          /* rows of y */
  float score, iou;
} nms_state;

/* Classes are sorted first among equals, then anchors. */
static int by_score(const void *a, const void *b) {
  const candidate *x = a;
  const candidate *y = b;
  if (x->score != y->score) {
    return x->score > y->score ? -1 : 1;
  }
  if (x->class != y->class) {
    return x->class < y->class ? -1 : 1;
  }
  return x->anchor < y->anchor ? -1 : x->anchor > y->anchor;
}

static candidate candidate_of(const float *box, float score, int64_t anchor, int64_t class) {
  candidate c = {.score = score, .anchor = anchor, .class = class};
  for (int k = 0; k < 2; ++k) {
    c.box[k] = box[k] < box[k + 2] ? box[k] : box[k + 2];
    c.box[k + 2] = box[k] < box[k + 2] ? box[k + 2] : box[k];
  }
  return c;
}

/* The boxes one class keeps, into `kept`; returns how many. */
static int64_t select_class(const nms_state *s, const float *boxes, const float *scores, int64_t class, int64_t valid,
                            candidate *room, candidate *kept) {
  int64_t n = 0;
  int64_t found = 0;
  for (int64_t i = 0; i < valid; ++i) {
    const float score = scores[i * s->classes + class];
    if (score > s->score) {
      room[n++] = candidate_of(boxes + (i * s->sets + (s->sets == 1 ? 0 : class)) * 4, score, i, class);
    }
  }
  if (n > 1) {
    qsort(room, (size_t)n, sizeof(*room), by_score);
  }
  for (int64_t i = 0; i < n && found < s->most; ++i) {
    bool free = true;
    for (int64_t k = 0; free && k < found; ++k) {
      free = !(mc_box_union_share(kept[k].box, room[i].box, 0) > (double)s->iou);
    }
    if (free) {
      kept[found++] = room[i];
    }
  }
  return found;
}

static int run_nms(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const nms_state *s = call->state;
  candidate *room = scratch;
  candidate *kept = room + s->anchors;
  float *y_boxes = out[0];
  float *y_scores = out[1];
  float *y_classes = out[2];
  if (s->images == 0) {
    return MC_OK;
  }
  memset(y_boxes, 0, sizeof(float) * (size_t)(s->images * s->total * 4));
  memset(y_scores, 0, sizeof(float) * (size_t)(s->images * s->total));
  memset(y_classes, 0, sizeof(float) * (size_t)(s->images * s->total));
  for (int64_t image = 0; image < s->images; ++image) {
    const float *boxes = (const float *)in[BOXES] + image * s->anchors * s->sets * 4;
    const float *scores = (const float *)in[SCORES] + image * s->anchors * s->classes;
    int64_t valid = call->n_in > VALID && in[VALID] != NULL ? ((const int32_t *)in[VALID])[image] : s->anchors;
    valid = valid < 0 ? 0 : valid < s->anchors ? valid : s->anchors;
    int64_t found = 0;
    for (int64_t class = 0; class < s->classes; ++class) {
      found += select_class(s, boxes, scores, class, valid, room, kept + found);
    }
    if (found > 1) {
      qsort(kept, (size_t)found, sizeof(*kept), by_score);
    }
    found = found < s->total ? found : s->total;
    for (int64_t i = 0; i < found; ++i) {
      const int64_t row = image * s->total + i;
      const int64_t set = s->sets == 1 ? 0 : kept[i].class;
      memcpy(y_boxes + row * 4, boxes + (kept[i].anchor * s->sets + set) * 4, sizeof(float) * 4);
      y_scores[row] = kept[i].score;
      y_classes[row] = (float)kept[i].class;
    }
    ((int32_t *)out[3])[image] = (int32_t)found;
  }
  return MC_OK;
}

static int read_attributes(const mc_op_call *call, nms_state *s) {
  size_t n = 0;
  int status = mc_need_int(call, "max_size_per_class", &s->most);
  status = status != MC_OK ? status : mc_need_int(call, "max_total_size", &s->total);
  s->score = mc_attrs_float(call->attrs, "score_threshold", 0);
  s->iou = mc_attrs_float(call->attrs, "iou_threshold", 0);
  if (status == MC_OK && (s->most < 1 || s->total < 1 || s->total > INT32_MAX)) {
    return mc_op_error(call, "max_size_per_class is %lld and max_total_size %lld; they must be in [1, 2^31)",
                       (long long)s->most, (long long)s->total);
  }
  if (!(s->iou >= 0 && s->iou <= 1) || s->score != s->score) {
    return mc_op_error(call, "iou_threshold is %g and score_threshold %g; they must be in [0, 1] and a number",
                       (double)s->iou, (double)s->score);
  }
  const bool moved = mc_attrs_bool(call->attrs, "change_coordinate_frame", false);
  const bool transposed = mc_attrs_bool(call->attrs, "transpose_box", false);
  mc_attrs_ints(call->attrs, "image_size", &n);
  if (moved || transposed || n > 0) {
    return mc_op_error(call, "attribute %s is not emulated; leave it out",
                       moved ? "change_coordinate_frame" : transposed ? "transpose_box" : "image_size");
  }
  if (call->n_in > WINDOW && call->in[WINDOW].present) {
    return mc_op_error(call, "input clip_window is not emulated; leave it out");
  }
  s->most = s->most < s->anchors ? s->most : s->anchors;
  return status;
}

static int read_nms(const mc_op_call *call, nms_state *s) {
  char tb[MC_SHAPE_TEXT];
  char ts[MC_SHAPE_TEXT];
  const mc_shape *boxes = &call->in[BOXES].desc.shape;
  const mc_shape *scores = &call->in[SCORES].desc.shape;
  if (boxes->rank != 4 || scores->rank != 3 || boxes->dims[3] != 4 || boxes->dims[0] != scores->dims[0] ||
      boxes->dims[1] != scores->dims[1] || (boxes->dims[2] != 1 && boxes->dims[2] != scores->dims[2])) {
    return mc_op_error(call, "boxes %.70s and scores %.70s must be [images,anchors,1 or classes,4] and "
                       "[images,anchors,classes]", mc_shape_text(boxes, tb), mc_shape_text(scores, ts));
  }
  *s = (nms_state){boxes->dims[0], boxes->dims[1], scores->dims[2], .sets = boxes->dims[2]};
  const mc_desc *valid = call->n_in > VALID && call->in[VALID].present ? &call->in[VALID].desc : NULL;
  if (valid != NULL && (valid->dtype != MC_INT32 || mc_shape_count(&valid->shape) != s->images)) {
    return mc_op_error(call, "input num_valid_boxes is %s %.120s; it must be DT_INT32 with %lld elements, one per image",
                       mc_dtype_name(valid->dtype), mc_shape_text(&valid->shape, tb), (long long)s->images);
  }
  const int status = read_attributes(call, s);
  return status != MC_OK ? status : mc_check_same_dtype(call, BOXES, SCORES);
}

static int nms_infer(mc_op_call *call) {
  nms_state s;
  const int status = read_nms(call, &s);
  if (status != MC_OK) {
    return status;
  }
  const int dtype = call->in[BOXES].desc.dtype;
  call->out[0].desc = (mc_desc){dtype, MC_FORMAT_ND, {3, {s.images, s.total, 4}}};
  call->out[1].desc = call->out[2].desc = (mc_desc){dtype, MC_FORMAT_ND, {2, {s.images, s.total}}};
  call->out[3].desc = (mc_desc){MC_INT32, MC_FORMAT_ND, {1, {s.images}}};
  return mc_check_sizes(call);
}

static int nms_prepare(mc_op_call *call) {
  int64_t room = 0;
  nms_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_nms(call, s);
  if (status != MC_OK) {
    return status;
  }
  if (__builtin_mul_overflow(s->classes, s->most, &room) || __builtin_add_overflow(room, s->anchors, &room) ||
      __builtin_mul_overflow(room, (int64_t)sizeof(candidate), &room)) {
    return mc_op_error(call, "%lld classes of %lld boxes are too many", (long long)s->classes, (long long)s->most);
  }
  call->scratch = (size_t)room;
  mc_op_cost(call, 200 + (double)(s->images * s->classes) * (double)s->anchors * (100 + (double)s->most));
  call->state = s;
  return mc_widen_prepare(call, run_nms, 3u, 7u);
}

static const mc_op_def kOps[] = {
    {.type = "BatchMultiClassNonMaxSuppression",
     .inputs = "boxes scores clip_window? num_valid_boxes?",
     .outputs = "nmsed_boxes nmsed_scores nmsed_classes nmsed_num",
     .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16),
     .infer = nms_infer,
     .prepare = nms_prepare},
};
MC_OP_FAMILY(batch_nms, kOps);
