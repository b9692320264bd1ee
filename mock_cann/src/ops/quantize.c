/*
 * Between floats and small integers, element by element: Quantize, AscendQuant, AscendQuantV2 and
 * AscendAntiQuant. Scales and offsets are attributes, or inputs with one number or one for each index of
 * an axis. Computed in float, rounded once.
 */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "engine/engine.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/packed.h"

enum { QUANTIZE, ASCEND_QUANT, ASCEND_QUANT_V2, ANTI_QUANT, CHUNK = 1024, CHUNKS = 16 };

typedef float rounder(float x);

typedef struct quant_state {
  int kind;
  int64_t count, n, inner;      /* axis of n parameters with `inner` elements behind each index */
  bool per_axis[2];             /* scale, offset: else one number */
  float scale, offset, low, high;
  bool sqrt_mode;
  rounder *round;
} quant_state;

typedef struct job {
  const mc_op_call *call;
  const char *x;
  char *y;
  const float *scales, *offsets; /* NULL: the state's */
  float scale, offset;
} job;

static float quantized(const quant_state *s, float x, float scale, float offset) {
  float y;
  switch (s->kind) {
  case QUANTIZE:
    y = rintf(x / scale) + offset;
    break;
  case ANTI_QUANT:
    return (x + offset) * scale * (s->sqrt_mode ? scale : 1.0f);
  default:
    y = s->round(x * scale * (s->sqrt_mode ? scale : 1.0f) + offset);
  }
  return y < s->low ? s->low : y > s->high ? s->high : y;
}

static void take_chunks(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const quant_state *s = j->call->state;
  const int from = j->call->in[0].desc.dtype;
  const int to = j->call->out[0].desc.dtype;
  float values[CHUNK];
  for (int64_t chunk = begin; chunk < end; ++chunk) {
    const int64_t at = chunk * CHUNK;
    const int64_t m = s->count - at < CHUNK ? s->count - at : CHUNK;
    mc_convert_for(from, MC_FLOAT)(j->x + (size_t)at * mc_dtype_size(from), values, m);
    for (int64_t i = 0; i < m; ++i) {
      const int64_t index = (at + i) / s->inner % s->n;
      values[i] = quantized(s, values[i], j->scales == NULL ? j->scale : j->scales[index],
                            j->offsets == NULL ? j->offset : j->offsets[index]);
    }
    if (mc_dtype_packed_bits(to) != 0) {
      mc_pack_f32(to, values, j->y, at, m);
    } else {
      mc_convert_for(MC_FLOAT, to)(values, j->y + (size_t)at * mc_dtype_size(to), m);
    }
  }
}

/* A parameter as floats: one in *one, or all of them in room. */
static const float *parameter(const mc_op_call *call, const void *const *in, int slot, bool many, float *one,
                              float *room) {
  const quant_state *s = call->state;
  if (slot >= call->n_in || !call->in[slot].present) {
    return NULL;
  }
  mc_convert_for(call->in[slot].desc.dtype, MC_FLOAT)(in[slot], many ? room : one, many ? s->n : 1);
  return many ? room : NULL;
}

static int run_quant(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const quant_state *s = call->state;
  job j = {.call = call, .x = in[0], .y = out[0], .scale = s->scale, .offset = s->offset};
  float *room = scratch;
  if (s->kind == QUANTIZE || s->kind == ASCEND_QUANT_V2) {
    j.scales = parameter(call, in, 1, s->per_axis[0], &j.scale, room);
    j.offsets = parameter(call, in, 2, s->per_axis[1], &j.offset, room + s->n);
  }
  mc_parallel_for((s->count + CHUNK - 1) / CHUNK, CHUNKS, take_chunks, &j);
  return 0;
}

static const struct {
  const char *name;
  int dtype;
} kTorchTypes[] = {{"torch.qint8", MC_INT8}, {"torch.quint8", MC_UINT8}, {"torch.qint32", MC_INT32}};

