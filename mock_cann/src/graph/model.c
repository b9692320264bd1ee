/* Compiling a graph into a model: what it is (static, gears, dynamic), its plans, its constants. */
#include <stdlib.h>
#include <string.h>

#include "graph/compiled.h"

enum { ALIGN = 64 };

void mc_model_retain(mc_model *model) { atomic_fetch_add_explicit(&model->users, 1, memory_order_relaxed); }

static void destroy(mc_model *model) {
  for (int i = 0; i < model->n_plans; ++i) {
    mc_plan_release(model->plans[i]);
  }
  for (int i = 0; i < MC_PLAN_CACHE; ++i) {
    mc_plan_release(model->cache[i]);
  }
  for (int i = 0; model->options != NULL && model->options[i] != NULL; ++i) {
    free(model->options[i]);
  }
  free(model->options);
  free(model->plans);
  free(model->inputs);
  free(model->outputs);
  free(model->in);
  free(model->const_offsets);
  free(model->soc);
  mc_gears_free(&model->gears);
  mc_program_free(&model->program);
  mc_graph_destroy(model->graph);
  pthread_mutex_destroy(&model->lock);
  free(model);
}

void mc_model_release(mc_model *model) {
  if (model != NULL && atomic_fetch_sub_explicit(&model->users, 1, memory_order_acq_rel) == 1) {
    destroy(model);
  }
}

/* ---- inputs ---- */

static bool copy_options(mc_model *model, mc_options options) {
  size_t count = 0;
  while (options != NULL && options[count] != NULL) {
    count += 2;
  }
  model->options = calloc(count + 1, sizeof *model->options);
  for (size_t i = 0; model->options != NULL && i < count; ++i) {
    model->options[i] = strdup(options[i] == NULL ? "" : options[i]);
    if (model->options[i] == NULL) {
      return false;
    }
  }
  const char *soc = mc_option(options, "ge.socVersion");
  soc = soc == NULL || soc[0] == 0 ? mc_option(options, "soc_version") : soc;
  soc = soc == NULL || soc[0] == 0 ? mc_device_soc_name() : soc;
  model->soc = strdup(soc);
  return model->options != NULL && model->soc != NULL;
}

/* The declared descriptions become those given; they are written into the copied graph too, which is what a saved model
 * is compiled from again. */
static void declare_inputs(mc_model *model, const mc_desc *inputs, int n_inputs) {
  mc_program *program = &model->program;
  for (int i = 0; i < program->n_inputs; ++i) {
    mc_desc *declared = &program->values[program->inputs[i]].desc;
    if (i < n_inputs && inputs != NULL) {
      declared->shape = inputs[i].shape;
      declared->dtype = inputs[i].dtype == MC_UNDEFINED ? declared->dtype : inputs[i].dtype;
    }
    mc_node *node = mc_graph_find(model->graph, program->input_io[i].name);
    for (int side = 0; side < 2; ++side) {
      mc_tensor_desc *desc = side == 0 ? (node->n_in > 0 ? &node->in[0].desc : NULL) : &node->out[0].desc;
      if (desc != NULL && inputs != NULL && i < n_inputs) {
        desc->desc.shape = declared->shape;
        desc->desc.dtype = declared->dtype;
        desc->origin_shape_set = false;
      }
    }
    model->in[i] = *declared;
  }
}

static bool allocate(mc_model *model) {
  const mc_program *program = &model->program;
  model->in = calloc((size_t)program->n_inputs + 1, sizeof *model->in);
  model->inputs = calloc((size_t)program->n_inputs + 2, sizeof *model->inputs);
  model->outputs = calloc((size_t)program->n_outputs + 1, sizeof *model->outputs);
  model->const_offsets = malloc(((size_t)program->n_values + 1) * sizeof *model->const_offsets);
  model->plans = calloc(MC_MAX_GEARS + 1, sizeof *model->plans);
  return model->in != NULL && model->inputs != NULL && model->outputs != NULL && model->const_offsets != NULL &&
         model->plans != NULL;
}

/* ---- plans ---- */

static bool all_known(const mc_desc *descs, int count) {
  for (int i = 0; i < count; ++i) {
    if (!mc_shape_known(&descs[i].shape)) {
      return false;
    }
  }
  return true;
}

static int64_t total_bytes(const mc_desc *descs, int count) {
  int64_t total = 0;
  for (int i = 0; i < count; ++i) {
    const int64_t bytes = mc_desc_bytes(&descs[i]);
    total += bytes < 0 ? 0 : bytes;
  }
  return total;
}

