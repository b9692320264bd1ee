/* mock_cann_infer: what inference knows of every tensor of a graph, for whoever wants to look at it before it runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/report.h"
#include "graph/program.h"
#include "mock_cann.h"

/* Every tensor becomes an output, in the order of nodes and ports: nothing is optimised away, and all are described. */
static bool want_everything(mc_graph *graph) {
  for (int i = graph->n_nodes - 1; i >= 0; --i) {
    if (strcmp(graph->nodes[i]->type, "NetOutput") == 0 && !mc_graph_remove(graph, graph->nodes[i])) {
      return false;
    }
  }
  graph->n_outputs = 0;
  for (int i = 0; i < graph->n_nodes; ++i) {
    for (int port = 0; port < graph->nodes[i]->n_out; ++port) {
      if (!mc_graph_add_output(graph, graph->nodes[i], port)) {
        return false;
      }
    }
  }
  return true;
}

static bool all_known(const mc_desc *inputs, int n) {
  for (int i = 0; i < n; ++i) {
    if (!mc_shape_known(&inputs[i].shape)) {
      return false;
    }
  }
  return true;
}

/* Inputs of known shapes: what an operator refuses now, it refuses for good. */
static bool infer(const mc_program *program, const mc_desc *inputs, mc_desc *outputs) {
  mc_arena arena = {0};
  mc_infer infer = {.program = program, .arena = &arena, .report = true};
  bool ok = mc_infer_begin(&infer, inputs);
  for (int op = 0; ok && op < program->n_ops; ++op) {
    mc_op_call *call;
    const mc_infer_result result = mc_infer_op(&infer, op, &call);
    if (result == MC_INFER_UNKNOWN) {
      mc_infer_dtypes(&infer, op);
    }
    ok = result != MC_INFER_FAILED;
  }
  for (int i = 0; ok && i < program->n_outputs; ++i) {
    outputs[i] = infer.values[program->outputs[i]].desc;
    if (outputs[i].dtype != MC_UNDEFINED && !mc_shape_known(&outputs[i].shape)) {
      outputs[i].shape = (mc_shape){.rank = MC_RANK_UNKNOWN};
    }
  }
  mc_arena_free(&arena);
  return ok;
}

static bool describe(mc_graph *graph) {
  mc_program program;
  if (!want_everything(graph) || mc_program_build(graph, &program) != 0) {
    return false;
  }
  mc_desc *inputs = calloc((size_t)program.n_inputs + 1, sizeof *inputs);
  mc_desc *outputs = calloc((size_t)program.n_outputs + 1, sizeof *outputs);
  bool ok = inputs != NULL && outputs != NULL;
  for (int i = 0; ok && i < program.n_inputs; ++i) {
    inputs[i] = program.values[program.inputs[i]].desc;
  }
  if (ok && all_known(inputs, program.n_inputs)) {
    ok = infer(&program, inputs, outputs);
  } else {
    ok = ok && mc_describe_outputs(&program, inputs, outputs) == 0;
  }
  for (int i = 0; ok && i < program.n_outputs; ++i) {
    mc_tensor_desc *desc = &graph->outputs[i].node->out[graph->outputs[i].port].desc;
    if (outputs[i].dtype != MC_UNDEFINED) {
      desc->desc.dtype = outputs[i].dtype;
      desc->desc.shape = desc->origin_shape = outputs[i].shape;
      desc->origin_shape_set = true;
    }
  }
  free(inputs);
  free(outputs);
  mc_program_free(&program);
  return ok;
}

void *mock_cann_infer(const void *model, size_t size, size_t *inferred_size, char *problem, size_t problem_size) {
  char why[256] = "";
  void *bytes = NULL;
  mc_graph *graph = mc_graph_parse(model, size, NULL, why);
  if (graph != NULL && describe(graph)) {
    bytes = mc_graph_serialize(graph, inferred_size);
  }
  char *said = mc_report_take(); /* nobody called CANN: its own queries must find nothing of this */
  if (bytes == NULL && problem_size > 0) {
    snprintf(problem, problem_size, "%s", graph == NULL ? why : said == NULL ? "out of memory" : said);
  }
  free(said);
  mc_graph_destroy(graph);
  return bytes;
}

void mock_cann_free(void *bytes) { free(bytes); }
