/* What a model says about its inputs and outputs. */
#include <stdlib.h>

#include "graph/compiled.h"

static const char kGearInput[] = "ascend_mbatch_shape_data";

static void set_size(mc_io *io) {
  const mc_desc upper = {io->desc.dtype, io->desc.format, io->upper};
  const int64_t bytes = mc_desc_bytes(&upper);
  io->size = bytes < 0 ? 0 : bytes;
}

void mc_model_describe_inputs(mc_model *model, const mc_shape *upper) {
  const int n = model->program.n_inputs;
  for (int i = 0; i < n; ++i) {
    mc_io *io = &model->inputs[i];
    *io = (mc_io){.name = model->program.input_io[i].name, .desc = model->in[i], .upper = upper[i]};
    if (model->gears.count > 0) {
      io->upper = model->plans[model->largest_gear]->in_shapes[i];
    }
    set_size(io);
  }
  model->n_inputs = n;
  if (model->gears.extra_input) {
    const mc_shape shape = {.rank = 1, .dims = {model->gears.width}};
    model->inputs[n] = (mc_io){.name = kGearInput, .upper = shape, .size = 8 * (int64_t)model->gears.width,
                               .desc = {.dtype = MC_INT64, .format = MC_FORMAT_ND, .shape = shape}};
    model->n_inputs += 1;
  }
}

int mc_model_describe_outputs(mc_model *model) {
  const mc_program *program = &model->program;
  mc_desc *descs = calloc((size_t)program->n_outputs + 1, sizeof *descs);
  int status = descs == NULL ? MC_GE_NO_MEMORY : 0;
  if (status == 0 && !model->is_static) {
    status = mc_describe_outputs(program, model->in, descs);
  }
  for (int i = 0; i < program->n_outputs && status == 0; ++i) {
    mc_io *io = &model->outputs[i];
    *io = (mc_io){.name = program->output_io[i].name, .desc = descs[i], .upper = descs[i].shape};
    if (model->is_static) {
      const mc_plan *largest = model->plans[model->gears.count > 0 ? model->largest_gear : 0];
      io->desc = largest->values[program->outputs[i]].desc;
      io->upper = io->desc.shape;
      for (int p = 0; p < model->n_plans; ++p) {
        const mc_shape *shape = &model->plans[p]->values[program->outputs[i]].desc.shape;
        for (int axis = 0; axis < io->desc.shape.rank && shape->rank == io->desc.shape.rank; ++axis) {
          io->desc.shape.dims[axis] = shape->dims[axis] == io->upper.dims[axis] ? io->desc.shape.dims[axis] : -1;
        }
      }
    }
    set_size(io);
  }
  free(descs);
  return status;
}
