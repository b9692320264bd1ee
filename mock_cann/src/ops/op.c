/* What every operator may use: messages, plan memory, inputs by slot and the common inference rules. */
#include "ops/op.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"
#include "engine/status.h"

enum { ERROR_TEXT = 256 };

int mc_op_error(const mc_op_call *call, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(call->error, ERROR_TEXT, format, args);
  va_end(args);
  return MC_RT_PARAM;
}

void *mc_op_alloc(const mc_op_call *call, size_t size) { return mc_arena_alloc(call->arena, size); }

void mc_op_cost(mc_op_call *call, double ns) { call->cost_ns = ns > 4e9 ? 4000000000u : (uint32_t)ns; }

const mc_op_value *mc_op_input(const mc_op_call *call, int slot) {
  if (call->slot_count[slot] == 0) {
    return NULL;
  }
  const mc_op_value *value = &call->in[call->slot_first[slot]];
  return value->present ? value : NULL;
}

/* The name of prototype input `slot`, without its suffix. */
const char *mc_op_input_name(const mc_op_call *call, int slot, char name[MC_OP_NAME]) {
  const char *text = call->def->inputs;
  for (int i = 0; i < slot; ++i) {
    while (*text != '\0' && *text++ != ' ') {
    }
  }
  size_t n = 0;
  while (n + 1 < MC_OP_NAME && text[n] != '\0' && text[n] != ' ' && text[n] != '?' && text[n] != '*') {
    name[n] = text[n];
    ++n;
  }
  name[n] = '\0';
  return name;
}

const int64_t *mc_op_ints(const mc_op_call *call, int slot, int64_t *count) {
  char name[MC_OP_NAME];
  const mc_op_value *input = mc_op_input(call, slot);
  *count = 0;
  if (input == NULL) {
    mc_op_error(call, "input %s is missing", mc_op_input_name(call, slot, name));
    return NULL;
  }
  if (input->desc.dtype != MC_INT32 && input->desc.dtype != MC_INT64) {
    mc_op_error(call, "input %s has dtype %s; it must be DT_INT32 or DT_INT64",
                mc_op_input_name(call, slot, name), mc_dtype_name(input->desc.dtype));
    return NULL;
  }
  const int64_t n = mc_shape_count(&input->desc.shape);
  if (n < 0 || (n > 0 && input->value == NULL)) {
    mc_op_error(call, "the contents of input %s must be known while compiling",
                mc_op_input_name(call, slot, name));
    return NULL;
  }
  int64_t *values = mc_op_alloc(call, sizeof(int64_t) * (size_t)(n + 1));
  if (values == NULL) {
    mc_op_error(call, "out of memory for %lld values of input %s", (long long)n,
                mc_op_input_name(call, slot, name));
    return NULL;
  }
  for (int64_t i = 0; i < n; ++i) {
    values[i] = input->desc.dtype == MC_INT32 ? ((const int32_t *)input->value)[i]
                                              : ((const int64_t *)input->value)[i];
  }
  *count = n;
  return values;
}

int mc_infer_same(mc_op_call *call) {
  call->out[0].desc = call->in[0].desc;
  return MC_OK;
}

int mc_broadcast(const mc_shape *a, const mc_shape *b, mc_shape *out) {
  const mc_shape *longer = a->rank >= b->rank ? a : b;
  const mc_shape *shorter = a->rank >= b->rank ? b : a;
  const int offset = longer->rank - shorter->rank;
  mc_shape result = *longer; /* a copy: out may be a or b */
  for (int i = 0; i < shorter->rank; ++i) {
    const int64_t x = longer->dims[offset + i];
    const int64_t y = shorter->dims[i];
    if (x != y && x != 1 && y != 1) {
      return 1;
    }
    result.dims[offset + i] = x == 1 ? y : x;
  }
  *out = result;
  return 0;
}

int mc_infer_broadcast_as(mc_op_call *call, int first, int last) {
  char text_a[MC_SHAPE_TEXT];
  char text_b[MC_SHAPE_TEXT];
  mc_shape shape = call->in[first].desc.shape;
  const int dtype = call->in[first].desc.dtype;
  for (int i = first + 1; i < last; ++i) {
    const mc_desc *other = &call->in[i].desc;
    if (other->dtype != dtype) {
      return mc_op_error(call, "inputs %d and %d have dtypes %s and %s; they must be equal", first, i,
                         mc_dtype_name(dtype), mc_dtype_name(other->dtype));
    }
    if (mc_broadcast(&shape, &other->shape, &shape) != 0) {
      return mc_op_error(call, "inputs with shapes %.100s and %.100s do not broadcast",
                         mc_shape_text(&call->in[first].desc.shape, text_a),
                         mc_shape_text(&other->shape, text_b));
    }
  }
  call->out[0].desc = call->in[first].desc;
  call->out[0].desc.shape = shape;
  return MC_OK;
}

int mc_infer_broadcast(mc_op_call *call) { return mc_infer_broadcast_as(call, 0, call->n_in); }

int mc_axis(int64_t axis, int rank) {
  if (axis < -(int64_t)rank || axis >= rank) {
    return -1;
  }
  return (int)(axis < 0 ? axis + rank : axis);
}
