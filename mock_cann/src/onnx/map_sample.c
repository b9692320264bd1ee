/* Sampling of images, their regions and boxes, and convolutions with offsets. */
#include <string.h>

#include "onnx/window.h"

static void map_grid_sample(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  const char *mode = mc_on_string(on, "mode", mc_on_version(on) < 20 ? "bilinear" : "linear");
  const int rank = mc_val_need_rank(on, x, "X");
  if (rank != 4 && rank != 5) {
    mc_on_fail(on, "X has rank %d; 4 and 5 are supported", rank);
    return;
  }
  if (strcmp(mode, "linear") == 0) {
    mode = "bilinear";
  } else if (strcmp(mode, "cubic") == 0) {
    mode = "bicubic";
  }
  mc_ge *ge = mc_ge_begin(on, rank == 4 ? "GridSampler2D" : "GridSampler3D");
  mc_ge_in(ge, "x", x);
  mc_ge_in(ge, "grid", mc_on_need(on, 1));
  mc_ge_string(ge, "interpolation_mode", mode);
  mc_ge_string(ge, "padding_mode", mc_on_string(on, "padding_mode", "zeros"));
  mc_ge_bool(ge, "align_corners", mc_on_int(on, "align_corners", 0) != 0);
  mc_on_set(on, 0, mc_ge_end(ge));
}

static void map_roi_align(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  mc_val *rois = mc_on_need(on, 1);
  mc_val *batches = mc_on_need(on, 2);
  const int64_t last = 1;
  if (mc_on_failed(on)) {
    return;
  }
  const bool half = mc_on_version(on) >= 16 &&
                    strcmp(mc_on_string(on, "coordinate_transformation_mode", "half_pixel"), "half_pixel") == 0;
  mc_val *parts[2] = {mc_ge_unsqueeze(on, mc_ge_cast(on, batches, rois->dtype), &last, 1), rois};
  mc_ge *ge = mc_ge_begin(on, "ROIAlign");
  mc_ge_in(ge, "features", x);
  mc_ge_in(ge, "rois", mc_ge_concat(on, parts, 2, 1));
  mc_ge_float(ge, "spatial_scale", mc_on_float(on, "spatial_scale", 1.0f));
  mc_ge_int(ge, "pooled_height", mc_on_int(on, "output_height", 1));
  mc_ge_int(ge, "pooled_width", mc_on_int(on, "output_width", 1));
  mc_ge_int(ge, "sample_num", mc_on_int(on, "sampling_ratio", 0));
  mc_ge_int(ge, "roi_end_mode", half ? 2 : 0);
  mc_ge_string(ge, "pool_mode", mc_on_string(on, "mode", "avg"));
  mc_on_set(on, 0, mc_ge_end(ge));
}

static void map_max_roi_pool(mc_on *on) {
  int count = 0;
  const float scale = mc_on_float(on, "spatial_scale", 1.0f);
  const int64_t *pooled = mc_on_ints(on, "pooled_shape", &count);
  if (pooled == NULL || count != 2) {
    mc_on_fail(on, "attribute pooled_shape must have 2 values; it has %d", count);
    return;
  }
  mc_ge *ge = mc_ge_begin(on, "ROIPooling");
  mc_ge_in(ge, "x", mc_on_need(on, 0));
  mc_ge_in(ge, "rois", mc_on_need(on, 1));
  mc_ge_int(ge, "pooled_h", pooled[0]);
  mc_ge_int(ge, "pooled_w", pooled[1]);
  mc_ge_float(ge, "spatial_scale_h", scale);
  mc_ge_float(ge, "spatial_scale_w", scale);
  mc_on_set(on, 0, mc_ge_end(ge));
}

static void map_nms(mc_on *on) {
  mc_val *most = mc_on_in(on, 2);
  mc_ge *ge = mc_ge_begin(on, "NonMaxSuppressionV6");
  mc_ge_in(ge, "boxes", mc_on_need(on, 0));
  mc_ge_in(ge, "scores", mc_on_need(on, 1));
  mc_ge_in(ge, "max_output_size", most == NULL ? NULL : mc_ge_cast(on, most, MC_INT32));
  mc_ge_in(ge, "iou_threshold", mc_on_in(on, 3));
  mc_ge_in(ge, "score_threshold", mc_on_in(on, 4));
  mc_ge_int(ge, "center_point_box", mc_on_int(on, "center_point_box", 0));
  mc_on_set(on, 0, mc_ge_cast(on, mc_ge_end(ge), MC_INT64));
}

/* GE's offsets have all horizontal ones, then all vertical ones, then the masks; ONNX's go (vertical, horizontal) by tap,
 * its masks are apart. */
static mc_val *offsets_of(mc_on *on, mc_val *offset, mc_val *mask) {
  const int64_t axis = 2;
  const int64_t *d = offset->shape.dims;
  const int64_t pairs[5] = {d[0], d[1] / 2, 2, d[2], d[3]};
  mc_val *split = mc_ge_reshape(on, offset, pairs, 5);
  mc_val *vertical = mc_ge_squeeze(on, mc_ge_slice(on, split, 2, 0, 1), &axis, 1);
  mc_val *horizontal = mc_ge_squeeze(on, mc_ge_slice(on, split, 2, 1, 1), &axis, 1);
  mc_val *parts[3] = {horizontal, vertical, mask == NULL ? mc_ge_1(on, "OnesLike", vertical) : mask};
  return mc_ge_concat(on, parts, 3, 1);
}

static void map_deform_conv(mc_on *on) {
  mc_window w;
  mc_val *x = mc_on_need(on, 0);
  mc_val *filter = mc_on_need(on, 1);
  mc_val *offset = mc_on_need(on, 2);
  if (!mc_window_read(on, x, filter, 2, false, &w)) {
    return;
  }
  if (w.axes != 2 || offset->shape.rank != 4 || offset->shape.dims[1] < 0) {
    mc_on_fail(on, "X must have two spatial axes, and offset a known number of channels");
    return;
  }
  mc_ge *ge = mc_ge_begin(on, "DeformableConv2D");
  mc_ge_in(ge, "x", x);
  mc_ge_in(ge, "filter", filter);
  mc_ge_in(ge, "offsets", offsets_of(on, offset, mc_on_in(on, 4)));
  mc_ge_in(ge, "bias", mc_on_in(on, 3));
  mc_window_layout(ge, &w, true);
  mc_window_list(ge, &w, "strides", w.stride);
  mc_window_list(ge, &w, "dilations", w.dilation);
  mc_window_pads(ge, &w, "pads");
  mc_ge_int(ge, "groups", mc_on_int(on, "group", 1));
  mc_ge_int(ge, "deformable_groups", mc_on_int(on, "offset_group", 1));
  mc_on_set(on, 0, mc_ge_end(ge));
}

static const mc_on_rule kRules[] = {
    {"GridSample", 0, 0, map_grid_sample, NULL, 0},
    {"RoiAlign", 0, 0, map_roi_align, NULL, 0},
    {"MaxRoiPool", 0, 0, map_max_roi_pool, NULL, 0},
    {"NonMaxSuppression", 0, 0, map_nms, NULL, 0},
    {"DeformConv", 0, 0, map_deform_conv, NULL, 0},
};

MC_ON_FAMILY(sample, kRules);
