/* Ranks where contents are not known while importing: a reshape to a vector of four numbers has rank four, whatever they
 * are. Dims that cannot be known get two samples, like those of the model's inputs. */
#include <string.h>

#include "onnx/emit.h"

typedef enum rank_rule {
  RANK_SAME,   /* as input 0 */
  RANK_LENGTH, /* as many dims as input `slot` has values */
  RANK_WIDER,  /* the larger of the two */
  RANK_ONE,
  RANK_REDUCED /* as input 0, without the axes that input `slot` counts unless keep_dims */
} rank_rule;

static const struct {
  const char *type;
  rank_rule rule;
  int slot, dtype_slot;
} kRules[] = {
    {"Reshape", RANK_LENGTH, 1, 0},     {"BroadcastTo", RANK_WIDER, 1, 0},  {"Expand", RANK_WIDER, 1, 0},
    {"Fill", RANK_LENGTH, 0, 1},        {"Slice", RANK_SAME, 0, 0},         {"StridedSliceV2", RANK_SAME, 0, 0},
    {"Pad", RANK_SAME, 0, 0},           {"PadV2", RANK_SAME, 0, 0},         {"PadV3", RANK_SAME, 0, 0},
    {"MirrorPad", RANK_SAME, 0, 0},     {"Tile", RANK_SAME, 0, 0},          {"Transpose", RANK_SAME, 0, 0},
    {"ConcatV2", RANK_SAME, 0, 0},      {"SplitV", RANK_SAME, 0, 0},        {"Range", RANK_ONE, 0, 0},
    {"ReduceSum", RANK_REDUCED, 1, 0},  {"ReduceMean", RANK_REDUCED, 1, 0}, {"ReduceMax", RANK_REDUCED, 1, 0},
    {"ReduceMin", RANK_REDUCED, 1, 0},  {"ReduceProd", RANK_REDUCED, 1, 0}, {"ReduceAll", RANK_REDUCED, 1, 0},
    {"ReduceAny", RANK_REDUCED, 1, 0},
};

static int length_of(const mc_op_call *call, int slot) {
  const mc_op_value *value = mc_op_input(call, slot);
  const int64_t count = value == NULL ? -1 : mc_shape_count(&value->desc.shape);
  return count < 0 || count > MC_MAX_RANK ? -1 : (int)count;
}

static int rank_by(rank_rule rule, const mc_op_call *call, int slot) {
  const int length = rule == RANK_LENGTH || rule == RANK_WIDER || rule == RANK_REDUCED ? length_of(call, slot) : 0;
  const int rank = call->in[0].desc.shape.rank;
  switch (rule) {
  case RANK_LENGTH:
    return length;
  case RANK_WIDER:
    return length < 0 ? -1 : length > rank ? length : rank;
  case RANK_ONE:
    return 1;
  case RANK_REDUCED:
    return mc_attrs_bool(call->attrs, "keep_dims", false) ? rank : length < 0 || length > rank ? -1 : rank - length;
  default:
    return rank;
  }
}

bool mc_on_guess_rank(mc_op_call *call, int which) {
  if (call->def->guess != NULL) {
    return call->def->guess(call, mc_sample_dim(NULL, 0, which)) == 0;
  }
  for (size_t i = 0; i < sizeof kRules / sizeof kRules[0]; ++i) {
    if (strcmp(kRules[i].type, call->def->type) != 0) {
      continue;
    }
    const int rank = rank_by(kRules[i].rule, call, kRules[i].slot);
    for (int out = 0; rank >= 0 && out < call->n_out; ++out) {
      mc_desc *desc = &call->out[out].desc;
      desc->dtype = call->in[call->slot_first[kRules[i].dtype_slot]].desc.dtype;
      desc->shape.rank = rank;
      for (int axis = 0; axis < rank; ++axis) {
        desc->shape.dims[axis] = mc_sample_dim(NULL, axis, which);
      }
    }
    return rank >= 0;
  }
  return false;
}