static int result_type(const mc_op_call *call, int *dtype) {
  const int kind = call->def->variant;
  if (kind == QUANTIZE) {
    const char *name = mc_attrs_string(call->attrs, "dtype", "");
    for (size_t i = 0; i < sizeof(kTorchTypes) / sizeof(kTorchTypes[0]); ++i) {
      if (strcmp(name, kTorchTypes[i].name) == 0) {
        *dtype = kTorchTypes[i].dtype;
        return 0;
      }
    }
    return mc_op_error(call, "attribute dtype is '%.60s'; it must be torch.qint8, torch.quint8 or torch.qint32",
                       name);
  }
  if (kind == ANTI_QUANT) {
    *dtype = (int)mc_attrs_int(call->attrs, "dtype", mc_attrs_dtype(call->attrs, "dtype", MC_FLOAT));
    if (*dtype != MC_FLOAT && *dtype != MC_FLOAT16) {
      return mc_op_error(call, "attribute dtype is %d; it must be 0 (DT_FLOAT) or 1 (DT_FLOAT16)", *dtype);
    }
    return 0;
  }
  *dtype = (int)mc_attrs_int(call->attrs, "dst_type", mc_attrs_dtype(call->attrs, "dst_type", MC_INT8));
  if (*dtype != MC_INT8 && *dtype != MC_INT4) {
    return mc_op_error(call, "attribute dst_type is %d; it must be 2 (DT_INT8) or 29 (DT_INT4)", *dtype);
  }
  return 0;
}

static int rounding(const mc_op_call *call, rounder **round) {
  static const struct {
    const char *name;
    rounder *round;
  } kModes[] = {{"round", rintf}, {"floor", floorf}, {"ceil", ceilf}, {"trunc", truncf}};
  const char *mode = mc_attrs_string(call->attrs, "round_mode", "round");
  for (size_t i = 0; i < sizeof(kModes) / sizeof(kModes[0]); ++i) {
    if (strcasecmp(mode, kModes[i].name) == 0) {
      *round = kModes[i].round;
      return 0;
    }
  }
  return mc_op_error(call, "attribute round_mode is '%.60s'; it must be Round, Floor, Ceil or Trunc", mode);
}

static int axis_of(const mc_op_call *call, int *axis) {
  const int rank = call->in[0].desc.shape.rank;
  const int64_t wanted = mc_attrs_int(call->attrs, "axis", call->def->variant == QUANTIZE ? 1 : -1);
  return mc_check_axis(call, "attribute axis", wanted, rank, axis);
}

/* One number, or one for each index of the axis, which must then be there. */
static int check_parameter(const mc_op_call *call, int slot, uint64_t types, bool *per_axis) {
  char name[MC_OP_NAME];
  char text[MC_SHAPE_TEXT];
  int axis = 0;
  if (slot >= call->n_in || !call->in[slot].present) {
    *per_axis = false;
    return 0;
  }
  const mc_desc *p = &call->in[slot].desc;
  if ((types >> p->dtype & 1) == 0) {
    return mc_op_error(call, "input %s has dtype %s, which is not accepted",
                       mc_op_input_name(call, slot, name), mc_dtype_name(p->dtype));
  }
  *per_axis = mc_shape_count(&p->shape) != 1;
  if (!*per_axis) {
    return 0;
  }
  const int status = axis_of(call, &axis);
  if (status == 0 && mc_shape_count(&p->shape) != call->in[0].desc.shape.dims[axis]) {
    return mc_op_error(call, "input %s has shape %.80s; it must hold 1 number or the %lld of axis %d",
                       mc_op_input_name(call, slot, name), mc_shape_text(&p->shape, text),
                       (long long)call->in[0].desc.shape.dims[axis], axis);
  }
  return status;
}

