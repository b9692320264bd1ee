/* InstanceNorm, GroupNorm and their versions: what their inputs and attributes mean. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/group_norm.h"

enum { INSTANCE, INSTANCE_V2, INSTANCE_INFER, GROUP, GROUP_V2, GROUP_SILU };

static bool grouped(const mc_op_call *call) {
  return call->def->variant >= GROUP;
}

/* By the tensor's format, else by attribute data_format; the versions without one have channels first. */
static int read_layout(const mc_op_call *call, bool *last) {
  const int format = call->in[0].desc.format;
  const int variant = call->def->variant;
  const bool attribute = variant == INSTANCE || variant == GROUP || variant == GROUP_V2;
  const char *text = mc_attrs_string(call->attrs, "data_format", variant == INSTANCE ? "NDHWC" : "NHWC");
  *last = format == MC_FORMAT_NHWC || format == MC_FORMAT_NDHWC;
  if (!attribute || *last || format == MC_FORMAT_NCHW || format == MC_FORMAT_NCDHW) {
    return MC_OK;
  }
  *last = strcmp(text, "NHWC") == 0 || strcmp(text, "NDHWC") == 0;
  if (!*last && strcmp(text, "NCHW") != 0 && strcmp(text, "NCDHW") != 0 && strcmp(text, "ND") != 0) {
    return mc_op_error(call, "data_format is \"%.40s\"; it must be NHWC, NCHW, NDHWC, NCDHW or ND", text);
  }
  return MC_OK;
}

static int check_parameters(const mc_op_call *call, mc_group_norm *s) {
  char name[MC_OP_NAME];
  char text[MC_SHAPE_TEXT];
  for (int i = 1; i < call->n_in; ++i) {
    const mc_desc *p = &call->in[i].desc;
    const int64_t count = mc_shape_count(&p->shape);
    if (!call->in[i].present) {
      continue;
    }
    if ((MC_T_FLOATS & MC_DTYPE_BIT(p->dtype)) == 0) {
      return mc_op_error(call, "input %s has dtype %s; it must be a 16- or 32-bit float",
                         mc_op_input_name(call, i, name), mc_dtype_name(p->dtype));
    }
    /* V2's parameters may have a set for every sample, its statistics do. */
    const bool each = call->def->variant == INSTANCE_V2 || call->def->variant == INSTANCE_INFER;
    const bool statistics = i >= 3;
    if (count != (statistics ? s->n * s->c : s->c) && !(each && count == s->n * s->c)) {
      return mc_op_error(call, "input %s has shape %.100s; x has %lld samples of %lld channels",
                         mc_op_input_name(call, i, name), mc_shape_text(&p->shape, text), (long long)s->n,
                         (long long)s->c);
    }
    s->per_sample = s->per_sample || (!statistics && each && count == s->n * s->c && s->n != 1);
  }
  if (call->n_in > 2 && s->per_sample && call->in[1].present && call->in[2].present &&
      mc_shape_count(&call->in[1].desc.shape) != mc_shape_count(&call->in[2].desc.shape)) {
    return mc_op_error(call, "gamma and beta must have as many elements as each other");
  }
  return MC_OK;
}

static int read_norm(const mc_op_call *call, mc_group_norm *s) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const int variant = call->def->variant;
  memset(s, 0, sizeof(*s));
  int status = read_layout(call, &s->channels_last);
  if (status != MC_OK) {
    return status;
  }
  if (x->rank < 2) {
    return mc_op_error(call, "x is %.160s; it must have a batch and a channel axis", mc_shape_text(x, text));
  }
  const int axis = s->channels_last ? x->rank - 1 : 1;
  s->n = x->dims[0];
  s->c = s->groups = x->dims[axis];
  s->pixels = mc_dims_product(x, axis == 1 ? 2 : 1, axis == 1 ? x->rank : x->rank - 1);
  s->momentum = -1;
  static const float kEpsilon[] = {1e-6f, 1e-5f, 1e-5f, 1e-4f, 1e-4f, 1e-5f};
  s->epsilon = mc_attrs_float(call->attrs, grouped(call) ? "eps" : "epsilon", kEpsilon[variant]);
  s->rstd = variant == GROUP_V2 || variant == GROUP_SILU;
  s->silu = variant == GROUP_SILU && mc_attrs_bool(call->attrs, "activate_silu", true);
  if (grouped(call)) {
    status = mc_need_int(call, "num_groups", &s->groups);
    if (status == MC_OK && (s->groups < 1 || s->c % s->groups != 0)) {
      return mc_op_error(call, "num_groups is %lld; it must divide x's %lld channels", (long long)s->groups,
                         (long long)s->c);
    }
  }
  const bool statistics = (variant == INSTANCE_V2 || variant == INSTANCE_INFER) &&
                          mc_op_input(call, 3) != NULL && mc_op_input(call, 4) != NULL;
  s->given = variant == INSTANCE_INFER ||
             (variant == INSTANCE_V2 && !mc_attrs_bool(call->attrs, "is_training", true));
  if (s->given && !statistics) {
    return mc_op_error(call, "inputs mean and variance are needed for inference");
  }
  if (variant == INSTANCE_V2 && statistics && !s->given) {
    s->momentum = mc_attrs_float(call->attrs, "momentum", 0.1f);
  }
  return status != MC_OK ? status : check_parameters(call, s);
}

static int norm_infer(mc_op_call *call) {
  mc_group_norm s;
  const int status = read_norm(call, &s);
  if (status != MC_OK) {
    return status;
  }
  const mc_desc *x = &call->in[0].desc;
  mc_desc *mean = &call->out[1].desc;
  call->out[0].desc = *mean = *x;
  if (grouped(call)) {
    mean->format = MC_FORMAT_ND;
    mean->shape = (mc_shape){2, {s.n, s.groups}};
  } else {
    const int first = s.channels_last ? 1 : 2;
    for (int i = first; i < first + x->shape.rank - 2; ++i) {
      mean->shape.dims[i] = 1;
    }
    mean->dtype = call->def->variant == INSTANCE ? call->in[1].desc.dtype : MC_FLOAT;
  }
  call->out[2].desc = *mean;
  return mc_check_sizes(call);
}

static int norm_prepare(mc_op_call *call) {
  mc_group_norm s;
  const int status = read_norm(call, &s);
  return status != MC_OK ? status : mc_group_norm_prepare(call, &s);
}

#define NORM(name, ins, outs, kind)                                                                          \
  {.type = (name), .inputs = (ins), .outputs = (outs), .dtypes = MC_T_FLOATS, .infer = norm_infer,           \
   .prepare = norm_prepare, .variant = (kind)}

static const mc_op_def kOps[] = {
    NORM("InstanceNorm", "x gamma beta", "y mean variance", INSTANCE),
    NORM("InstanceNormV2", "x gamma? beta? mean? variance?", "y batch_mean batch_variance", INSTANCE_V2),
    NORM("INInferV2", "x gamma? beta? mean? variance?", "y batch_mean batch_variance", INSTANCE_INFER),
    NORM("GroupNorm", "x gamma beta", "y mean variance", GROUP),
    NORM("GroupNormV2", "x gamma beta", "y mean rstd", GROUP_V2),
    NORM("GroupNormSilu", "x gamma? beta?", "y mean rstd", GROUP_SILU),
};
MC_OP_FAMILY(group_norm, kOps);
