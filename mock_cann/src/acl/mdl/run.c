/*
 * Datasets into bindings and back.
 *
 * Two kinds of models answer differently, as in CANN: static ones (gears included) compare counts and sizes
 * and fold what is wrong into 500002; dynamic ones take each input's shape from the dataset and refuse with
 * 100000.
 */
#include "acl/mdl/run.h"

enum { SLACK = 64, ALLOCATION_UNIT = 32 };

static int reserve(mc_run_io *io) {
  const size_t n_in = (size_t)io->n_in, n_out = (size_t)io->n_out;
  io->in = io->room->bindings;
  io->out = io->room->bindings + MC_RUN_FEW;
  io->blocks = io->room->blocks;
  if (n_in > MC_RUN_FEW || n_out > MC_RUN_FEW) {
    const size_t size = (n_in + n_out) * sizeof *io->in + n_out * sizeof *io->blocks;
    io->many = malloc(size);
    if (io->many == NULL) {
      return no_host_memory(size);
    }
    io->in = io->many;
    io->out = io->in + n_in;
    io->blocks = (void **)(io->out + n_out);
  }
  return MC_OK;
}

void mc_run_io_free(mc_run_io *io) {
  free(io->many);
}

static void bind(mc_binding *binding, const aclDataBuffer *buffer) {
  *binding = (mc_binding){.address = buffer->data, .size = buffer->size, .shape = {.rank = MC_RANK_UNKNOWN}};
}

/* ---- static models ---- */

static int check_count(const char *code, const char *side, size_t given, int needed) {
  if (given != (size_t)needed) {
    return mc_refuse(ACL_ERROR_GE_FAILURE, code,
                     MC_TEXT("the dataset has %zu %s buffers, the model has %d", given, side, needed));
  }
  return MC_OK;
}

/* The hardware touches what the model needs, whatever the buffer says: the slack lets small tensors pass. */
static int check_size(const char *code, const mc_io *io, int index, mc_binding *binding) {
  if (binding->size + SLACK < (size_t)io->size) {
    return mc_refuse(ACL_ERROR_GE_FAILURE, code,
                     MC_TEXT("buffer %d ('%.60s') has %zu bytes, the model needs %lld", index, io->name,
                             binding->size, (long long)io->size));
  }
  if (binding->size < (size_t)io->size) {
    binding->size = (size_t)io->size;
  }
  return MC_OK;
}

static int bind_static(mc_run_io *io) {
  const bool gear = io->in_set->gear.count > 0;
  TRY(check_count("E13025", "input", io->in_set->count, io->n_in));
  TRY(check_count("E13031", "output", io->out_set->count, io->n_out));
  TRY(reserve(io));
  for (int i = 0; i < io->n_in; ++i) {
    bind(&io->in[i], io->in_set->items[i].buffer);
    if (!gear) {
      TRY(check_size("E13025", mc_model_input(io->model, i), i, &io->in[i]));
    }
  }
  for (int i = 0; i < io->n_out; ++i) {
    bind(&io->out[i], io->out_set->items[i].buffer);
    if (!gear && (io->out[i].address != NULL || !io->allocates)) {
      TRY(check_size("E13031", mc_model_output(io->model, i), i, &io->out[i]));
    }
  }
  return MC_OK;
}

/* ---- dynamic models ---- */

static bool within(const mc_shape *shape, const mc_io *io) {
  const mc_shape *declared = &io->desc.shape;
  if (!mc_shape_known(shape) || (declared->rank >= 0 && declared->rank != shape->rank)) {
    return false;
  }
  for (int axis = 0; axis < declared->rank; ++axis) {
    const int64_t dim = shape->dims[axis], upper = io->upper.dims[axis];
    if (declared->dims[axis] >= 0 ? dim != declared->dims[axis] : upper >= 0 && dim > upper) {
      return false;
    }
  }
  return true;
}

