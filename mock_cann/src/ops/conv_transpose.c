/*
 * Transposed convolution, in its spellings: the gradient of Conv2D with respect to its image. It is a
 * convolution of x with stride - 1 zeros between its pixels by the mirrored filter, with input and output
 * channels exchanged.
 */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/conv.h"
#include "ops/conv_transpose.h"
#include "ops/family.h"
#include "ops/strided.h"

typedef struct transpose_state {
  mc_op_call inner; /* the convolution, on the spread x */
  mc_op_value in[3], out[1];
  mc_transpose_roles roles;
  mc_strided spread;  /* x between zeros; no pieces: x itself */
  size_t spread_size; /* bytes, a multiple of 64 */
} transpose_state;

static int transpose_infer(mc_op_call *call) {
  mc_conv g;
  int64_t sh = 1;
  int64_t sw = 1;
  const mc_transpose_roles r = mc_transpose_roles_of(call);
  const uint64_t accepted = MC_T_FLOATS;
  if ((accepted & MC_DTYPE_BIT(call->in[r.x].desc.dtype)) == 0) {
    return mc_op_error(call, "x has dtype %s; DT_FLOAT, DT_FLOAT16 and DT_BF16 are supported",
                       mc_dtype_name(call->in[r.x].desc.dtype));
  }
  const int offset_slot = r.x + 3;
  if (mc_attrs_int(call->attrs, "offset_x", 0) != 0 ||
      (strstr(call->def->inputs, "offset_w") != NULL && mc_op_input(call, offset_slot) != NULL)) {
    return mc_op_error(call, "offset_w and offset_x are not emulated");
  }
  const int status = mc_transpose_read(call, &r, &g, &sh, &sw);
  if (status != MC_OK) {
    return status;
  }
  mc_desc *y = &call->out[0].desc;
  y->dtype = call->in[r.x].desc.dtype;
  y->format = g.channels_last ? MC_FORMAT_NHWC : MC_FORMAT_NCHW;
  y->shape =
      g.channels_last ? (mc_shape){4, {g.n, g.oh, g.ow, g.oc}} : (mc_shape){4, {g.n, g.oc, g.oh, g.ow}};
  return mc_check_sizes(call);
}

static int run_transpose(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const transpose_state *s = call->state;
  const void *inner_in[3] = {in[s->roles.x], in[s->roles.filter],
                             s->roles.bias < 0 ? NULL : in[s->roles.bias]};
  if (s->spread.pieces != 0) {
    memset(scratch, 0, s->spread_size);
    mc_strided_run(&s->spread, scratch, inner_in[0]);
    inner_in[0] = scratch;
  }
  return s->inner.run(&s->inner, inner_in, out, (char *)scratch + s->spread_size);
}

/* Plans the spreading of x and gives the inner convolution the spread size. */
static int plan_spread(const mc_op_call *call, transpose_state *s, mc_conv *g, int64_t sh, int64_t sw) {
  if (sh == 1 && sw == 1) {
    return MC_OK;
  }
  const int64_t h = (g->h - 1) * sh + 1;
  const int64_t w = (g->w - 1) * sw + 1;
  const int64_t inner = g->channels_last ? g->c : 1;
  const int64_t outer = g->channels_last ? g->n : g->n * g->c;
  const int64_t dims[4] = {outer, g->h, g->w, inner};
  const int64_t dst[4] = {h * w * inner, sh * w * inner, sw * inner, 1};
  const int64_t src[4] = {g->h * g->w * inner, g->w * inner, inner, 1};
  s->in[0].desc.shape = (mc_shape){4, {outer, h, w, inner}};
  const int64_t bytes = mc_desc_bytes(&s->in[0].desc);
  if (bytes < 0 || bytes > INT64_MAX - 64) {
    return mc_op_error(call, "x with zeros between its pixels is too large");
  }
  mc_strided_plan(&s->spread, 4, dims, dst, src, mc_dtype_size(s->in[0].desc.dtype));
  s->spread_size = (size_t)(bytes + 63) / 64 * 64;
  g->h = h;
  g->w = w;
  return MC_OK;
}

static int transpose_prepare(mc_op_call *call) {
  mc_conv g;
  int64_t sh = 1;
  int64_t sw = 1;
  const mc_transpose_roles r = mc_transpose_roles_of(call);
  int status = mc_transpose_read(call, &r, &g, &sh, &sw);
  transpose_state *s = mc_op_alloc(call, sizeof(*s));
  if (status != MC_OK || s == NULL) {
    return status != MC_OK ? status : mc_op_error(call, "out of memory for the plan");
  }
  s->roles = r;
  s->in[0] = call->in[r.x];
  s->in[1] = call->in[r.filter];
  s->in[2] = r.bias < 0 ? (mc_op_value){.present = false} : call->in[r.bias];
  s->out[0] = call->out[0];
  g.bias = r.bias < 0 ? -1 : 2;
  status = plan_spread(call, s, &g, sh, sw);
  if (status != MC_OK) {
    return status;
  }
  s->inner = *call;
  s->inner.in = s->in;
  s->inner.out = s->out;
  s->inner.n_in = 3;
  status = mc_conv_prepare(&s->inner, &g);
  call->state = s;
  call->run = run_transpose;
  call->scratch = s->spread_size + s->inner.scratch;
  call->cost_ns = s->inner.cost_ns;
  return status;
}

static const mc_op_def kOps[] = {
    {.type = "Conv2DTranspose",
     .inputs = "input_size x filter bias? offset_w?",
     .outputs = "y",
     .dtypes = MC_T_INDEX,
     .value_inputs = 1u << 0,
     .infer = transpose_infer,
     .prepare = transpose_prepare},
    {.type = "Conv2DTransposeD",
     .inputs = "x filter bias? offset_w?",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .infer = transpose_infer,
     .prepare = transpose_prepare},
    {.type = "Deconvolution",
     .inputs = "x filter bias? offset_w?",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .infer = transpose_infer,
     .prepare = transpose_prepare},
    {.type = "Conv2DBackpropInput",
     .inputs = "input_size filter out_backprop",
     .outputs = "y",
     .dtypes = MC_T_INDEX,
     .value_inputs = 1u << 0,
     .infer = transpose_infer,
     .prepare = transpose_prepare},
    {.type = "Conv2DBackpropInputD",
     .inputs = "filter out_backprop",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .infer = transpose_infer,
     .prepare = transpose_prepare},
};
MC_OP_FAMILY(conv_transpose, kOps);
