/* One operator on known descriptions: the call is filled, checked and inferred; when all contents are known it is also
 * computed, now and once. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/program.h"

static const mc_value *value_of(const mc_infer *infer, int value) { return &infer->program->values[value]; }

bool mc_infer_available(const mc_plan_value *value) {
  return value->desc.dtype != MC_UNDEFINED && mc_shape_known(&value->desc.shape);
}

bool mc_infer_begin(mc_infer *infer, const mc_desc *inputs) {
  const mc_program *program = infer->program;
  infer->values = mc_arena_alloc(infer->arena, ((size_t)program->n_values + 1) * sizeof *infer->values);
  if (infer->values == NULL) {
    return false;
  }
  for (int i = 0; i < program->n_values; ++i) {
    const mc_value *from = &program->values[i];
    mc_plan_value *value = &infer->values[i];
    *value = (mc_plan_value){.desc = from->desc, .root = i, .buffer = -1};
    if (from->kind == MC_VALUE_INPUT) {
      value->desc = inputs[from->index];
      value->known = infer->known == NULL || infer->known[from->index] == NULL ? from->data : infer->known[from->index];
      value->where = (mc_where){.kind = MC_AT_INPUT, .index = from->index};
    } else if (from->kind == MC_VALUE_CONST) {
      value->known = from->data;
      value->where = (mc_where){.kind = MC_AT_CONST, .index = i};
    } else if (from->kind == MC_VALUE_VARIABLE) {
      value->where = (mc_where){.kind = MC_AT_VARIABLE, .index = from->index};
    }
    value->bytes = mc_infer_available(value) ? mc_desc_bytes(&value->desc) : -1;
  }
  return true;
}

mc_infer_result mc_infer_refuse(mc_infer *infer, const mc_prog_op *op, const char *format, ...) {
  infer->errors += 1;
  if (infer->report) {
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    char place[MC_PLACE_TEXT];
    mc_report_inner("E19999", "Node '%s' of type '%s'%s: %s.", op->node->name, op->node->type,
                    mc_node_place(op->node, place), text);
  }
  return MC_INFER_FAILED;
}

static void list_dtypes(uint64_t set, char *text, size_t size) {
  size_t used = 0;
  text[0] = 0;
  for (int dtype = 0; dtype < MC_DTYPE_COUNT; ++dtype) {
    if ((set & MC_DTYPE_BIT(dtype)) != 0 && used < size) {
      used += (size_t)snprintf(text + used, size - used, "%s%s", used == 0 ? "" : ", ", mc_dtype_name(dtype));
    }
  }
}

static mc_infer_result refuse_dtype(mc_infer *infer, const mc_prog_op *op, int dtype) {
  char types[260];
  list_dtypes(op->def->dtypes, types, sizeof types);
  infer->dtype_errors += 1;
  if (infer->report) {
    mc_report("E13010", op->node->name, op->node->type, (char *)NULL);
  }
  return mc_infer_refuse(infer, op, "dtype %s is not emulated; emulated are %s", mc_dtype_name(dtype), types);
}

static mc_infer_result infer_copy(mc_infer *infer, const mc_prog_op *op, mc_op_call **call) {
  const mc_plan_value *in = &infer->values[op->in[0]];
  if (!mc_infer_available(in)) {
    return MC_INFER_UNKNOWN;
  }
  infer->values[op->out].desc = in->desc;
  infer->values[op->out].bytes = in->bytes;
  *call = mc_copy_call(infer->arena, op->node->name, in->bytes);
  return *call == NULL ? mc_infer_refuse(infer, op, "out of memory") : MC_INFER_RUN;
}

static mc_infer_result infer_assign(mc_infer *infer, const mc_prog_op *op, mc_op_call **call) {
  const mc_plan_value *ref = &infer->values[op->in[0]], *value = &infer->values[op->in[1]];
  char a[MC_SHAPE_TEXT], b[MC_SHAPE_TEXT];
  if (!mc_infer_available(ref) || !mc_infer_available(value)) {
    return MC_INFER_UNKNOWN;
  }
  if (ref->desc.dtype != value->desc.dtype || !mc_shape_equal(&ref->desc.shape, &value->desc.shape)) {
    return mc_infer_refuse(infer, op, "ref is %s %.100s but value is %s %.100s", mc_dtype_name(ref->desc.dtype),
                mc_shape_text(&ref->desc.shape, a), mc_dtype_name(value->desc.dtype),
                mc_shape_text(&value->desc.shape, b));
  }
  *call = mc_copy_call(infer->arena, op->node->name, ref->bytes);
  return *call == NULL ? mc_infer_refuse(infer, op, "out of memory") : MC_INFER_RUN;
}

mc_op_call *mc_infer_call(mc_infer *infer, const mc_prog_op *op) {
  mc_op_call *call = mc_new_call(infer->arena, op->node->name, op->n_in, op->n_out);
  if (call == NULL) {
    return NULL;
  }
  call->def = op->def;
  call->attrs = &op->node->attrs;
  call->memory = op->memory;
  call->limited = op->limited;
  call->low = op->low;
  call->high = op->high;
  call->slot_first = op->slot_first;
  call->slot_count = op->slot_count;
  for (int i = 0; i < op->n_in; ++i) {
    if (op->in[i] >= 0) {
      const mc_plan_value *value = &infer->values[op->in[i]];
      call->in[i] = (mc_op_value){.desc = value->desc, .value = value->known, .present = true};
    }
  }
  for (int i = 0; i < op->n_out; ++i) {
    call->out[i].present = true;
    call->out[i].declared = i < op->node->n_out ? &op->node->out[i].desc.desc : NULL;
    call->out[i].desc.dtype = MC_UNDEFINED;
    call->out[i].desc.format = MC_FORMAT_ND;
  }
  return call;
}

static bool described(const mc_infer *infer, const mc_prog_op *op) {
  for (int i = 0; i < op->n_in; ++i) {
    if (op->in[i] >= 0 && !mc_infer_available(&infer->values[op->in[i]])) {
      return false;
    }
  }
  return true;
}

/* True when every content that inference needs is known. */
static bool contents_known(const mc_infer *infer, const mc_prog_op *op) {
  const int slots = mc_prototype_count(op->def->inputs == NULL ? "" : op->def->inputs);
  for (int slot = 0; slot < slots && slot < 32; ++slot) {
    for (int i = 0; (op->def->value_inputs >> slot & 1) != 0 && i < op->slot_count[slot]; ++i) {
      const int value = op->in[op->slot_first[slot] + i];
      if (value >= 0 && infer->values[value].known == NULL && infer->values[value].bytes > 0) {
        return false;
      }
    }
  }
  return true;
}

