/*
 * Loops as GE's While. What is carried keeps its shape in most models; that is assumed first, and where the body gives
 * another shape it is converted again with less assumed. What a body collects goes into a tensor of its final size where
 * that is known while importing, otherwise behind what there is.
 */
#include "onnx/control.h"

typedef struct slot {
  mc_val *outer; /* what goes in */
  int dtype;
  mc_shape shape;
  mc_val *inner, *next; /* of the body */
} slot;

typedef struct builder {
  mc_control_loop *loop;
  mc_on *on;
  slot *slots;
  int n_slots, limit, condition, carried, collected; /* -1, or the first of its kind */
  mc_val *inner_limit;
  mc_on_subgraph *body;
} builder;

static const mc_shape kScalar = {.rank = 0};

static int add_slot(builder *b, mc_val *outer, int dtype, const mc_shape *shape) {
  b->slots[b->n_slots] = (slot){.outer = outer, .dtype = dtype, .shape = *shape};
  return b->n_slots++;
}

static void add_slots(builder *b) {
  mc_control_loop *loop = b->loop;
  b->n_slots = 0;
  b->limit = b->condition = -1;
  add_slot(b, mc_ge_const_int(b->on, MC_INT64, 0), MC_INT64, &kScalar);
  if (loop->limit != NULL && mc_val_data(b->on, loop->limit) == NULL) {
    b->limit = add_slot(b, loop->limit, MC_INT64, &kScalar);
  }
  if (loop->condition != NULL) {
    b->condition = add_slot(b, loop->condition, MC_BOOL, &kScalar);
  }
  b->carried = b->n_slots;
  for (int i = 0; i < loop->n_carried; ++i) {
    add_slot(b, loop->carried[i], loop->carried[i]->dtype, &loop->shapes[i]);
  }
  b->collected = b->n_slots;
}

static void declare_slots(builder *b, mc_on_subgraph *sub, bool keep) {
  for (int i = 0; i < b->n_slots; ++i) {
    mc_val *inner = mc_on_sub_input(sub, i == 0 ? "counter" : "", b->slots[i].dtype, &b->slots[i].shape);
    if (keep) {
      b->slots[i].inner = inner;
    }
  }
}

/* The value at the counter, or counted from the end. */
static mc_val *position(builder *b, bool reverse) {
  if (!reverse) {
    return b->slots[0].inner;
  }
  mc_val *last = mc_ge_2(b->on, "Sub", b->inner_limit, mc_ge_const_int(b->on, MC_INT64, 1));
  return mc_ge_2(b->on, "Sub", last, b->slots[0].inner);
}

static mc_val *slice_of(builder *b, int index) {
  const mc_control_loop *loop = b->loop;
  return mc_ge_3(b->on, "GatherV2", loop->scanned[index], position(b, loop->scanned_reverse[index] != 0),
                 mc_ge_const_int(b->on, MC_INT64, loop->scanned_axes[index]));
}

/* How many rounds, when the import knows it; -1 otherwise. */
static int64_t rounds(const builder *b) {
  int64_t count;
  const int64_t *limit = b->loop->limit == NULL || b->loop->condition != NULL ? NULL
                                                                               : mc_val_ints(b->on, b->loop->limit, &count);
  return limit == NULL ? -1 : *limit < 0 ? 0 : *limit;
}

/* An empty collection, or one of the final size; a value outside the loop. */
static mc_val *collection(builder *b, const mc_val *element, bool whole) {
  mc_shape shape = {.rank = 1 + (element->shape.rank < 0 ? 0 : element->shape.rank)};
  shape.dims[0] = whole ? rounds(b) : 0;
  for (int i = 1; i < shape.rank; ++i) {
    shape.dims[i] = element->shape.dims[i - 1] < 0 ? 0 : element->shape.dims[i - 1];
  }
  if (!whole) {
    return mc_ge_const(b->on, element->dtype, &shape, "");
  }
  mc_val *dims = mc_ge_const_ints(b->on, MC_INT64, shape.dims, shape.rank);
  return mc_ge_2(b->on, "Fill", dims, mc_ge_cast(b->on, mc_ge_const_int(b->on, MC_FLOAT, 0), element->dtype));
}

