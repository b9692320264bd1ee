/* Scan of opset 8: every batch is scanned by itself, along axis 1; one loop a batch, so their number must be known. */
#include "onnx/control.h"

typedef struct batches {
  mc_on *on;
  const mc_onnx_graph *body;
  int carried, scanned, collected;
  const int64_t *reverse;
} batches;

static mc_val *one_batch(mc_on *on, mc_val *value, int64_t batch) {
  return mc_ge_squeeze(on, mc_ge_slice(on, value, 0, batch, 1), &(int64_t){0}, 1);
}

static void scan_batch(const batches *b, int64_t batch, mc_val **results) {
  mc_on *on = b->on;
  mc_control_loop loop = {.on = on, .source = b->body, .n_carried = b->carried, .n_collected = b->collected,
                          .n_scanned = b->scanned, .scanned_reverse = b->reverse};
  const size_t n = (size_t)(b->carried + b->collected + b->scanned) + 1;
  loop.carried = mc_on_alloc(on, n * sizeof *loop.carried);
  loop.shapes = mc_on_alloc(on, n * sizeof *loop.shapes);
  loop.results = mc_on_alloc(on, n * sizeof *loop.results);
  loop.scanned = mc_on_alloc(on, n * sizeof *loop.scanned);
  int64_t *zeros = mc_on_alloc(on, n * sizeof *zeros);
  loop.scanned_axes = loop.collected_reverse = zeros;
  for (int i = 0; i < b->carried + b->scanned && !mc_on_failed(on); ++i) {
    mc_val *value = one_batch(on, mc_on_need(on, 1 + i), batch);
    if (value == NULL) {
      return;
    }
    if (i < b->carried) {
      loop.carried[i] = value;
      loop.shapes[i] = value->shape;
    } else {
      loop.scanned[i - b->carried] = value;
    }
  }
  mc_val *first = mc_on_need(on, 1 + b->carried);
  if (mc_on_failed(on)) {
    return;
  }
  loop.limit = mc_ge_squeeze(on, mc_ge_slice(on, mc_ge_shape(on, first), 0, 1, 1), &(int64_t){0}, 1);
  mc_control_convert_loop(&loop);
  for (int i = 0; i < b->carried + b->collected && !mc_on_failed(on); ++i) {
    results[i] = mc_ge_unsqueeze(on, loop.results[i], &(int64_t){0}, 1);
  }
}

static bool read_node(batches *b) {
  mc_on *on = b->on;
  int given;
  b->body = mc_on_graph(on, "body");
  b->scanned = (int)mc_on_int(on, "num_scan_inputs", 0);
  b->carried = mc_on_inputs(on) - 1 - b->scanned;
  b->collected = b->body == NULL ? -1 : b->body->n_outputs - b->carried;
  b->reverse = mc_on_ints(on, "directions", &given);
  if (b->reverse == NULL) {
    b->reverse = mc_on_alloc(on, ((size_t)(b->scanned < 0 ? 0 : b->scanned) + 1) * sizeof *b->reverse);
  } else if (given != b->scanned) {
    mc_on_fail(on, "its 'directions' has %d numbers, not %d", given, b->scanned);
  }
  if (b->scanned < 1 || b->carried < 0 || b->collected < 0 || b->body->n_inputs != b->carried + b->scanned ||
      mc_on_outputs(on) > b->carried + b->collected) {
    mc_on_fail(on, "its inputs and outputs do not fit those of its 'body'");
  }
  if (mc_on_in(on, 0) != NULL) {
    mc_on_fail(on, "sequences of different lengths (its input 'sequence_lens') are not supported");
  }
  return !mc_on_failed(on);
}

static void map_scan_batches(mc_on *on) {
  batches b = {.on = on};
  mc_val *first = read_node(&b) ? mc_on_need(on, 1 + b.carried) : NULL;
  if (first == NULL || first->shape.rank < 2 || first->shape.dims[0] < 1) {
    mc_on_fail(on, "the number of its batches must be known");
    return;
  }
  const int64_t count = first->shape.dims[0];
  const int n = b.carried + b.collected;
  mc_val **results = mc_on_list(on, mc_on_times(count, n), sizeof *results);
  for (int64_t batch = 0; results != NULL && batch < count && !mc_on_failed(on); ++batch) {
    scan_batch(&b, batch, results + batch * n);
  }
  mc_val **parts = mc_on_failed(on) ? NULL : mc_on_list(on, count, sizeof *parts);
  for (int i = 0; i < mc_on_outputs(on) && !mc_on_failed(on); ++i) {
    for (int64_t batch = 0; batch < count; ++batch) {
      parts[batch] = results[batch * n + i];
    }
    mc_on_set(on, i, mc_ge_concat(on, parts, (int)count, 0));
  }
}

static const mc_on_rule kRules[] = {{"Scan", 8, 8, map_scan_batches, NULL, 0}};

MC_ON_FAMILY(scan_batches, kRules);