/* The dataset's description if there is one, else the model's. */
static int shape_of(const mc_run_io *io, int index, mc_shape *shape) {
  const mc_io *declared = mc_model_input(io->model, index);
  const aclTensorDesc *desc = io->in_set->items[index].desc;
  *shape = declared->desc.shape;
  if (desc != NULL) {
    REFUSE_UNLESS(desc->shape.count <= MC_MAX_RANK, desc->shape.count, "the tensor description's rank",
                  "at most 25");
    shape->rank = rank_unknown(&desc->shape) ? MC_RANK_UNKNOWN : (int)desc->shape.count;
    if (shape->rank > 0) {
      memcpy(shape->dims, desc->shape.dims, desc->shape.count * sizeof shape->dims[0]);
    }
  }
  if (!within(shape, declared)) {
    char a[MC_SHAPE_TEXT], b[MC_SHAPE_TEXT];
    return mc_refuse(
        MC_INVALID_PARAM, "EH0012", "aclmdlExecute", MC_TEXT("input %d ('%.60s')", index, declared->name),
        desc == NULL ? MC_TEXT("the model takes %.80s; tell the actual shape with "
                               "aclmdlSetDatasetTensorDesc",
                               mc_shape_text(&declared->desc.shape, b))
                     : MC_TEXT("shape %.70s is not within the model's %.70s", mc_shape_text(shape, a),
                               mc_shape_text(&declared->desc.shape, b)));
  }
  return MC_OK;
}

static int bind_dynamic(mc_run_io *io) {
  REFUSE_UNLESS(io->in_set->count >= (size_t)io->n_in, io->in_set->count,
                "the input dataset's number of buffers",
                MC_TEXT("%d, as many as the model has inputs", io->n_in));
  TRY(reserve(io));
  for (int i = 0; i < io->n_in; ++i) {
    bind(&io->in[i], io->in_set->items[i].buffer);
    TRY(shape_of(io, i, &io->in[i].shape));
  }
  if (io->out_set->count < (size_t)io->n_out) {
    return check_count("E13031", "output", io->out_set->count, io->n_out);
  }
  for (int i = 0; i < io->n_out; ++i) {
    bind(&io->out[i], io->out_set->items[i].buffer);
    io->blocks[i] = NULL;
  }
  return MC_OK;
}

int mc_run_io_bind(mc_run_io *io) {
  io->n_in = mc_model_input_count(io->model);
  io->n_out = mc_model_output_count(io->model);
  return mc_model_is_static(io->model) ? bind_static(io) : bind_dynamic(io);
}

/* ---- outputs ---- */

int mc_run_io_allocate(const char *function, mc_run_io *io) {
  for (int i = 0; i < io->n_out; ++i) {
    const size_t size = (size_t)mc_model_output(io->model, i)->size;
    if (io->out_set->items[i].buffer->data == NULL && size > 0) {
      const size_t grown = (size + ALLOCATION_UNIT - 1) / ALLOCATION_UNIT * ALLOCATION_UNIT + ALLOCATION_UNIT;
      const int status = mc_device_malloc(function, grown, 0, &io->out[i].address);
      if (status != MC_OK) {
        mc_run_io_take_back(io);
        return status;
      }
      io->out[i].size = size;
    }
  }
  return MC_OK;
}

void mc_run_io_take_back(mc_run_io *io) {
  for (int i = 0; i < io->n_out; ++i) {
    if (io->out_set->items[i].buffer->data == NULL && io->out[i].address != NULL) {
      (void)mc_device_free("aclmdlExecute", io->out[i].address);
      io->out[i].address = NULL;
    }
  }
}

/* Replaces the output's description by one of what the run made. */
static int tell_desc(mc_dataset_item *item, const mc_binding *out, const mc_shape *shape) {
  aclTensorDesc *desc =
      aclCreateTensorDesc((aclDataType)out->dtype, shape->rank, shape->dims, (aclFormat)out->format);
  if (desc == NULL) {
    return ACL_ERROR_BAD_ALLOC;
  }
  aclDestroyTensorDesc(item->desc);
  item->desc = desc;
  return MC_OK;
}

int mc_run_io_tell(mc_run_io *io) {
  const bool dynamic = !mc_model_is_static(io->model), gears = mc_model_gear_count(io->model) > 0;
  for (int i = 0; i < io->n_out; ++i) {
    mc_dataset_item *item = &io->out_set->items[i];
    const mc_binding *out = &io->out[i];
    if (item->buffer->data == NULL && out->address != NULL) {
      *item->buffer = (aclDataBuffer){out->address, out->size};
    }
    if (dynamic || (gears && item->desc != NULL)) {
      TRY(tell_desc(item, out, &out->shape));
    }
  }
  return MC_OK;
}
