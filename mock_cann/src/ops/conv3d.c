/* Conv3D, Conv3DTranspose and Conv3DTransposeD. A transposed convolution is one of x with stride - 1 zeros
 * between its elements by the mirrored filter, with input and output channels exchanged. */
#include "ops/conv3d.h"

#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"

enum { PLAIN, TRANSPOSED, TRANSPOSED_D };

/* One direction of a transposed convolution: y's length, and the inner convolution's zeros. */
static int place(const mc_op_call *call, mc_conv3d *g, int i, int64_t before, int64_t after, int64_t wanted,
                 int64_t extra) {
  int64_t extent = 0;
  int64_t full = 0;
  const int64_t stride = g->stride[i];
  if (g->window[i] < 1 || g->length[i] < 1 ||
      __builtin_mul_overflow(g->window[i] - 1, g->dilation[i], &extent) ||
      __builtin_mul_overflow(g->length[i] - 1, stride, &full) ||
      __builtin_add_overflow(full, extent + 1, &full)) {
    return mc_op_error(call, "x has %lld and the filter %lld along spatial axis %d; both must be at least 1",
                       (long long)g->length[i], (long long)g->window[i], i);
  }
  if (before < 0 || after < 0 || before > extent || after > extent) {
    return mc_op_error(call, "pads along spatial axis %d are %lld and %lld; they must be in [0, %lld]", i,
                       (long long)before, (long long)after, (long long)extent);
  }
  g->out[i] = wanted != 0 ? wanted : full - before - after + extra;
  const int64_t rest = g->out[i] + before + after - extent - 1;
  if (g->out[i] < 1 || rest < 0 || rest / stride + 1 != g->length[i]) {
    return mc_op_error(
        call, "spatial axis %d of y would be %lld: with this filter, stride and pads x would have %lld, not %lld",
        i, (long long)g->out[i], (long long)(rest < 0 ? 0 : rest / stride + 1), (long long)g->length[i]);
  }
  g->apart[i] = stride;
  g->stride[i] = 1;
  g->before[i] = extent - before;
  g->padded[i] = g->out[i] + extent;
  return MC_OK;
}

static int read_size(const mc_op_call *call, const int64_t **size) {
  int64_t count = 0;
  if (call->def->variant == TRANSPOSED_D) {
    return mc_need_ints(call, "input_size", 5, size, NULL);
  }
  *size = mc_op_ints(call, 0, &count);
  return *size == NULL ? MC_RT_PARAM
         : count == 5  ? MC_OK
                       : mc_op_error(call, "input_size has %lld values; it must have 5", (long long)count);
}

int mc_conv3d_read_transposed(const mc_op_call *call, mc_conv3d *g) {
  char text[MC_SHAPE_TEXT];
  const int first = call->def->variant == TRANSPOSED_D ? 0 : 1;
  const int64_t *size = NULL;
  const int64_t *pads = NULL;
  const int64_t *extra = NULL;
  int64_t outs = 0;
  int64_t strides[5];
  memset(g, 0, sizeof(*g));
  g->x = first;
  g->filter = first + 1;
  g->bias = mc_op_input(call, first + 2) == NULL ? -1 : call->slot_first[first + 2];
  if ((MC_T_FLOATS & MC_DTYPE_BIT(call->in[g->x].desc.dtype)) == 0) {
    return mc_op_error(call, "x has dtype %s; DT_FLOAT, DT_FLOAT16 and DT_BF16 are supported",
                       mc_dtype_name(call->in[g->x].desc.dtype));
  }
  int status = mc_conv3d_read_image(call, g);
  status = status != MC_OK ? status : mc_conv3d_filter(call, g, &outs, &g->goc, strides);
  status = status != MC_OK ? status : mc_need_ints(call, "pads", 6, &pads, NULL);
  status = status != MC_OK ? status : read_size(call, &size);
  if (status == MC_OK && mc_attrs_find(call->attrs, "output_padding") != NULL) {
    status = mc_need_ints(call, "output_padding", 5, &extra, NULL);
  }
  if (status != MC_OK) {
    return status;
  }
  if (g->groups < 1 || outs != g->c || g->c % g->groups != 0 ||
      __builtin_mul_overflow(g->goc, g->groups, &g->oc)) {
    return mc_op_error(call,
                       "filter %.120s: its output channels must be x's %lld, which groups %lld must divide",
                       mc_shape_text(&call->in[g->filter].desc.shape, text), (long long)g->c,
                       (long long)g->groups);
  }
  const int spatial = g->channels_last ? 1 : 2;
  for (int i = 0; status == MC_OK && i < 3; ++i) {
    status = place(call, g, i, pads[2 * i], pads[2 * i + 1], size[spatial + i],
                   extra == NULL ? 0 : extra[spatial + i]);
  }
  if (status != MC_OK) {
    return status;
  }
  const int64_t channels = size[g->channels_last ? 4 : 1];
  if ((size[0] != 0 && size[0] != g->n) || (channels != 0 && channels != g->oc)) {
    return mc_op_error(
        call, "input_size asks for batch %lld and %lld channels; x and filter give %lld and %lld",
        (long long)size[0], (long long)channels, (long long)g->n, (long long)g->oc);
  }
  g->gc = g->c / g->groups;
  g->f_in = strides[0];
  g->f_out = strides[1];
  g->f_group = g->gc * strides[0];
  for (int i = 0; i < 3; ++i) {
    g->f_tap[i] = -strides[i + 2];
    g->f_first += (g->window[i] - 1) * strides[i + 2];
  }
  return mc_conv3d_check_rest(call, g, first + 3);
}

static int read_any(const mc_op_call *call, mc_conv3d *g) {
  return call->def->variant == PLAIN ? mc_conv3d_read(call, g) : mc_conv3d_read_transposed(call, g);
}

static int conv_infer(mc_op_call *call) {
  mc_conv3d g;
  const int status = read_any(call, &g);
  if (status != MC_OK) {
    return status;
  }
  mc_desc *y = &call->out[0].desc;
  *y = call->in[g.x].desc;
  y->dtype = y->dtype == MC_INT8 ? MC_INT32 : y->dtype;
  y->format = g.channels_last ? MC_FORMAT_NDHWC : MC_FORMAT_NCDHW;
  y->shape = g.channels_last ? (mc_shape){5, {g.n, g.out[0], g.out[1], g.out[2], g.oc}}
                             : (mc_shape){5, {g.n, g.oc, g.out[0], g.out[1], g.out[2]}};
  return mc_check_sizes(call);
}

static int conv_prepare(mc_op_call *call) {
  mc_conv3d g;
  const int status = read_any(call, &g);
  return status != MC_OK ? status : mc_conv3d_prepare(call, &g);
}

static const mc_op_def kOps[] = {
    {.type = "Conv3D",
     .inputs = "x filter bias? offset_w?",
     .outputs = "y",
     .dtypes = MC_T_FLOATS | MC_DTYPE_BIT(MC_INT8),
     .infer = conv_infer,
     .prepare = conv_prepare,
     .variant = PLAIN},
    {.type = "Conv3DTranspose",
     .inputs = "input_size x filter bias? offset_w?",
     .outputs = "y",
     .dtypes = MC_T_INDEX,
     .value_inputs = 1u << 0,
     .infer = conv_infer,
     .prepare = conv_prepare,
     .variant = TRANSPOSED},
    {.type = "Conv3DTransposeD",
     .inputs = "x filter bias? offset_w?",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .infer = conv_infer,
     .prepare = conv_prepare,
     .variant = TRANSPOSED_D},
};
MC_OP_FAMILY(conv3d, kOps);
