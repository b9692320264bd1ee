/*
 * Work that a convolution takes over from whoever reads its result alone. A batch normalization by constants becomes
 * part of the filter and the bias; a limit, as Relu's, is applied while the result is written. What was taken over
 * vanishes from the program: one pass over memory less each.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "graph/program_build.h"
#include "ops/convert.h"

enum { FILTER = 1, BIAS = 2 }; /* prototype slots of a convolution */

typedef struct absorber {
  mc_program *program;
  int *reader; /* by value: the operator that reads it; -1: none, or the graph's outputs */
  int *reads;  /* how often */
  int *same;   /* by value: the value that replaces it */
  bool *gone;  /* by operator */
} absorber;

static const mc_value *constant(const mc_program *program, int value) {
  return value >= 0 && program->values[value].kind == MC_VALUE_CONST ? &program->values[value] : NULL;
}

/* The constant that a parameter is, or was before it was widened to float. */
static const mc_value *parameter(const mc_program *program, int value) {
  if (value >= 0 && program->values[value].kind == MC_VALUE_OP) {
    const mc_prog_op *op = &program->ops[program->values[value].index];
    const bool widens = op->kind == MC_PROG_CALL && strcmp(op->def->type, "Cast") == 0 &&
                        mc_attrs_int(&op->node->attrs, "dst_type", MC_UNDEFINED) == MC_FLOAT;
    return widens ? constant(program, op->in[0]) : NULL;
  }
  const mc_value *found = constant(program, value);
  return found != NULL && found->desc.dtype == MC_FLOAT ? found : NULL;
}

/* `count` floats of a constant of any float type. */
static bool read_floats(const mc_value *value, int64_t count, float *to) {
  const bool floats = (MC_T_FLOATS & MC_DTYPE_BIT(value->desc.dtype)) != 0;
  if (!floats || mc_shape_count(&value->desc.shape) != count) {
    return false;
  }
  mc_convert_for(value->desc.dtype, MC_FLOAT)(value->data, to, count);
  return true;
}

static int add_constant(mc_program *program, const mc_desc *desc, const void *data) {
  program->values[program->n_values] = (mc_value){.kind = MC_VALUE_CONST, .desc = *desc, .data = data};
  return program->n_values++;
}

/* Which axis of the filter numbers the outputs; -1 where only the image could tell. */
static int output_axis(const mc_prog_op *conv, const mc_desc *filter) {
  const bool first = strcmp(mc_attrs_string(&conv->node->attrs, "data_format", "NHWC"), "NCHW") == 0;
  switch (filter->format) {
  case MC_FORMAT_NCHW:
  case MC_FORMAT_NHWC:
    return 0;
  case MC_FORMAT_HWCN:
    return 3;
  default:
    return first ? 0 : -1;
  }
}

/* The normalization's axis is the convolution's: both say so, or both go by the format of what flows between. */
static bool same_layout(const mc_prog_op *conv, const mc_prog_op *norm) {
  if (strcmp(norm->def->type, "BNInfer") == 0) {
    return true;
  }
  return strcmp(mc_attrs_string(&conv->node->attrs, "data_format", "NHWC"), "NCHW") == 0 &&
         strcmp(mc_attrs_string(&norm->node->attrs, "data_format", "NHWC"), "NCHW") == 0;
}

static bool is_norm(const absorber *a, const mc_prog_op *op) {
  if (op->kind != MC_PROG_CALL) {
    return false;
  }
  for (int i = 1; i < op->n_out; ++i) {
    if (a->reads[op->out + i] != 0) {
      return false;
    }
  }
  return strcmp(op->def->type, "BNInfer") == 0 ||
         (strcmp(op->def->type, "BatchNorm") == 0 && !mc_attrs_bool(&op->node->attrs, "is_training", true));
}