/* The collection with one more element. */
static mc_val *collect(builder *b, mc_val *so_far, mc_val *element, bool whole, bool reverse) {
  static const int64_t kFirst[] = {0}, kRow[] = {1, 1};
  mc_val *row = mc_ge_unsqueeze(b->on, element, kFirst, 1);
  if (whole) {
    return mc_ge_3(b->on, "TensorScatterUpdate", so_far, mc_ge_reshape(b->on, position(b, reverse), kRow, 2), row);
  }
  if (!mc_shape_known(&element->shape)) { /* there is nothing in it yet, or it has this shape already */
    mc_val *dims[] = {mc_ge_reshape(b->on, b->slots[0].inner, kRow, 1), mc_ge_shape(b->on, element)};
    so_far = mc_ge_2(b->on, "Reshape", so_far, mc_ge_concat(b->on, dims, 2, 0));
  }
  mc_val *both[] = {reverse ? row : so_far, reverse ? so_far : row};
  return mc_ge_concat(b->on, both, 2, 0);
}

/* The body's inputs in the ONNX graph's order. */
static mc_val **body_inputs(builder *b) {
  const mc_control_loop *loop = b->loop;
  mc_val **inputs = mc_on_alloc(b->on, ((size_t)loop->source->n_inputs + 1) * sizeof *inputs);
  int at = 0;
  if (inputs == NULL) {
    return NULL;
  }
  if (loop->leads) {
    inputs[at++] = b->slots[0].inner;
    inputs[at++] = b->condition < 0 ? mc_ge_const_int(b->on, MC_BOOL, 1) : b->slots[b->condition].inner;
  }
  for (int i = 0; i < loop->n_carried; ++i) {
    inputs[at++] = b->slots[b->carried + i].inner;
  }
  for (int i = 0; i < loop->n_scanned; ++i) {
    inputs[at++] = slice_of(b, i);
  }
  return inputs;
}

/* Weakens what is assumed of shapes where the body gives others. true: it has to be converted again. */
static bool changed(builder *b, mc_val *const *carried) {
  bool any = false;
  for (int i = 0; i < b->loop->n_carried; ++i) {
    mc_shape *shape = &b->loop->shapes[i];
    const mc_shape before = *shape;
    mc_control_weaken(shape, &carried[i]->shape);
    any |= !mc_shape_equal(&before, shape);
  }
  return any;
}

/* Converts the body. false: its shapes are not those assumed, or it failed. */
static bool convert_body(builder *b, mc_val **outputs, mc_val **collections) {
  mc_control_loop *loop = b->loop;
  b->body = mc_on_sub_open(b->on, "body");
  add_slots(b);
  declare_slots(b, b->body, true);
  b->inner_limit = b->limit < 0 ? loop->limit : b->slots[b->limit].inner;
  mc_val **inputs = body_inputs(b);
  if (!mc_on_failed(b->on)) {
    mc_on_sub_convert(b->body, loop->source, inputs, outputs);
  }
  if (mc_on_failed(b->on) || changed(b, outputs + loop->leads)) {
    mc_on_sub_close(b->body);
    return false;
  }
  b->slots[0].next = mc_ge_2(b->on, "Add", b->slots[0].inner, mc_ge_const_int(b->on, MC_INT64, 1));
  if (b->limit >= 0) {
    b->slots[b->limit].next = b->slots[b->limit].inner;
  }
  if (b->condition >= 0) {
    b->slots[b->condition].next = mc_control_scalar(b->on, outputs[0], MC_BOOL);
  }
  for (int i = 0; i < loop->n_carried; ++i) {
    b->slots[b->carried + i].next = outputs[loop->leads + i];
  }
  for (int i = 0; i < loop->n_collected; ++i) {
    collections[i] = outputs[loop->leads + loop->n_carried + i];
  }
  return true;
}

/* Collections are inputs of the body that follow what it has declared: the body is open, outside is not. */
static void collect_all(builder *b, mc_val *const *elements) {
  mc_control_loop *loop = b->loop;
  for (int i = 0; i < loop->n_collected && !mc_on_failed(b->on); ++i) {
    const bool whole = rounds(b) >= 0 && mc_shape_known(&elements[i]->shape);
    const bool reverse = loop->collected_reverse != NULL && loop->collected_reverse[i] != 0;
    if (elements[i]->dtype == MC_UNDEFINED) {
      mc_on_fail(b->on, "the element type of its scan output %d is not known", i);
      return;
    }
    mc_on_sub_leave(b->body);
    mc_val *outer = collection(b, elements[i], whole);
    mc_on_sub_enter(b->body);
    if (mc_on_failed(b->on)) {
      return;
    }
    mc_shape shape = elements[i]->shape;
    shape.rank = shape.rank < 0 ? shape.rank : shape.rank + 1;
    for (int axis = shape.rank - 1; axis > 0; --axis) {
      shape.dims[axis] = elements[i]->shape.dims[axis - 1];
    }
    shape.dims[0] = whole ? rounds(b) : -1;
    const int at = add_slot(b, outer, elements[i]->dtype, &shape);
    b->slots[at].inner = mc_on_sub_late_input(b->body, outer, elements[i]->dtype, &shape);
    b->slots[at].next = collect(b, b->slots[at].inner, elements[i], whole, reverse);
  }
}

