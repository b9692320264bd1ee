/* What a run is checked for before anything is queued: counts, sizes with CANN's slack, shapes. */
#include <string.h>

#include "graph/loaded.h"

/* CANN lets a buffer be this much smaller than the tensor. */
enum { SLACK = 64 };

static int refuse_input(const mc_model *model, int index, const char *reason) {
  mc_report("E13025",
            MC_TEXT("input %d ('%.60s') of graph '%.40s' %s", index, model->inputs[index].name, model->graph->name, reason),
            (char *)NULL);
  return MC_GE_PARAM_INVALID;
}

static int check_size(const mc_model *model, int index, size_t size, int64_t needed) {
  if (needed >= 0 && size + SLACK < (size_t)needed) {
    return refuse_input(model, index, MC_TEXT("has %zu bytes, %lld are needed", size, (long long)needed));
  }
  return 0;
}

/* The run's shape against the declared one. */
static int check_shape(const mc_model *model, int index, const mc_shape *actual) {
  const mc_shape *declared = &model->in[index].shape;
  const mc_shape *upper = &model->inputs[index].upper;
  bool fits = mc_shape_known(actual) && (declared->rank < 0 || declared->rank == actual->rank);
  for (int axis = 0; fits && axis < declared->rank; ++axis) {
    const int64_t dim = actual->dims[axis];
    fits = declared->dims[axis] < 0 ? upper->rank != declared->rank || upper->dims[axis] < 0 || dim <= upper->dims[axis]
                                    : declared->dims[axis] == dim;
  }
  if (!fits) {
    char a[MC_SHAPE_TEXT], b[MC_SHAPE_TEXT];
    return refuse_input(model, index, MC_TEXT("has shape %.50s; the graph takes %.50s", mc_shape_text(actual, a),
                                              mc_shape_text(declared, b)));
  }
  return 0;
}

static int choose_gear(const mc_model *model, const mc_binding *in, mc_desc *descs, int *gear) {
  bool given = false;
  for (int i = 0; i < model->program.n_inputs; ++i) {
    given |= in[i].shape.rank >= 0;
    if (in[i].shape.rank >= 0) {
      descs[i].shape = in[i].shape;
    } else {
      descs[i].shape = model->inputs[i].upper;
    }
  }
  *gear = given ? mc_model_gear_of(model, descs) : model->largest_gear;
  if (*gear < 0) {
    char shape[MC_SHAPE_TEXT];
    return refuse_input(model, 0, MC_TEXT("has shape %.80s; together the input shapes are no gear of the model",
                                          mc_shape_text(&descs[0].shape, shape)));
  }
  return 0;
}

int mc_check_inputs(const mc_model *model, const mc_binding *in, int n_in, mc_desc *descs, int *gear) {
  *gear = -1;
  if (n_in != model->n_inputs) {
    mc_report("E13025", MC_TEXT("%d input tensors were given, graph '%.80s' has %d", n_in, model->graph->name,
                                model->n_inputs), (char *)NULL);
    return MC_GE_PARAM_INVALID;
  }
  memcpy(descs, model->in, (size_t)model->program.n_inputs * sizeof *descs);
  if (model->gears.count > 0) {
    *gear = model->largest_gear;
    return model->gears.extra_input ? 0 : choose_gear(model, in, descs, gear);
  }
  for (int i = 0; i < n_in; ++i) {
    int status = 0;
    if (!model->is_static) {
      descs[i].shape = in[i].shape.rank >= 0 ? in[i].shape : descs[i].shape;
      status = check_shape(model, i, &descs[i].shape);
    }
    const int64_t needed = model->is_static ? model->inputs[i].size : mc_desc_bytes(&descs[i]);
    status = status != 0 ? status : check_size(model, i, in[i].size, needed);
    if (status != 0) {
      return status;
    }
  }
  return 0;
}

int mc_check_outputs(const mc_model *model, const mc_plan *plan, const mc_binding *out, int n_out) {
  if (n_out != model->program.n_outputs) {
    mc_report("E13031", MC_TEXT("%d output tensors were given, graph '%.80s' has %d", n_out, model->graph->name,
                                model->program.n_outputs), (char *)NULL);
    return MC_GE_PARAM_INVALID;
  }
  for (int i = 0; i < n_out && plan != NULL && model->gears.count == 0; ++i) {
    if (out[i].address != NULL && out[i].size + SLACK < (size_t)plan->out_bytes[i]) {
      mc_report("E13031", MC_TEXT("output %d ('%.60s') of graph '%.40s' has %zu bytes, %lld are needed", i,
                                  model->outputs[i].name, model->graph->name, out[i].size,
                                  (long long)plan->out_bytes[i]), (char *)NULL);
      return MC_GE_PARAM_INVALID;
    }
  }
  return 0;
}

/* The gear an offline model's extra input holds; the largest when it holds none, which is CANN's default. */
static int read_gear(const mc_model *model, const mc_binding *extra) {
  int64_t values[256];
  const int width = model->gears.width;
  const size_t word = extra->size >= 8 * (size_t)width ? 8 : 4;
  void *view = extra->address;
  char why[192];
  if (width > 256 || extra->size < word * (size_t)width ||
      (!extra->on_host && mc_memory_view(extra->address, word * (size_t)width, &view, why) != 0)) {
    return model->largest_gear;
  }
  for (int i = 0; i < width; ++i) {
    int32_t small;
    memcpy(word == 8 ? (void *)&values[i] : (void *)&small, (char *)view + word * (size_t)i, word);
    values[i] = word == 8 ? values[i] : small;
  }
  const int gear = mc_gear_index(&model->gears, values);
  return gear < 0 ? model->largest_gear : gear;
}

int mc_choose_plan(mc_loaded *loaded, const mc_binding *in, int n_in, mc_desc *descs, mc_plan **plan) {
  mc_model *model = loaded->model;
  int gear;
  const int status = mc_check_inputs(model, in, n_in, descs, &gear);
  if (status != 0) {
    return status;
  }
  if (!model->is_static) {
    return mc_model_plan(model, descs, plan);
  }
  if (model->gears.extra_input) {
    gear = read_gear(model, &in[n_in - 1]);
  }
  *plan = model->plans[gear < 0 ? 0 : gear];
  for (int i = 0; gear >= 0 && i < model->program.n_inputs; ++i) {
    descs[i].shape = (*plan)->in_shapes[i];
  }
  return 0;
}

void mc_plan_done(const mc_loaded *loaded, mc_plan *plan) {
  if (!loaded->model->is_static) {
    mc_plan_release(plan);
  }
}