/* y * scale + shift, by channel, of the normalization's constants and the convolution's old bias. */
static bool read_norm(const mc_program *program, const mc_prog_op *conv, const mc_prog_op *norm, int64_t count,
                      float *scale, float *shift) {
  const float fallback = strcmp(norm->def->type, "BNInfer") == 0 ? 1e-5f : 1e-4f;
  const double epsilon = (double)mc_attrs_float(&norm->node->attrs, "epsilon", fallback);
  float *parameters = malloc(sizeof(float) * (size_t)(4 * count + 1));
  bool ok = parameters != NULL;
  for (int i = 0; i < 4 && ok; ++i) {
    const int at = norm->slot_first[i + 1];
    const mc_value *value = norm->slot_count[i + 1] == 1 && at < norm->n_in ? parameter(program, norm->in[at]) : NULL;
    ok = value != NULL && read_floats(value, count, parameters + i * count);
  }
  const int bias = conv->slot_count[BIAS] == 1 ? conv->in[conv->slot_first[BIAS]] : -1;
  memset(shift, 0, sizeof(float) * (size_t)count);
  if (bias >= 0) {
    const mc_value *value = constant(program, bias);
    ok = ok && value != NULL && read_floats(value, count, shift);
  }
  for (int64_t i = 0; i < count && ok; ++i) {
    const double factor = (double)parameters[i] / sqrt((double)parameters[3 * count + i] + epsilon);
    scale[i] = (float)factor;
    shift[i] = (float)(((double)shift[i] - (double)parameters[2 * count + i]) * factor + (double)parameters[count + i]);
  }
  free(parameters);
  return ok;
}

/* The filter with every output's weights scaled; in the arena, NULL without memory. */
static void *scale_filter(mc_program *program, const mc_value *filter, int axis, const float *scale) {
  const int64_t count = mc_shape_count(&filter->desc.shape);
  const int64_t outputs = filter->desc.shape.dims[axis];
  const int64_t run = axis == 0 ? count / outputs : 1; /* neighbours of one output */
  void *scaled = mc_arena_alloc(&program->arena, (size_t)mc_desc_bytes(&filter->desc) + 1);
  float *wide = malloc(sizeof(float) * (size_t)(count + 1));
  if (scaled != NULL && wide != NULL) {
    mc_convert_for(filter->desc.dtype, MC_FLOAT)(filter->data, wide, count);
    for (int64_t i = 0; i < count; ++i) {
      wide[i] *= scale[i / run % outputs];
    }
    mc_convert_for(MC_FLOAT, filter->desc.dtype)(wide, scaled, count);
  }
  free(wide);
  return wide == NULL ? NULL : scaled;
}

static bool absorb_norm(absorber *a, mc_prog_op *conv, const mc_prog_op *norm) {
  mc_program *program = a->program;
  const mc_value *filter = constant(program, conv->in[conv->slot_first[FILTER]]);
  const int axis = filter->desc.shape.rank == 4 ? output_axis(conv, &filter->desc) : -1;
  if (axis < 0 || conv->slot_count[BIAS] != 1 || !is_norm(a, norm) || !same_layout(conv, norm) ||
      mc_shape_count(&filter->desc.shape) <= 0) {
    return false;
  }
  const int64_t count = filter->desc.shape.dims[axis];
  float *scale = malloc(sizeof(float) * (size_t)count);
  float *shift = mc_arena_alloc(&program->arena, sizeof(float) * (size_t)count);
  void *scaled = NULL;
  if (scale != NULL && shift != NULL && read_norm(program, conv, norm, count, scale, shift)) {
    scaled = scale_filter(program, filter, axis, scale);
  }
  free(scale);
  if (scaled == NULL) {
    return false;
  }
  const mc_desc bias = {.dtype = MC_FLOAT, .format = MC_FORMAT_ND, .shape = {1, {count}}};
  conv->in[conv->slot_first[FILTER]] = add_constant(program, &filter->desc, scaled);
  conv->in[conv->slot_first[BIAS]] = add_constant(program, &bias, shift);
  return true;
}

static bool read_limit(const mc_program *program, int value, float *limit) {
  const mc_value *constant_value = constant(program, value);
  return constant_value != NULL && constant_value->desc.shape.rank <= 1 && read_floats(constant_value, 1, limit);
}

static bool absorb_limits(const absorber *a, mc_prog_op *conv, const mc_prog_op *op) {
  float low = 0, high = INFINITY;
  if (op->kind != MC_PROG_CALL || (conv->def->flags & MC_OP_LIMITS) == 0) {
    return false;
  }
  if (strcmp(op->def->type, "ClipByValue") == 0 || strcmp(op->def->type, "ClipByValueV2") == 0) {
    if (!read_limit(a->program, op->in[1], &low) || !read_limit(a->program, op->in[2], &high) || !(low <= high)) {
      return false;
    }
  } else if (strcmp(op->def->type, "Relu6") == 0) {
    high = 6;
  } else if (strcmp(op->def->type, "Relu") != 0) {
    return false;
  }
  conv->limited = true;
  conv->low = low;
  conv->high = high;
  return true;
}