static int plan_gears(mc_model *model) {
  const int n = model->program.n_inputs;
  mc_desc *concrete = malloc(((size_t)n + 1) * sizeof *concrete);
  int status = concrete == NULL ? MC_GE_NO_MEMORY : 0;
  int64_t largest = -1;
  for (int gear = 0; gear < model->gears.count && status == 0; ++gear) {
    memcpy(concrete, model->in, (size_t)n * sizeof *concrete);
    mc_gear_apply(&model->gears, model->gears.values + (size_t)gear * (size_t)model->gears.width, n, concrete);
    status = mc_plan_build(&model->program, concrete, &model->plans[gear]);
    if (status == 0) {
      model->n_plans += 1;
      if (model->plans[gear]->data_dependent) {
        mc_report_inner("E19999", "Graph '%s' cannot have gears: its shapes depend on the contents of tensors.",
                        model->graph->name);
        status = MC_GE_PARAM_INVALID;
      }
      const int64_t bytes = total_bytes(concrete, n);
      model->largest_gear = bytes > largest ? gear : model->largest_gear;
      largest = bytes > largest ? bytes : largest;
    }
  }
  free(concrete);
  model->is_static = true;
  return status;
}

static int make_plans(mc_model *model) {
  if (model->gears.count > 0) {
    return plan_gears(model);
  }
  if (!all_known(model->in, model->program.n_inputs)) {
    return 0;
  }
  const int status = mc_plan_build(&model->program, model->in, &model->plans[0]);
  if (status != 0) {
    return status;
  }
  model->is_static = !model->plans[0]->data_dependent;
  if (model->is_static) {
    model->n_plans = 1;
  } else {
    model->cache[0] = model->plans[0];
  }
  return 0;
}

/* ---- constants ---- */

/* Static models keep what their steps read; a dynamic one may need any of them. */
static void place_constants(mc_model *model) {
  const mc_program *program = &model->program;
  for (int i = 0; i < program->n_values; ++i) {
    model->const_offsets[i] = SIZE_MAX;
  }
  for (int p = 0; p < model->n_plans; ++p) {
    const mc_plan *plan = model->plans[p];
    for (int i = 0; i < plan->n_refs; ++i) {
      if (plan->refs[i].where.kind == MC_AT_CONST) {
        model->const_offsets[plan->refs[i].where.index] = 0;
      }
    }
    model->feature_size = plan->work_size > model->feature_size ? plan->work_size : model->feature_size;
  }
  for (int i = 0; i < program->n_values; ++i) {
    if (program->values[i].kind == MC_VALUE_CONST && (model->const_offsets[i] == 0 || !model->is_static)) {
      model->const_offsets[i] = model->const_size;
      model->const_size += ((size_t)mc_desc_bytes(&program->values[i].desc) + ALIGN - 1) / ALIGN * ALIGN;
    }
  }
}

void mc_model_write_consts(const mc_model *model, char *to) {
  for (int i = 0; i < model->program.n_values; ++i) {
    if (model->const_offsets[i] != SIZE_MAX) {
      mc_copy(to + model->const_offsets[i], model->program.values[i].data,
              (size_t)mc_desc_bytes(&model->program.values[i].desc));
    }
  }
}

/* ---- the whole ---- */

static int compile(mc_model *model, const mc_desc *inputs, int n_inputs) {
  int status = mc_program_build(model->graph, &model->program);
  if (status != 0) {
    return status;
  }
  const size_t n = (size_t)model->program.n_inputs + 1;
  if (inputs != NULL && n_inputs != model->program.n_inputs) {
    mc_report("E13025", MC_TEXT("%d inputs were given, graph '%.80s' has %d", n_inputs, model->graph->name,
                                model->program.n_inputs), (char *)NULL);
    return MC_GE_PARAM_INVALID;
  }
  mc_shape *upper = calloc(n, sizeof *upper);
  int *order = calloc(n, sizeof *order);
  status = upper == NULL || order == NULL || !allocate(model) ? MC_GE_NO_MEMORY : 0;
  if (status == 0) {
    const mc_options options = (mc_options)(uintptr_t)model->options;
    declare_inputs(model, inputs, n_inputs);
    status = mc_shape_options(&model->program, options, model->in, upper, order);
    status = status != 0 ? status : mc_gears_parse(&model->program, options, model->in, order, &model->gears);
  }
  status = status != 0 ? status : make_plans(model);
  if (status == 0) {
    place_constants(model);
    mc_model_describe_inputs(model, upper);
    status = mc_model_describe_outputs(model);
  }
  free(upper);
  free(order);
  return status;
}

int mc_model_compile(const mc_graph *graph, mc_options options, const mc_desc *inputs, int n_inputs, mc_model **result) {
  mc_model *model = calloc(1, sizeof *model);
  *result = NULL;
  if (model == NULL) {
    return MC_GE_NO_MEMORY;
  }
  atomic_init(&model->users, 1);
  pthread_mutex_init(&model->lock, NULL);
  model->graph = mc_graph_clone(graph);
  int status = model->graph == NULL || !copy_options(model, options) ? MC_GE_NO_MEMORY : 0;
  status = status != 0 ? status : compile(model, inputs, n_inputs);
  if (status != 0) {
    destroy(model);
    return status;
  }
  *result = model;
  return 0;
}
