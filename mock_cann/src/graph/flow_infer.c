/*
 * Shapes of a control flow operator. While compiling, each subgraph that may run gets a plan for the shapes that reach it;
 * contents that are known and do not change are known in the subgraph too. The operator is runnable when its results'
 * shapes do not depend on contents: branches agree, loop values keep their shapes, and no subgraph depends on contents.
 */
#include "graph/flow.h"

#include <string.h>

typedef struct site {
  mc_infer *infer;
  const mc_prog_op *op;
  const mc_flow *flow;
  mc_desc *desc;      /* by input of the operator, as subgraphs see it */
  const void **known; /* NULL where contents are not known or change */
  mc_plan **plans;    /* by graph */
  bool contents;      /* something depends on contents */
} site;

/* What a subgraph gives. */
typedef struct given {
  mc_desc *desc;
  const void **known;
} given;

static bool begin(site *s) {
  mc_arena *arena = s->infer->arena;
  const size_t n = (size_t)s->op->n_in + 1;
  s->desc = mc_arena_alloc(arena, n * sizeof *s->desc);
  s->known = mc_arena_alloc(arena, n * sizeof *s->known);
  s->plans = mc_arena_alloc(arena, ((size_t)s->flow->n_graphs + 1) * sizeof *s->plans);
  if (s->desc == NULL || s->known == NULL || s->plans == NULL) {
    return false;
  }
  for (int i = 0; i < s->op->n_in; ++i) {
    if (s->op->in[i] >= 0) {
      const mc_plan_value *value = &s->infer->values[s->op->in[i]];
      s->desc[i] = value->desc;
      s->known[i] = i < s->flow->node->n_in && s->flow->varies[i] ? NULL : value->known;
    }
  }
  return true;
}

/* In the middle of a run of samples only shapes are of interest. */
static bool sketch(site *s, const mc_program *program, const mc_desc *in, const void *const *known, given *out) {
  mc_infer sub = {.program = program, .arena = s->infer->arena, .known = known, .report = s->infer->report,
                  .guess = s->infer->guess};
  if (!mc_infer_begin(&sub, in)) {
    return false;
  }
  for (int op = 0; op < program->n_ops; ++op) {
    mc_op_call *call;
    const mc_infer_result result = mc_infer_op(&sub, op, &call);
    if (result == MC_INFER_FAILED || result == MC_INFER_UNKNOWN) {
      mc_infer_dtypes(&sub, op);
    }
  }
  for (int i = 0; i < program->n_outputs; ++i) {
    out->desc[i] = sub.values[program->outputs[i]].desc;
    out->known[i] = sub.values[program->outputs[i]].known;
  }
  s->infer->errors += sub.errors;
  s->infer->dtype_errors += sub.dtype_errors;
  return sub.errors == 0;
}

static bool make_plan(site *s, int g, const mc_desc *in, const void *const *known, given *out) {
  const mc_flow_graph *graph = &s->flow->graphs[g];
  mc_subplan *link = mc_arena_alloc(s->infer->arena, sizeof *link);
  mc_plan *plan = NULL;
  if (link == NULL || mc_plan_build_known(&graph->program, in, known, &plan) != 0) {
    mc_infer_refuse(s->infer, s->op, "its subgraph '%.100s' cannot be compiled", graph->name);
    return false;
  }
  *link = (mc_subplan){s->infer->subplans, plan};
  s->infer->subplans = link;
  s->plans[g] = plan;
  s->contents |= plan->data_dependent;
  for (int i = 0; i < graph->program.n_outputs; ++i) {
    const mc_plan_value *value = &plan->values[graph->program.outputs[i]];
    out->desc[i] = value->desc;
    out->known[i] = value->known;
  }
  return true;
}

/* What graph g gives for the site's inputs. false: refused, and counted. */
static bool run_graph(site *s, int g, given *out) {
  const mc_flow_graph *graph = &s->flow->graphs[g];
  const mc_program *program = &graph->program;
  mc_arena *arena = s->infer->arena;
  const size_t n_in = (size_t)program->n_inputs + 1, n_out = (size_t)program->n_outputs + 1;
  mc_desc *in = mc_arena_alloc(arena, n_in * sizeof *in);
  const void **known = mc_arena_alloc(arena, n_in * sizeof *known);
  out->desc = mc_arena_alloc(arena, n_out * sizeof *out->desc);
  out->known = mc_arena_alloc(arena, n_out * sizeof *out->known);
  if (in == NULL || known == NULL || out->desc == NULL || out->known == NULL) {
    mc_infer_refuse(s->infer, s->op, "out of memory");
    return false;
  }
  for (int i = 0; i < program->n_inputs; ++i) {
    in[i] = s->desc[graph->from[i]];
    known[i] = s->known[graph->from[i]];
  }
  return s->infer->prepare ? make_plan(s, g, in, known, out) : sketch(s, program, in, known, out);
}

