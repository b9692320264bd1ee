/* What a model says about itself, and its plans for shapes. */
#include <string.h>

#include "graph/compiled.h"

const char *mc_model_name(const mc_model *model) { return model->graph->name; }
const mc_graph *mc_model_graph(const mc_model *model) { return model->graph; }
int mc_model_input_count(const mc_model *model) { return model->n_inputs; }
int mc_model_output_count(const mc_model *model) { return model->program.n_outputs; }
bool mc_model_is_static(const mc_model *model) { return model->is_static; }
size_t mc_model_const_size(const mc_model *model) { return model->const_size; }
size_t mc_model_feature_size(const mc_model *model) { return model->feature_size; }
int mc_model_gear_count(const mc_model *model) { return model->gears.count; }
mc_gear_kind mc_model_gear_kind(const mc_model *model) { return model->gears.kind; }
const char *mc_model_soc_version(const mc_model *model) { return model->soc; }

const mc_io *mc_model_input(const mc_model *model, int index) {
  return index >= 0 && index < model->n_inputs ? &model->inputs[index] : NULL;
}

const mc_io *mc_model_output(const mc_model *model, int index) {
  return index >= 0 && index < model->program.n_outputs ? &model->outputs[index] : NULL;
}

const int64_t *mc_model_gear(const mc_model *model, int index, int *count) {
  const bool valid = index >= 0 && index < model->gears.count;
  *count = valid ? model->gears.width : 0;
  return valid ? model->gears.values + (size_t)index * (size_t)model->gears.width : NULL;
}

/* Unknown dims picked out of all inputs' dims in a row; false when the count or a fixed dim differs. */
static bool pick_unknown(const mc_model *model, const int64_t *values, int count, int64_t *picked) {
  int at = 0, next = 0;
  for (int i = 0; i < model->program.n_inputs; ++i) {
    const mc_shape *shape = &model->in[model->gears.order[i]].shape;
    for (int axis = 0; axis < shape->rank; ++axis, ++at) {
      if (at >= count || (shape->dims[axis] >= 0 && shape->dims[axis] != values[at])) {
        return false;
      }
      if (shape->dims[axis] < 0) {
        picked[next++] = values[at];
      }
    }
  }
  return at == count;
}

int mc_model_gear_index(const mc_model *model, const int64_t *values, int count, int *gear) {
  int64_t picked[MC_MAX_RANK * 8];
  if (model->gears.count == 0) {
    return MC_GE_DYNAMIC_BATCH_INVALID;
  }
  if (count != model->gears.width) {
    if (model->gears.kind != MC_GEAR_DIMS || model->gears.width > (int)(sizeof picked / sizeof picked[0]) ||
        !pick_unknown(model, values, count, picked)) {
      return MC_GE_DYNAMIC_INPUT_LENGTH;
    }
    values = picked;
  }
  *gear = mc_gear_index(&model->gears, values);
  return *gear < 0 ? MC_GE_DYNAMIC_BATCH_INVALID : 0;
}

int mc_model_gear_find(const mc_model *model, const int64_t *values, int count) {
  int gear;
  return mc_model_gear_index(model, values, count, &gear);
}

int mc_model_gear_dims(const mc_model *model, int gear, int64_t *dims, int room) {
  const mc_plan *plan = model->plans[gear];
  int count = 0;
  for (int i = 0; i < model->program.n_inputs; ++i) {
    const mc_shape *shape = &plan->in_shapes[model->gears.order[i]];
    for (int axis = 0; axis < shape->rank; ++axis, ++count) {
      if (count < room) {
        dims[count] = shape->dims[axis];
      }
    }
  }
  return count;
}

int mc_model_gear_shape(const mc_model *model, const int64_t *values, int count, bool output, int index,
                        mc_shape *shape) {
  int gear = 0;
  const int status = mc_model_gear_index(model, values, count, &gear);
  if (status == 0) {
    const mc_plan *plan = model->plans[gear];
    *shape = output                                ? plan->values[model->program.outputs[index]].desc.shape
             : index < model->program.n_inputs ? plan->in_shapes[index]
                                                   : model->inputs[index].desc.shape;
  }
  return status;
}

int mc_model_gear_of(const mc_model *model, const mc_desc *inputs) {
  for (int gear = 0; gear < model->n_plans; ++gear) {
    bool same = true;
    for (int i = 0; i < model->program.n_inputs && same; ++i) {
      same = mc_shape_equal(&model->plans[gear]->in_shapes[i], &inputs[i].shape);
    }
    if (same) {
      return gear;
    }
  }
  return -1;
}

/* Moves a hit to the front. */
static mc_plan *cached(mc_model *model, const mc_desc *inputs) {
  for (int at = 0; at < MC_PLAN_CACHE && model->cache[at] != NULL; ++at) {
    mc_plan *plan = model->cache[at];
    bool same = true;
    for (int i = 0; i < model->program.n_inputs && same; ++i) {
      same = mc_shape_equal(&plan->in_shapes[i], &inputs[i].shape);
    }
    if (same) {
      memmove(&model->cache[1], &model->cache[0], (size_t)at * sizeof model->cache[0]);
      model->cache[0] = plan;
      mc_plan_retain(plan);
      return plan;
    }
  }
  return NULL;
}

/* Two threads may build the same plan at once; the second one wins its place in the cache too, which costs memory but
 * no waiting while compiling. */
int mc_model_plan(mc_model *model, const mc_desc *inputs, mc_plan **result) {
  pthread_mutex_lock(&model->lock);
  *result = cached(model, inputs);
  pthread_mutex_unlock(&model->lock);
  if (*result != NULL) {
    return 0;
  }
  const int status = mc_plan_build(&model->program, inputs, result);
  if (status != 0) {
    return status;
  }
  mc_plan_retain(*result);
  pthread_mutex_lock(&model->lock);
  mc_plan *oldest = model->cache[MC_PLAN_CACHE - 1];
  memmove(&model->cache[1], &model->cache[0], (MC_PLAN_CACHE - 1) * sizeof model->cache[0]);
  model->cache[0] = *result;
  pthread_mutex_unlock(&model->lock);
  mc_plan_release(oldest);
  return 0;
}
