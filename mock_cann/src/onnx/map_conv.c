/* Convolutions, plain and transposed, of one to three spatial axes. */
#include "onnx/window.h"

static void map_conv(mc_on *on) {
  mc_window w;
  mc_val *x = mc_on_need(on, 0);
  mc_val *filter = mc_on_need(on, 1);
  if (!mc_window_read(on, x, filter, 2, false, &w)) {
    return;
  }
  mc_ge *ge = mc_ge_begin(on, mc_window_count(&w) == 3 ? "Conv3D" : "Conv2D");
  mc_ge_in(ge, "x", mc_window_extend(on, &w, x));
  mc_ge_in(ge, "filter", mc_window_extend(on, &w, filter));
  mc_ge_in(ge, "bias", mc_on_in(on, 2));
  mc_window_layout(ge, &w, true);
  mc_window_list(ge, &w, "strides", w.stride);
  mc_window_list(ge, &w, "dilations", w.dilation);
  mc_window_pads(ge, &w, "pads");
  mc_ge_int(ge, "groups", mc_on_int(on, "group", 1));
  mc_on_set(on, 0, mc_window_restore(on, &w, mc_ge_end(ge)));
}

/* y's lengths where they are asked for, by output_shape or auto_pad; then the pads follow from them. What the pads
 * would be less than nothing is what GE's input_size adds at the end. */
static bool place_outputs(mc_on *on, mc_window *w, const int64_t *extra, int64_t *wanted) {
  int count = 0;
  const int64_t *shape = mc_on_ints(on, "output_shape", &count);
  if (shape == NULL && !w->same_upper && !w->same_lower) {
    return false;
  }
  if (shape != NULL && count != w->axes && count != w->axes + 2) {
    mc_on_fail(on, "output_shape has %d values for %d spatial axes", count, w->axes);
    return false;
  }
  for (int i = w->first; i < mc_window_count(w); ++i) {
    if (w->length[i] < 0) {
      mc_on_fail(on, "output_shape and auto_pad need the spatial dims of the input, which are not known");
      return false;
    }
    const int64_t full = (w->length[i] - 1) * w->stride[i] + (w->size[i] - 1) * w->dilation[i] + 1 + extra[i];
    wanted[i] = shape != NULL ? shape[count - w->axes + i - w->first] : w->length[i] * w->stride[i];
    const int64_t total = full > wanted[i] ? full - wanted[i] : 0;
    w->before[i] = w->same_upper ? total / 2 : total - total / 2;
    w->after[i] = total - w->before[i];
  }
  return true;
}

static void map_transpose(mc_on *on) {
  mc_window w;
  mc_val *x = mc_on_need(on, 0);
  mc_val *filter = mc_on_need(on, 1);
  if (!mc_window_read(on, x, filter, 2, true, &w)) {
    return;
  }
  int count = 0;
  int64_t extra[MC_WINDOW_AXES] = {0, 0, 0};
  int64_t wanted[2 + MC_WINDOW_AXES] = {0};
  const int64_t *padding = mc_on_ints(on, "output_padding", &count);
  if (padding != NULL && count != w.axes) {
    mc_on_fail(on, "output_padding has %d values for %d spatial axes", count, w.axes);
    return;
  }
  for (int i = 0; i < count; ++i) {
    extra[w.first + i] = padding[i];
  }
  const bool placed = place_outputs(on, &w, extra, wanted + 2);
  for (int i = 0; placed && i < w.first; ++i) {
    wanted[2 + i] = 1;
  }
  const bool volume = mc_window_count(&w) == 3;
  mc_ge *ge = mc_ge_begin(on, volume ? "Conv3DTranspose" : "Conv2DTranspose");
  mc_ge_in(ge, "input_size", mc_ge_const_ints(on, MC_INT64, wanted, 2 + mc_window_count(&w)));
  mc_ge_in(ge, "x", mc_window_extend(on, &w, x));
  mc_ge_in(ge, "filter", mc_window_extend(on, &w, filter));
  mc_ge_in(ge, "bias", mc_on_in(on, 2));
  mc_window_layout(ge, &w, true);
  mc_window_list(ge, &w, "strides", w.stride);
  mc_window_list(ge, &w, "dilations", w.dilation);
  mc_window_pads(ge, &w, "pads");
  mc_ge_int(ge, "groups", mc_on_int(on, "group", 1));
  int64_t list[2 + MC_WINDOW_AXES] = {0, 0, extra[0], extra[1], extra[2]};
  mc_ge_ints(ge, "output_padding", list, 2 + (size_t)mc_window_count(&w));
  mc_on_set(on, 0, mc_window_restore(on, &w, mc_ge_end(ge)));
}

static const mc_on_rule kRules[] = {
    {"Conv", 0, 0, map_conv, NULL, 0},
    {"ConvTranspose", 0, 0, map_transpose, NULL, 0},
};

MC_ON_FAMILY(conv, kRules);