/* What two ways to a result have in common; false: their dtypes differ. */
static bool unite(mc_desc *into, const mc_desc *other) {
  if (into->dtype == MC_UNDEFINED || other->dtype == MC_UNDEFINED) {
    into->dtype = into->dtype == MC_UNDEFINED ? other->dtype : into->dtype;
    into->shape = (mc_shape){.rank = MC_RANK_UNKNOWN};
    return true;
  }
  if (into->shape.rank != other->shape.rank) {
    into->shape = (mc_shape){.rank = MC_RANK_UNKNOWN};
  }
  for (int i = 0; i < into->shape.rank; ++i) {
    into->shape.dims[i] = into->shape.dims[i] == other->shape.dims[i] ? into->shape.dims[i] : -1;
  }
  return into->dtype == other->dtype;
}

static bool agree(site *s, mc_desc *into, const mc_desc *other, int output, const char *a, const char *b) {
  const int dtype = into->dtype;
  if (unite(into, other)) {
    return true;
  }
  mc_infer_refuse(s->infer, s->op, "output %d is %s from %.80s and %s from %.80s", output, mc_dtype_name(dtype), a,
                  mc_dtype_name(other->dtype), b);
  s->infer->dtype_errors += 1;
  return false;
}

/* Every branch that may run; only one when the choice is known. */
static bool branches(site *s, given *all) {
  const bool known = s->known[0] != NULL || (s->flow->kind == MC_FLOW_IF && s->desc[0].shape.rank > 0);
  if (s->flow->kind == MC_FLOW_CALL || known) {
    return run_graph(s, s->flow->kind == MC_FLOW_CALL ? 0 : mc_flow_choose(s->flow, &s->desc[0], s->known[0]), all);
  }
  bool ok = run_graph(s, 0, all);
  for (int g = 1; g < s->flow->n_graphs; ++g) {
    given other;
    ok &= run_graph(s, g, &other);
    for (int i = 0; ok && i < s->op->n_out; ++i) {
      ok = agree(s, &all->desc[i], &other.desc[i], i, s->flow->graphs[0].name, s->flow->graphs[g].name);
      all->known[i] = NULL;
    }
  }
  return ok;
}

/* A loop's values keep their dtypes; a shape that changes in the first round can change in any. */
static bool loop_round(site *s, given *out) {
  const mc_flow *flow = s->flow;
  given condition;
  if (flow->kind == MC_FLOW_WHILE && !run_graph(s, 0, &condition)) {
    return false;
  }
  if (!run_graph(s, flow->n_graphs - 1, out)) {
    return false;
  }
  for (int i = 0; i < s->op->n_out; ++i) {
    const mc_desc *in = &s->desc[flow->made[i] + flow->leading];
    if (!agree(s, &out->desc[i], in, flow->made[i], mc_flow_body(flow)->name, "its input")) {
      return false;
    }
    out->known[i] = NULL;
    s->contents |= !mc_shape_known(&out->desc[i].shape);
  }
  return true;
}

static bool loop(site *s, given *out) {
  const mc_flow *flow = s->flow;
  if (flow->kind == MC_FLOW_FOR) {
    s->desc[0] = (mc_desc){.dtype = MC_INT32, .format = MC_FORMAT_ND};
  }
  return loop_round(s, out);
}

bool mc_flow_check_leading(mc_infer *infer, const mc_prog_op *op) {
  const mc_flow *flow = op->flow;
  for (int i = 0; i < flow->leading; ++i) {
    const mc_desc *desc = &infer->values[op->in[i]].desc;
    if (flow->kind == MC_FLOW_IF ? mc_dtype_size(desc->dtype) == 0
                                 : desc->dtype != MC_INT32 || mc_shape_count(&desc->shape) != 1) {
      char shape[MC_SHAPE_TEXT];
      mc_infer_refuse(infer, op, "input %d is %s %.60s; %s", i, mc_dtype_name(desc->dtype),
                      mc_shape_text(&desc->shape, shape),
                      flow->kind == MC_FLOW_IF ? "that dtype is no condition" : "one int32 is needed");
      return false;
    }
  }
  return true;
}

