/* The control flow operators: their types, and the rules that need only contents. */
#include "graph/flow.h"

#include <string.h>

static const mc_op_def kDefs[] = {
    {.type = "If", .inputs = "cond input*", .outputs = "output*", .variant = MC_FLOW_IF},
    {.type = "StatelessIf", .inputs = "cond input*", .outputs = "output*", .variant = MC_FLOW_IF},
    {.type = "Case", .inputs = "branch_index input*", .outputs = "output*", .variant = MC_FLOW_CASE},
    {.type = "StatelessCase", .inputs = "branch_index input*", .outputs = "output*", .variant = MC_FLOW_CASE},
    {.type = "While", .inputs = "input*", .outputs = "output*", .variant = MC_FLOW_WHILE},
    {.type = "StatelessWhile", .inputs = "input*", .outputs = "output*", .variant = MC_FLOW_WHILE},
    {.type = "For", .inputs = "start limit delta input*", .outputs = "output*", .variant = MC_FLOW_FOR},
    {.type = "PartitionedCall", .inputs = "args*", .outputs = "output*", .variant = MC_FLOW_CALL},
    {.type = "StatefulPartitionedCall", .inputs = "args*", .outputs = "output*", .variant = MC_FLOW_CALL},
};

const mc_op_def *mc_flow_def(const char *type) {
  for (size_t i = 0; i < sizeof kDefs / sizeof kDefs[0]; ++i) {
    if (strcmp(kDefs[i].type, type) == 0) {
      return &kDefs[i];
    }
  }
  return NULL;
}

int mc_flow_kind_of(const char *type) {
  const mc_op_def *def = mc_flow_def(type);
  return def == NULL ? -1 : def->variant;
}

/* Every bit but the sign of a floating zero. */
static bool any_bit(const mc_desc *desc, const void *data) {
  const size_t size = mc_dtype_size(desc->dtype);
  const bool floating = desc->dtype == MC_FLOAT || desc->dtype == MC_FLOAT16 || desc->dtype == MC_BF16 ||
                        desc->dtype == MC_DOUBLE;
  unsigned char bytes[16] = {0};
  memcpy(bytes, data, size < sizeof bytes ? size : sizeof bytes);
  if (floating) {
    bytes[size - 1] &= 0x7f;
  }
  for (size_t i = 0; i < size && i < sizeof bytes; ++i) {
    if (bytes[i] != 0) {
      return true;
    }
  }
  return false;
}

bool mc_flow_truth(const mc_desc *desc, const void *data) {
  return desc->shape.rank == 0 ? any_bit(desc, data) : mc_shape_count(&desc->shape) > 0;
}

static int32_t int_at(const void *data) {
  int32_t value;
  memcpy(&value, data, sizeof value);
  return value;
}

int mc_flow_choose(const mc_flow *flow, const mc_desc *desc, const void *data) {
  if (flow->kind == MC_FLOW_IF) {
    return mc_flow_truth(desc, data) ? 0 : 1;
  }
  const int32_t index = int_at(data);
  return index < 0 || index >= flow->n_graphs ? flow->n_graphs - 1 : index;
}

bool mc_flow_range_read(mc_flow_range *range, const void *start, const void *limit, const void *delta) {
  *range = (mc_flow_range){int_at(start), int_at(limit), int_at(delta)};
  return range->delta != 0;
}
