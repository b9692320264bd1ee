/* Loop and Scan. */
#include "onnx/control.h"

static bool allocate(mc_control_loop *loop) {
  mc_on *on = loop->on;
  const size_t n = (size_t)loop->n_carried + (size_t)loop->n_collected + 1;
  loop->carried = mc_on_alloc(on, n * sizeof *loop->carried);
  loop->shapes = mc_on_alloc(on, n * sizeof *loop->shapes);
  loop->results = mc_on_alloc(on, n * sizeof *loop->results);
  return !mc_on_failed(on);
}

/* The node's inputs from `first` on are what is carried. */
static void take_carried(mc_control_loop *loop, int first) {
  for (int i = 0; i < loop->n_carried && !mc_on_failed(loop->on); ++i) {
    loop->carried[i] = mc_on_need(loop->on, first + i);
    if (loop->carried[i] != NULL) {
      loop->shapes[i] = loop->carried[i]->shape;
    }
  }
}

static bool counts_fit(mc_control_loop *loop, int inputs, int outputs) {
  if (loop->source == NULL || loop->n_carried < 0 || loop->n_collected < 0 || loop->source->n_inputs != inputs ||
      loop->source->n_outputs != outputs || mc_on_outputs(loop->on) > loop->n_carried + loop->n_collected) {
    mc_on_fail(loop->on, "its inputs and outputs do not fit those of its 'body'");
    return false;
  }
  return true;
}

static void map_loop(mc_on *on) {
  mc_control_loop loop = {.on = on, .source = mc_on_graph(on, "body"), .leads = true};
  if (loop.source == NULL) {
    mc_on_fail(on, "it has no graph 'body'");
    return;
  }
  loop.n_carried = loop.source->n_inputs - 2;
  loop.n_collected = loop.source->n_outputs - 1 - loop.n_carried;
  if (!counts_fit(&loop, loop.n_carried + 2, 1 + loop.n_carried + loop.n_collected) || !allocate(&loop)) {
    return;
  }
  take_carried(&loop, 2);
  mc_val *limit = mc_on_in(on, 0), *condition = mc_on_in(on, 1);
  loop.limit = limit == NULL ? NULL : mc_control_scalar(on, limit, MC_INT64);
  loop.condition = condition == NULL ? NULL : mc_control_scalar(on, condition, MC_BOOL);
  if (mc_on_failed(on)) {
    return;
  }
  mc_control_convert_loop(&loop);
  for (int i = 0; i < mc_on_outputs(on) && !mc_on_failed(on); ++i) {
    mc_on_set(on, i, loop.results[i]);
  }
}

/* A list attribute with `count` numbers, zeros when it is absent. */
static const int64_t *numbers(mc_on *on, const char *name, int count) {
  int given;
  const int64_t *values = mc_on_ints(on, name, &given);
  if (values == NULL) {
    return mc_on_alloc(on, ((size_t)count + 1) * sizeof *values);
  }
  if (given != count) {
    mc_on_fail(on, "its '%s' has %d numbers, not %d", name, given, count);
  }
  return values;
}

static void take_scanned(mc_control_loop *loop, int first) {
  mc_on *on = loop->on;
  const int64_t *axes = numbers(on, "scan_input_axes", loop->n_scanned);
  int64_t *positive = mc_on_alloc(on, ((size_t)loop->n_scanned + 1) * sizeof *positive);
  loop->scanned_reverse = numbers(on, "scan_input_directions", loop->n_scanned);
  loop->scanned = mc_on_alloc(on, ((size_t)loop->n_scanned + 1) * sizeof *loop->scanned);
  for (int i = 0; i < loop->n_scanned && !mc_on_failed(on); ++i) {
    loop->scanned[i] = mc_on_need(on, first + i);
    const int rank = mc_val_need_rank(on, loop->scanned[i], "that is scanned");
    const int axis = mc_on_failed(on) ? 0 : mc_axis(axes[i], rank);
    if (axis < 0) {
      mc_on_fail(on, "scan_input_axes has %lld for an input of %d dims", (long long)axes[i], rank);
    }
    positive[i] = axis;
  }
  loop->scanned_axes = positive;
}

/* As many rounds as the first scanned input has slices. */
static mc_val *slices(mc_on *on, mc_val *value, int64_t axis) {
  if (value->shape.dims[axis] >= 0) {
    return mc_ge_const_int(on, MC_INT64, value->shape.dims[axis]);
  }
  return mc_ge_3(on, "GatherV2", mc_ge_shape(on, value), mc_ge_const_int(on, MC_INT64, axis),
                 mc_ge_const_int(on, MC_INT64, 0));
}

/* From the counter's axis first to the axis that is wanted. */
static mc_val *placed(mc_on *on, mc_val *value, int64_t wanted) {
  if (wanted == 0 || mc_on_failed(on)) {
    return value;
  }
  const int rank = mc_val_need_rank(on, value, "that is collected");
  int64_t *perm = mc_on_alloc(on, ((size_t)rank + 1) * sizeof *perm);
  const int axis = mc_axis(wanted, rank);
  if (axis < 0) {
    mc_on_fail(on, "scan_output_axes has %lld for an output of %d dims", (long long)wanted, rank);
  }
  if (mc_on_failed(on)) {
    return NULL;
  }
  for (int i = 0; i < rank; ++i) {
    perm[i] = i < axis ? i + 1 : i == axis ? 0 : i;
  }
  return mc_ge_transpose(on, value, perm, rank);
}

static void map_scan(mc_on *on) {
  mc_control_loop loop = {.on = on, .source = mc_on_graph(on, "body")};
  loop.n_scanned = (int)mc_on_int(on, "num_scan_inputs", 0);
  loop.n_carried = mc_on_inputs(on) - loop.n_scanned;
  loop.n_collected = loop.source == NULL ? 0 : loop.source->n_outputs - loop.n_carried;
  if (loop.n_scanned < 1) {
    mc_on_fail(on, "its num_scan_inputs is %d", loop.n_scanned);
    return;
  }
  if (!counts_fit(&loop, loop.n_carried + loop.n_scanned, loop.n_carried + loop.n_collected) || !allocate(&loop)) {
    return;
  }
  take_carried(&loop, 0);
  take_scanned(&loop, loop.n_carried);
  loop.collected_reverse = numbers(on, "scan_output_directions", loop.n_collected);
  const int64_t *axes = numbers(on, "scan_output_axes", loop.n_collected);
  if (mc_on_failed(on)) {
    return;
  }
  loop.limit = slices(on, loop.scanned[0], loop.scanned_axes[0]);
  mc_control_convert_loop(&loop);
  for (int i = 0; i < mc_on_outputs(on) && !mc_on_failed(on); ++i) {
    mc_on_set(on, i, i < loop.n_carried ? loop.results[i] : placed(on, loop.results[i], axes[i - loop.n_carried]));
  }
}

static const mc_on_rule kRules[] = {
    {"Loop", 0, 0, map_loop, NULL, 0},
    {"Scan", 9, 0, map_scan, NULL, 0}, /* before, it had batches */
};
MC_ON_FAMILY(loop, kRules);