static mc_on_subgraph *convert_condition(builder *b) {
  mc_on_subgraph *sub = mc_on_sub_open(b->on, "cond");
  builder other = *b;
  slot *slots = mc_on_alloc(b->on, (size_t)b->n_slots * sizeof *slots);
  if (slots == NULL) {
    return sub;
  }
  for (int i = 0; i < b->n_slots; ++i) {
    slots[i] = b->slots[i];
  }
  other.slots = slots;
  declare_slots(&other, sub, true);
  mc_val *limit = b->limit < 0 ? b->loop->limit : slots[b->limit].inner;
  mc_val *more = limit == NULL ? NULL : mc_ge_2(b->on, "Less", slots[0].inner, limit);
  if (b->condition >= 0) {
    mc_val *goes_on = slots[b->condition].inner;
    more = more == NULL ? goes_on : mc_ge_2(b->on, "LogicalAnd", more, goes_on);
  }
  mc_on_sub_output(sub, more == NULL ? mc_ge_const_int(b->on, MC_BOOL, 1) : more);
  mc_on_sub_close(sub);
  return sub;
}

static void finish(builder *b) {
  mc_control_loop *loop = b->loop;
  mc_on *on = b->on;
  int declared;
  for (int i = 0; i < b->n_slots; ++i) {
    mc_on_sub_output(b->body, b->slots[i].next);
  }
  const int captured = mc_on_sub_captured(b->body, &declared);
  mc_val **inputs = mc_on_alloc(on, ((size_t)(b->n_slots + captured) + 1) * sizeof *inputs);
  int n_in = b->n_slots;
  for (int c = 0; c < captured && inputs != NULL && !mc_on_failed(on); ++c) {
    mc_val *outer = mc_on_sub_captured_value(b->body, c);
    int at = b->collected;
    while (at < b->n_slots && b->slots[at].inner != mc_on_sub_captured_inner(b->body, c)) {
      ++at;
    }
    if (at == b->n_slots) {
      at = n_in++;
      inputs[at] = outer;
      mc_on_sub_output(b->body, mc_on_sub_captured_inner(b->body, c));
    }
    mc_on_sub_parent(b->body, declared + c, at);
  }
  mc_on_sub_close(b->body);
  for (int i = 0; i < b->n_slots && inputs != NULL; ++i) {
    inputs[i] = b->slots[i].outer;
    if (i < b->collected) {
      mc_on_sub_parent(b->body, i, i);
    }
  }
  mc_on_subgraph *condition = mc_on_failed(on) ? NULL : convert_condition(b);
  for (int i = 0; i < b->n_slots; ++i) {
    mc_on_sub_parent(condition, i, i);
  }
  mc_ge *ge = mc_ge_begin(on, "While");
  mc_ge_ins(ge, "input", inputs, n_in);
  mc_ge_int(ge, "parallel_iterations", 10);
  mc_ge_outs(ge, n_in);
  mc_ge_subgraph(ge, "cond", condition);
  mc_ge_subgraph(ge, "body", b->body);
  mc_ge_end(ge);
  for (int i = 0; i < loop->n_carried + loop->n_collected && !mc_on_failed(on); ++i) {
    const slot *s = &b->slots[b->carried + i];
    mc_ge_declare(ge, b->carried + i, s->dtype, &s->shape);
    loop->results[i] = mc_ge_out(ge, b->carried + i);
  }
}

void mc_control_convert_loop(mc_control_loop *loop) {
  mc_on *on = loop->on;
  const size_t most = 4 + (size_t)loop->n_carried + (size_t)loop->n_collected;
  builder b = {.loop = loop, .on = on};
  b.slots = mc_on_alloc(on, most * sizeof *b.slots);
  mc_val **outputs = mc_on_alloc(on, ((size_t)loop->source->n_outputs + 1) * sizeof *outputs);
  mc_val **elements = mc_on_alloc(on, most * sizeof *elements);
  bool done = false;
  while (!mc_on_failed(on) && !done) { /* every round assumes less, so there are few */
    done = convert_body(&b, outputs, elements);
  }
  if (done) {
    collect_all(&b, elements);
    finish(&b);
  }
}