static int check_parameters(const mc_op_call *call, bool per_axis[2]) {
  const bool torch = call->def->variant == QUANTIZE;
  const uint64_t b16 = MC_DTYPE_BIT(MC_BF16);
  int status = check_parameter(call, 1, torch ? MC_T_F32 | b16 : MC_T_FLOATS, &per_axis[0]);
  return status != 0 ? status
                     : check_parameter(call, 2,
                                       torch ? MC_DTYPE_BIT(MC_INT8) | MC_DTYPE_BIT(MC_UINT8) |
                                                   MC_DTYPE_BIT(MC_INT32) | b16
                                             : MC_T_FLOATS,
                                       &per_axis[1]);
}

static int infer_quant(mc_op_call *call) {
  bool per_axis[2];
  rounder *round;
  int dtype = MC_INT8;
  int status = result_type(call, &dtype);
  if (status == 0 && call->def->variant != QUANTIZE && call->def->variant != ANTI_QUANT) {
    status = rounding(call, &round);
  }
  if (status == 0 && (call->def->variant == QUANTIZE || call->def->variant == ASCEND_QUANT_V2)) {
    status = check_parameters(call, per_axis);
  } else if (status == 0 && (mc_attrs_find(call->attrs, "scale") == NULL ||
                             mc_attrs_find(call->attrs, "offset") == NULL)) {
    return mc_op_error(call, "attributes scale and offset are required");
  }
  call->out[0].desc = call->in[0].desc;
  call->out[0].desc.dtype = dtype;
  return status != 0 ? status : mc_check_sizes(call);
}

static int prepare_quant(mc_op_call *call) {
  const mc_shape *x = &call->in[0].desc.shape;
  quant_state *s = mc_op_alloc(call, sizeof(*s));
  int axis = 0;
  if (s == NULL) {
    return mc_op_error(call, "out of memory while preparing");
  }
  s->kind = call->def->variant;
  s->scale = mc_attrs_float(call->attrs, "scale", 1.0f);
  s->offset = mc_attrs_float(call->attrs, "offset", 0.0f);
  s->sqrt_mode = mc_attrs_bool(call->attrs, "sqrt_mode", false);
  s->count = mc_shape_count(x);
  s->n = s->inner = 1;
  int status = s->kind == QUANTIZE || s->kind == ASCEND_QUANT_V2 ? check_parameters(call, s->per_axis) : 0;
  if (status == 0 && s->kind != QUANTIZE) {
    status = rounding(call, &s->round);
  }
  if (status == 0 && (s->per_axis[0] || s->per_axis[1]) && (status = axis_of(call, &axis)) == 0) {
    s->n = x->dims[axis];
    s->inner = mc_dims_product(x, axis + 1, x->rank);
  }
  const int to = call->out[0].desc.dtype;
  s->low = to == MC_INT8 ? -128.0f : to == MC_INT4 ? -8.0f : to == MC_UINT8 ? 0.0f : -INFINITY;
  s->high = to == MC_INT8 ? 127.0f : to == MC_INT4 ? 7.0f : to == MC_UINT8 ? 255.0f : INFINITY;
  call->scratch = 2 * (size_t)s->n * sizeof(float);
  mc_op_cost(call, 60 + (double)s->count * 4);
  call->state = s;
  call->run = run_quant;
  return status;
}

#define QUANT(name, ins, types, number)                                                                      \
  {.type = (name), .inputs = (ins), .outputs = "y", .dtypes = (types), .infer = infer_quant,                 \
   .prepare = prepare_quant, .variant = (number)}

static const mc_op_def kOps[] = {
    QUANT("Quantize", "x scales zero_points?", MC_T_FLOATS, QUANTIZE),
    QUANT("AscendQuant", "x", MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16), ASCEND_QUANT),
    QUANT("AscendQuantV2", "x scale offset?", MC_T_FLOATS, ASCEND_QUANT_V2),
    QUANT("AscendAntiQuant", "x", MC_DTYPE_BIT(MC_INT8), ANTI_QUANT),
};

MC_OP_FAMILY(quantize, kOps);