/* Dims that contents decide are unknown like those of the graph's inputs, and get a sample like them. */
static void take_samples(const site *s, mc_desc *desc) {
  for (int i = 0; i < desc->shape.rank && s->infer->guess > 0; ++i) {
    desc->shape.dims[i] = desc->shape.dims[i] < 0 ? s->infer->guess : desc->shape.dims[i];
  }
}

static mc_infer_result finish(site *s, const given *out, mc_op_call **result) {
  const mc_prog_op *op = s->op;
  bool available = !s->contents || s->infer->guess > 0, known = s->flow->n_writes == 0 && !s->flow->effect;
  for (int i = 0; i < op->n_out; ++i) {
    mc_plan_value *value = &s->infer->values[op->out + i];
    value->desc = out->desc[i];
    take_samples(s, &value->desc);
    value->bytes = mc_desc_bytes(&value->desc);
    value->known = s->contents ? NULL : out->known[i];
    available &= mc_infer_available(value) && value->bytes >= 0 && value->bytes <= MC_LARGEST_TENSOR;
    known &= value->known != NULL || value->bytes == 0;
  }
  if (!available) {
    for (int i = 0; i < op->n_out; ++i) {
      s->infer->values[op->out + i].known = NULL;
    }
    return MC_INFER_UNKNOWN;
  }
  if (known && op->n_out > 0) {
    for (int i = 0; i < op->n_out; ++i) {
      mc_plan_value *value = &s->infer->values[op->out + i];
      value->where = (mc_where){.kind = MC_AT_KNOWN, .pointer = value->known};
    }
    return MC_INFER_KNOWN;
  }
  if (!s->infer->prepare) {
    return MC_INFER_RUN;
  }
  mc_op_call *call = mc_new_call(s->infer->arena, op->node->name, op->n_in, op->n_out);
  if (call == NULL) {
    return mc_infer_refuse(s->infer, op, "out of memory");
  }
  call->def = op->def;
  for (int i = 0; i < op->n_in; ++i) {
    if (op->in[i] >= 0) {
      const mc_plan_value *value = &s->infer->values[op->in[i]];
      call->in[i] = (mc_op_value){.desc = value->desc, .present = true};
    }
  }
  for (int i = 0; i < op->n_out; ++i) {
    call->out[i] = (mc_op_value){.desc = s->infer->values[op->out + i].desc, .present = true};
  }
  if (!mc_flow_prepare(op, call, s->plans)) {
    return mc_infer_refuse(s->infer, op, "out of memory");
  }
  *result = call;
  return MC_INFER_RUN;
}

mc_infer_result mc_flow_infer(mc_infer *infer, const mc_prog_op *op, mc_op_call **call) {
  site s = {.infer = infer, .op = op, .flow = op->flow};
  given out = {0};
  for (int i = 0; i < op->n_in; ++i) {
    if (op->in[i] >= 0 && !mc_infer_available(&infer->values[op->in[i]])) {
      return MC_INFER_UNKNOWN;
    }
  }
  if (!begin(&s)) {
    return mc_infer_refuse(infer, op, "out of memory");
  }
  if (!mc_flow_check_leading(infer, op)) {
    return MC_INFER_FAILED;
  }
  const bool is_loop = s.flow->kind == MC_FLOW_WHILE || s.flow->kind == MC_FLOW_FOR;
  return (is_loop ? loop(&s, &out) : branches(&s, &out)) ? finish(&s, &out, call) : MC_INFER_FAILED;
}

void mc_flow_dtypes(mc_infer *infer, const mc_prog_op *op) {
  mc_infer quiet = {.program = infer->program, .values = infer->values, .arena = infer->arena, .guess = infer->guess};
  site s = {.infer = &quiet, .op = op, .flow = op->flow};
  const bool is_loop = s.flow->kind == MC_FLOW_WHILE || s.flow->kind == MC_FLOW_FOR;
  given out = {0};
  if (!begin(&s)) {
    return;
  }
  if (!is_loop) {
    (void)run_graph(&s, 0, &out); /* what fails here was reported where it matters */
  }
  for (int i = 0; i < op->n_out && (is_loop || out.known != NULL); ++i) {
    infer->values[op->out + i].desc.dtype =
        is_loop ? s.desc[s.flow->made[i] + s.flow->leading].dtype : out.desc[i].dtype;
  }
}