/* The reader of the result of `conv` in whose place the convolution can give that reader's result; NULL: none. */
static mc_prog_op *only_reader(const absorber *a, const mc_prog_op *conv) {
  const int reader = a->reads[conv->out] == 1 ? a->reader[conv->out] : -1;
  mc_prog_op *op = reader < 0 ? NULL : &a->program->ops[reader];
  return op != NULL && op->n_out > 0 && op->n_in > 0 && op->in[0] >= 0 && a->same[op->in[0]] == conv->out ? op : NULL;
}

static void absorb(absorber *a, mc_prog_op *conv) {
  while (!conv->limited) {
    mc_prog_op *op = only_reader(a, conv);
    if (op == NULL || !(absorb_norm(a, conv, op) || absorb_limits(a, conv, op))) {
      return;
    }
    a->gone[op - a->program->ops] = true;
    a->same[op->out] = conv->out;
    a->reads[conv->out] = a->reads[op->out];
    a->reader[conv->out] = a->reader[op->out];
  }
}

static void count_reads(absorber *a) {
  for (int i = 0; i < a->program->n_values; ++i) {
    a->reader[i] = -1;
    a->same[i] = i;
  }
  for (int i = 0; i < a->program->n_ops; ++i) {
    const mc_prog_op *op = &a->program->ops[i];
    for (int k = 0; k < op->n_in; ++k) {
      if (op->in[k] >= 0) {
        a->reads[op->in[k]] += 1;
        a->reader[op->in[k]] = i;
      }
    }
  }
  for (int i = 0; i < a->program->n_outputs; ++i) {
    a->reads[a->program->outputs[i]] += 2; /* nobody may take it over */
  }
}

/* Drops what is gone and lets everybody read what replaces it. */
static void close_gaps(absorber *a) {
  mc_program *program = a->program;
  int kept = 0;
  for (int i = 0; i < program->n_ops; ++i) {
    if (a->gone[i]) {
      continue;
    }
    mc_prog_op *op = &program->ops[kept];
    *op = program->ops[i];
    for (int k = 0; k < op->n_in; ++k) {
      op->in[k] = op->in[k] < 0 || program->values[op->in[k]].kind != MC_VALUE_OP ? op->in[k] : a->same[op->in[k]];
    }
    for (int k = 0; k < op->n_out; ++k) {
      program->values[op->out + k].index = kept;
    }
    ++kept;
  }
  program->n_ops = kept;
  for (int i = 0; i < program->n_outputs; ++i) {
    const int value = program->outputs[i];
    program->outputs[i] = program->values[value].kind == MC_VALUE_OP ? a->same[value] : value;
  }
}

bool mc_program_absorb(mc_program *program) {
  absorber a = {.program = program};
  const size_t values = (size_t)program->n_values + 1;
  a.reader = calloc(values, sizeof *a.reader);
  a.reads = calloc(values, sizeof *a.reads);
  a.same = calloc(values, sizeof *a.same);
  a.gone = calloc((size_t)program->n_ops + 1, sizeof *a.gone);
  const bool ok = a.reader != NULL && a.reads != NULL && a.same != NULL && a.gone != NULL;
  if (ok) {
    count_reads(&a);
    for (int i = 0; i < program->n_ops; ++i) {
      mc_prog_op *op = &program->ops[i];
      const bool conv = op->kind == MC_PROG_CALL && strcmp(op->def->type, "Conv2D") == 0;
      const mc_value *filter = conv ? constant(program, op->in[op->slot_first[FILTER]]) : NULL;
      if (filter != NULL && (MC_T_FLOATS & MC_DTYPE_BIT(filter->desc.dtype)) != 0) {
        absorb(&a, op);
      }
    }
    close_gaps(&a);
  }
  free(a.reader);
  free(a.reads);
  free(a.same);
  free(a.gone);
  return ok;
}
