/* If: both branches take everything that either captures from outside. */
#include "onnx/control.h"

mc_val *mc_control_scalar(mc_on *on, mc_val *value, int dtype) {
  static const int64_t kNone[1] = {0};
  return mc_ge_cast(on, mc_ge_reshape(on, value, kNone, 0), dtype);
}

void mc_control_weaken(mc_shape *shape, const mc_shape *other) {
  if (shape->rank != other->rank) {
    shape->rank = MC_RANK_UNKNOWN;
  }
  for (int i = 0; i < shape->rank; ++i) {
    shape->dims[i] = shape->dims[i] == other->dims[i] ? shape->dims[i] : -1;
  }
}

/* The place of a value in `list`, where it is put when it is new. */
static int place_of(mc_val **list, int *count, mc_val *value) {
  for (int i = 0; i < *count; ++i) {
    if (list[i]->body == value->body) {
      return i;
    }
  }
  list[*count] = value;
  return (*count)++;
}

static mc_on_subgraph *convert_branch(mc_on *on, const char *name, mc_val **outputs) {
  const mc_onnx_graph *source = mc_on_graph(on, name);
  if (source == NULL || source->n_outputs != mc_on_outputs(on) || source->n_inputs != 0) {
    mc_on_fail(on, "its '%s' is no graph without inputs and with %d outputs", name, mc_on_outputs(on));
    return NULL;
  }
  mc_on_subgraph *sub = mc_on_sub_open(on, name);
  mc_on_sub_convert(sub, source, NULL, outputs);
  for (int i = 0; i < source->n_outputs && !mc_on_failed(on); ++i) {
    mc_on_sub_output(sub, outputs[i]);
  }
  mc_on_sub_close(sub);
  return sub;
}

/* A condition that is known while importing leaves one branch; the other may not even fit. */
static bool map_known(mc_on *on, const char *const *names) {
  int64_t count;
  const int64_t *condition = mc_val_ints(on, mc_on_need(on, 0), &count);
  if (condition == NULL || count != 1) {
    return mc_on_failed(on);
  }
  const char *name = names[condition[0] == 0];
  const mc_onnx_graph *source = mc_on_graph(on, name);
  if (source == NULL || source->n_outputs != mc_on_outputs(on)) {
    mc_on_fail(on, "its '%s' is no graph with %d outputs", name, mc_on_outputs(on));
    return true;
  }
  mc_val **outputs = mc_on_alloc(on, ((size_t)source->n_outputs + 1) * sizeof *outputs);
  mc_on_inline(on, name, source, outputs);
  for (int i = 0; i < source->n_outputs && !mc_on_failed(on); ++i) {
    mc_on_set(on, i, outputs[i]);
  }
  return true;
}

static void map_if(mc_on *on) {
  static const char *const kNames[] = {"then_branch", "else_branch"};
  const int n_out = mc_on_outputs(on);
  if (map_known(on, kNames)) {
    return;
  }
  mc_val *condition = mc_control_scalar(on, mc_on_need(on, 0), MC_BOOL);
  mc_on_subgraph *sub[2] = {NULL, NULL};
  mc_val **outputs[2];
  int captured = 0, declared;
  for (int i = 0; i < 2; ++i) {
    outputs[i] = mc_on_alloc(on, ((size_t)n_out + 1) * sizeof **outputs);
    sub[i] = mc_on_failed(on) ? NULL : convert_branch(on, kNames[i], outputs[i]);
    captured += mc_on_sub_captured(sub[i], &declared);
  }
  mc_val **inputs = mc_on_alloc(on, ((size_t)captured + 1) * sizeof *inputs);
  if (mc_on_failed(on) || inputs == NULL) {
    return;
  }
  int n_in = 0;
  for (int i = 0; i < 2; ++i) {
    for (int c = 0; c < mc_on_sub_captured(sub[i], &declared); ++c) {
      mc_on_sub_parent(sub[i], c, 1 + place_of(inputs, &n_in, mc_on_sub_captured_value(sub[i], c)));
    }
  }
  mc_ge *ge = mc_ge_begin(on, "If");
  mc_ge_in(ge, "cond", condition);
  mc_ge_ins(ge, "input", inputs, n_in);
  mc_ge_outs(ge, n_out);
  for (int i = 0; i < 2; ++i) {
    mc_ge_subgraph(ge, kNames[i], sub[i]);
  }
  mc_ge_end(ge);
  for (int i = 0; i < n_out && !mc_on_failed(on); ++i) {
    const mc_val *then = outputs[0][i], *other = outputs[1][i];
    mc_shape shape = then->shape;
    mc_control_weaken(&shape, &other->shape);
    mc_ge_declare(ge, i, then->dtype != MC_UNDEFINED ? then->dtype : other->dtype, &shape);
    mc_on_set(on, i, mc_ge_out(ge, i));
  }
}

static const mc_on_rule kRules[] = {{"If", 0, 0, map_if, NULL, 0}};
MC_ON_FAMILY(if, kRules);
