/*
 * What can be said about outputs when dims of the inputs are unknown. Operators only know concrete shapes, so inference
 * runs twice with every unknown dim replaced by a sample; what differs between the two depends on the unknown.
 */
#include <string.h>

#include "graph/program.h"

/* Pairs to try: large enough for stacks of convolutions, divisible for reshapes and splits, then smaller. */
static const int64_t kSamples[][2] = {{224, 448}, {64, 128}, {48, 96}, {12, 24}, {4, 8}, {2, 3}, {1, 2}};
enum { PAIRS = sizeof kSamples / sizeof kSamples[0] };

static void unknown(mc_desc *desc) {
  desc->shape = (mc_shape){.rank = MC_RANK_UNKNOWN};
}

/* Outputs' descriptions for one sample; false when an operator refused it. Outputs that stay unknown have an undefined
 * dtype. */
static bool sample(const mc_program *program, const mc_desc *inputs, int64_t dim, mc_desc *outputs, int *dtype_errors,
                   bool report) {
  mc_arena arena = {0};
  mc_infer infer = {.program = program, .arena = &arena, .report = report, .guess = dim};
  mc_desc *concrete = mc_arena_alloc(&arena, ((size_t)program->n_inputs + 1) * sizeof *concrete);
  bool ok = concrete != NULL;
  for (int i = 0; ok && i < program->n_inputs; ++i) {
    concrete[i] = inputs[i];
    for (int axis = 0; axis < concrete[i].shape.rank; ++axis) {
      concrete[i].shape.dims[axis] = inputs[i].shape.dims[axis] < 0 ? dim : inputs[i].shape.dims[axis];
    }
  }
  ok = ok && mc_infer_begin(&infer, concrete);
  for (int op = 0; ok && op < program->n_ops; ++op) {
    mc_op_call *call;
    const mc_infer_result result = mc_infer_op(&infer, op, &call);
    if (result == MC_INFER_FAILED || result == MC_INFER_UNKNOWN) {
      mc_infer_dtypes(&infer, op);
    }
  }
  for (int i = 0; ok && i < program->n_outputs; ++i) {
    outputs[i] = infer.values[program->outputs[i]].desc;
  }
  *dtype_errors = infer.dtype_errors;
  ok = ok && infer.errors == 0;
  mc_arena_free(&arena);
  return ok;
}

static void combine(const mc_desc *a, const mc_desc *b, mc_desc *out) {
  *out = *a;
  if (a->dtype == MC_UNDEFINED || b->dtype == MC_UNDEFINED || a->shape.rank != b->shape.rank || a->shape.rank < 0) {
    out->dtype = a->dtype != MC_UNDEFINED ? a->dtype : b->dtype;
    unknown(out);
    return;
  }
  for (int i = 0; i < out->shape.rank; ++i) {
    out->shape.dims[i] = a->shape.dims[i] == b->shape.dims[i] ? a->shape.dims[i] : -1;
  }
}

/* The type does not depend on the sample: one that any of them told is true. */
static void keep_dtypes(const mc_desc *told, int n, mc_desc *outputs) {
  for (int i = 0; i < n; ++i) {
    if (outputs[i].dtype == MC_UNDEFINED) {
      outputs[i] = told[i];
    }
  }
}

int mc_describe_outputs(const mc_program *program, const mc_desc *inputs, mc_desc *outputs) {
  mc_arena arena = {0};
  const size_t size = ((size_t)program->n_outputs + 1) * sizeof(mc_desc);
  mc_desc *first = mc_arena_alloc(&arena, size), *second = mc_arena_alloc(&arena, size);
  int status = first == NULL || second == NULL ? MC_GE_NO_MEMORY : 0;
  bool said = false;
  for (int i = 0; i < program->n_outputs && status == 0; ++i) {
    outputs[i] = (mc_desc){.dtype = MC_UNDEFINED, .format = MC_FORMAT_ND};
    first[i] = outputs[i];
  }
  for (int pair = 0; pair < PAIRS && !said && status == 0; ++pair) {
    int dtype_errors = 0;
    said = sample(program, inputs, kSamples[pair][0], first, &dtype_errors, false);
    if (dtype_errors > 0) {
      /* No shape cures a dtype: once more, reporting. */
      sample(program, inputs, kSamples[pair][0], first, &dtype_errors, true);
      status = MC_GE_PARAM_INVALID;
    }
    keep_dtypes(first, program->n_outputs, outputs);
    said = said && status == 0 && sample(program, inputs, kSamples[pair][1], second, &dtype_errors, false);
  }
  for (int i = 0; i < program->n_outputs && status == 0; ++i) {
    if (said) {
      combine(&first[i], &second[i], &outputs[i]);
    } else {
      unknown(&outputs[i]);
    }
  }
  mc_arena_free(&arena);
  return status;
}