static int run_inference(mc_op_call *call) {
  if (call->def->infer != NULL) {
    return call->def->infer(call);
  }
  return mc_infer_same(call);
}

/* Takes over what inference said. */
static bool take_outputs(mc_infer *infer, const mc_prog_op *op, mc_op_call *call) {
  for (int i = 0; i < op->n_out; ++i) {
    mc_plan_value *value = &infer->values[op->out + i];
    value->desc = call->out[i].desc;
    value->known = call->out[i].value;
    value->bytes = mc_desc_bytes(&value->desc);
    if (value->bytes < 0 || value->bytes > MC_LARGEST_TENSOR) {
      value->desc.dtype = MC_UNDEFINED;
      return false;
    }
  }
  return true;
}

/* Which of these outputs there will be depends on contents, so that no plan can have them. */
static mc_infer_result infer_branch(mc_infer *infer, const mc_prog_op *op, const mc_op_call *call) {
  for (int i = 0; i < op->n_out; ++i) {
    mc_plan_value *value = &infer->values[op->out + i];
    value->desc = call->out[i].desc;
    value->bytes = mc_desc_bytes(&value->desc);
  }
  return MC_INFER_UNKNOWN;
}

static bool all_known(const mc_infer *infer, const mc_prog_op *op) {
  for (int i = 0; i < op->n_out; ++i) {
    const mc_plan_value *value = &infer->values[op->out + i];
    if (value->known == NULL && value->bytes > 0) {
      return false;
    }
  }
  return true;
}

