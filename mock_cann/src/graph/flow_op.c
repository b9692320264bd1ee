/* The operator of a control flow node: its inputs, then what its subgraphs capture; constants and variables become this
 * graph's own, or captures of this graph where it is itself a subgraph. */
#include "graph/flow.h"

typedef struct taken {
  int value;
  bool read, write;
} taken;

/* Every graph's captures as values here, each value once; place[] says where in `list` a graph's captures are. */
static int take_captures(mc_builder *b, mc_flow *flow, taken *list, int **place) {
  int count = 0;
  for (int g = 0; g < flow->n_graphs; ++g) {
    const mc_flow_graph *graph = &flow->graphs[g];
    for (int c = 0; c < graph->n_captures; ++c) {
      const mc_capture *capture = &graph->captures[c];
      const bool variable = capture->value.kind == MC_VALUE_VARIABLE;
      const int value = variable ? mc_builder_bind(b, &capture->value.desc, capture->name, capture->init)
                                 : mc_builder_source(b, capture->value, capture->name, NULL);
      if (value < 0) {
        mc_builder_reject(b, flow->node, "uses a variable that is declared elsewhere with another dtype or shape");
        return -1;
      }
      int at = 0;
      while (at < count && list[at].value != value) {
        ++at;
      }
      if (at == count) {
        list[count++] = (taken){.value = value};
      }
      /* Whether a branch or a loop's body runs is not known: a variable it writes must have been assigned before. */
      list[at].read |= !variable || capture->read || (capture->write && flow->kind != MC_FLOW_CALL);
      list[at].write |= capture->write;
      place[g][c] = at;
    }
  }
  return count;
}

static void set_places(mc_flow *flow, mc_prog_op *op, const taken *list, int count, int *const *place, int *position) {
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < count; ++i) {
      if (list[i].read == (round == 0)) {
        position[i] = op->n_in;
        op->in[op->n_in++] = list[i].value;
      }
      if (list[i].write && round == 0) {
        flow->writes[flow->n_writes++] = list[i].value;
      }
    }
    flow->n_read = round == 0 ? op->n_in : flow->n_read;
  }
  for (int g = 0; g < flow->n_graphs; ++g) {
    for (int c = 0; c < flow->graphs[g].n_captures; ++c) {
      flow->graphs[g].from[flow->graphs[g].captures[c].input] = position[place[g][c]];
    }
  }
}

static bool connect(mc_builder *b, const mc_node *node, mc_flow *flow, mc_prog_op *op) {
  mc_arena *arena = &b->program->arena;
  size_t captures = 1;
  for (int g = 0; g < flow->n_graphs; ++g) {
    captures += (size_t)flow->graphs[g].n_captures;
  }
  taken *list = mc_arena_alloc(arena, captures * sizeof *list);
  int *position = mc_arena_alloc(arena, captures * sizeof *position);
  int **place = mc_arena_alloc(arena, ((size_t)flow->n_graphs + 1) * sizeof *place);
  op->in = mc_arena_alloc(arena, ((size_t)node->n_in + captures) * sizeof *op->in);
  flow->writes = mc_arena_alloc(arena, captures * sizeof *flow->writes);
  bool ok = list != NULL && position != NULL && place != NULL && op->in != NULL && flow->writes != NULL;
  for (int g = 0; ok && g < flow->n_graphs; ++g) {
    place[g] = mc_arena_alloc(arena, ((size_t)flow->graphs[g].n_captures + 1) * sizeof *place[g]);
    ok = place[g] != NULL;
  }
  if (!ok) {
    mc_builder_reject(b, node, "cannot be compiled: out of memory");
    return false;
  }
  for (int i = 0; i < node->n_in; ++i) {
    op->in[op->n_in++] = mc_builder_input(b, node, i);
  }
  const int count = take_captures(b, flow, list, place);
  if (count < 0) {
    return false;
  }
  set_places(flow, op, list, count, place, position);
  return true;
}

/* All that the operator itself reads has to be there; what only subgraphs read was checked with them. */
static bool inputs_given(mc_builder *b, const mc_node *node, const mc_flow *flow) {
  const bool loop = flow->kind == MC_FLOW_WHILE || flow->kind == MC_FLOW_FOR;
  for (int i = 0; i < node->n_in; ++i) {
    if (node->in[i].from == NULL && (loop || i < flow->leading)) {
      mc_builder_reject(b, node, "has an input that is not connected");
      return false;
    }
    if (node->in[i].from != NULL && mc_builder_input(b, node, i) < 0) {
      return false; /* its producer was rejected, and reported */
    }
  }
  return true;
}

void mc_flow_add(mc_builder *b, mc_node *node, mc_flow *flow) {
  if (flow == NULL || !inputs_given(b, node, flow)) {
    return;
  }
  int n_out = 0;
  while (flow->made[n_out] >= 0) {
    ++n_out;
  }
  int *ports = b->ports[mc_node_position(node)];
  /* Captures of a graph that is itself a subgraph become values: they must not come between the operator's outputs. */
  mc_prog_op draft = {.node = node};
  if (!connect(b, node, flow, &draft)) {
    return;
  }
  for (int i = 0; i < node->n_out && (flow->kind == MC_FLOW_WHILE || flow->kind == MC_FLOW_FOR); ++i) {
    if (!flow->varies[i + flow->leading]) {
      ports[i] = mc_builder_pass(b, node, draft.in[i + flow->leading]);
    }
  }
  mc_prog_op *op = mc_builder_op(b, node, MC_PROG_FLOW, n_out);
  op->def = mc_flow_def(node->type);
  op->flow = flow;
  op->in = draft.in;
  op->n_in = draft.n_in;
  for (int i = 0; i < n_out; ++i) {
    ports[flow->made[i]] = op->out + i;
  }
}