static void place_known(mc_infer *infer, const mc_prog_op *op) {
  for (int i = 0; i < op->n_out; ++i) {
    mc_plan_value *value = &infer->values[op->out + i];
    value->where = (mc_where){.kind = MC_AT_KNOWN, .pointer = value->known};
  }
}

static mc_infer_result infer_view(mc_infer *infer, const mc_prog_op *op, mc_op_call **call) {
  mc_plan_value *in = &infer->values[op->in[0]], *out = &infer->values[op->out];
  out->known = in->known;
  if (value_of(infer, in->root)->written) {
    *call = mc_copy_call(infer->arena, op->node->name, in->bytes);
    return *call == NULL ? mc_infer_refuse(infer, op, "out of memory") : MC_INFER_RUN;
  }
  out->root = in->root;
  return MC_INFER_VIEW;
}

mc_infer_result mc_infer_op(mc_infer *infer, int index, mc_op_call **result) {
  const mc_prog_op *op = &infer->program->ops[index];
  *result = NULL;
  if (op->kind == MC_PROG_FLOW) {
    return mc_flow_infer(infer, op, result);
  }
  if (op->kind != MC_PROG_CALL) {
    return op->kind == MC_PROG_COPY ? infer_copy(infer, op, result) : infer_assign(infer, op, result);
  }
  const mc_desc *first = op->n_in > 0 && op->in[0] >= 0 ? &infer->values[op->in[0]].desc : NULL;
  if (first != NULL && first->dtype != MC_UNDEFINED && (op->def->dtypes & MC_DTYPE_BIT(first->dtype)) == 0) {
    return refuse_dtype(infer, op, first->dtype);
  }
  const bool known = contents_known(infer, op);
  const bool guess = !known && infer->guess > 0 && op->def->guess != NULL;
  if (!described(infer, op) || (!known && !guess)) {
    return MC_INFER_UNKNOWN;
  }
  mc_op_call *call = mc_infer_call(infer, op);
  if (call == NULL) {
    return mc_infer_refuse(infer, op, "out of memory");
  }
  if ((guess ? op->def->guess(call, infer->guess) : run_inference(call)) != 0) {
    return mc_infer_refuse(infer, op, "%s", call->error);
  }
  if ((op->def->flags & MC_OP_BRANCH) != 0) {
    return infer_branch(infer, op, call);
  }
  if (!take_outputs(infer, op, call)) {
    return mc_infer_refuse(infer, op, "an output has no usable description");
  }
  if (first == NULL && op->n_out > 0 && (op->def->dtypes & MC_DTYPE_BIT(call->out[0].desc.dtype)) == 0) {
    return refuse_dtype(infer, op, call->out[0].desc.dtype);
  }
  if (guess) {
    return MC_INFER_UNKNOWN;
  }
  if ((op->def->flags & MC_OP_VIEW) != 0 && infer->values[op->out].bytes == infer->values[op->in[0]].bytes) {
    return infer_view(infer, op, result);
  }
  if ((op->def->flags & MC_OP_EFFECT) == 0 && all_known(infer, op)) {
    place_known(infer, op);
    return MC_INFER_KNOWN;
  }
  const bool foldable = mc_fold_worthwhile(infer, op);
  if (!foldable && !infer->prepare) {
    return MC_INFER_RUN;
  }
  call->run = op->def->kernel;
  if (op->def->prepare != NULL && op->def->prepare(call) != 0) {
    return mc_infer_refuse(infer, op, "%s", call->error);
  }
  if (call->run == NULL) {
    return mc_infer_refuse(infer, op, "the operator has no kernel for these inputs");
  }
  if (foldable && mc_fold(infer, op, call)) {
    place_known(infer, op);
    return MC_INFER_KNOWN;
  }
  *result = call;
  return MC_INFER_RUN;
}
