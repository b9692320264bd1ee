/* Tensors that are views into bindings, and the call that is prepared with them. */
#include "opapi/prepare.h"

#include "watch/counts.h"

void mc_nn_begin(mc_nn *nn, const char *function, const uint64_t *workspace, aclOpExecutor *const *executor) {
  *nn = (mc_nn){.function = function};
  if (mc_nn_need(nn, workspace, "workspaceSize") && mc_nn_need(nn, executor, "executor")) {
    nn->executor = calloc(1, sizeof *nn->executor);
    nn->status = nn->executor == NULL ? no_host_memory(sizeof *nn->executor) : MC_OK;
  }
}

bool mc_nn_need(mc_nn *nn, const void *pointer, const char *name) {
  if (pointer == NULL && nn->status == MC_OK) {
    nn->status = mc_refuse(MC_NN_NULL, "EH0008", nn->function, name);
  }
  return pointer != NULL;
}

void mc_nn_fail(mc_nn *nn, const char *name, const char *reason) {
  if (nn->status == MC_OK) {
    nn->status = mc_refuse(MC_NN_INVALID, "EH0012", nn->function, name, reason);
  }
}

static bool is_dense(const mc_shape *shape, const int64_t *strides) {
  int64_t dense = 1;
  for (int i = shape->rank - 1; i >= 0; --i) {
    if (shape->dims[i] != 1 && strides[i] != dense) {
      return false;
    }
    dense *= shape->dims[i];
  }
  return true;
}

/* The binding of a view; what lies between its first element and the end of the storage is what it may touch. */
static void bind(mc_nn *nn, const aclTensor *tensor, const char *name, mc_single_tensor *to, mc_binding *binding,
                 mc_single_view *view) {
  const size_t size = mc_dtype_size((int)tensor->dtype);
  const int64_t stored = mc_shape_count(&tensor->storage);
  *to = (mc_single_tensor){.present = true, .desc = {(int)tensor->dtype, MC_FORMAT_ND, tensor->view}};
  if (size == 0) {
    mc_nn_fail(nn, name, MC_TEXT("its type %d is not emulated", (int)tensor->dtype));
    return;
  }
  if ((tensor->format == ACL_FORMAT_FRACTAL_NZ || tensor->format == ACL_FORMAT_NC1HWC0) && tensor->view.rank > 0) {
    mc_nn_fail(nn, name, MC_TEXT("its format %d is not emulated", (int)tensor->format));
    return;
  }
  const int64_t left = stored < tensor->offset ? 0 : stored - tensor->offset;
  *binding = (mc_binding){.address = (char *)tensor->data + (size_t)tensor->offset * size, .size = (size_t)left * size};
  view->strided = mc_shape_count(&tensor->view) > 0 && !is_dense(&tensor->view, tensor->strides);
  memcpy(view->strides, tensor->strides, sizeof view->strides);
}

static int next_in(mc_nn *nn) {
  if (nn->n_in == MC_NN_IN) {
    mc_nn_fail(nn, "inputs", "more than 8 are not emulated");
  }
  return nn->status == MC_OK ? nn->n_in++ : -1;
}

void mc_nn_in(mc_nn *nn, const aclTensor *tensor, const char *name, int dtype) {
  const int at = mc_nn_need(nn, tensor, name) ? next_in(nn) : -1;
  if (at >= 0) {
    bind(nn, tensor, name, &nn->in[at], &nn->executor->in[at], &nn->executor->in_views[at]);
    nn->in[at].computed = dtype + 1;
  }
}

void mc_nn_in_as(mc_nn *nn, const aclTensor *tensor, const char *name, int dtype, const mc_shape *shape) {
  const int at = nn->n_in;
  mc_nn_in(nn, tensor, name, dtype);
  if (nn->status != MC_OK || mc_shape_equal(&tensor->view, shape)) {
    return;
  }
  mc_single_view *view = &nn->executor->in_views[at];
  const int extra = shape->rank - tensor->view.rank;
  for (int i = shape->rank - 1; i >= 0; --i) {
    const int64_t dim = i < extra ? 1 : tensor->view.dims[i - extra];
    if (extra < 0 || (dim != 1 && dim != shape->dims[i])) {
      char a[MC_SHAPE_TEXT], b[MC_SHAPE_TEXT];
      mc_nn_fail(nn, name, MC_TEXT("its shape %.60s cannot be broadcast to %.60s", mc_shape_text(&tensor->view, a),
                                   mc_shape_text(shape, b)));
      return;
    }
    view->strides[i] = dim == 1 ? 0 : tensor->strides[i - extra];
  }
  view->strided = mc_shape_count(shape) > 0;
  nn->in[at].desc.shape = *shape;
}

static void store(double value, int dtype, void *to) {
  switch (dtype) {
  case MC_FLOAT:
    *(float *)to = (float)value;
    break;
  case MC_DOUBLE:
    *(double *)to = value;
    break;
  case MC_INT64:
    *(int64_t *)to = (int64_t)value;
    break;
  default:
    break;
  }
}

/* Numbers travel as what holds them exactly and are cast by the operator's own cast. */
void mc_nn_number(mc_nn *nn, double value, int dtype, const mc_shape *shape) {
  const int at = next_in(nn);
  if (at < 0) {
    return;
  }
  const bool whole = value >= -0x1p62 && value <= 0x1p62 && (double)(int64_t)value == value;
  const int carried = whole && dtype != MC_FLOAT && dtype != MC_DOUBLE ? MC_INT64 : MC_DOUBLE;
  const bool direct = dtype == MC_FLOAT;
  mc_single_tensor *tensor = &nn->in[at];
  *tensor = (mc_single_tensor){.present = true, .desc = {direct ? MC_FLOAT : carried, MC_FORMAT_ND, {0, {0}}},
                               .computed = dtype + 1};
  store(value, tensor->desc.dtype, nn->executor->scalars[at]);
  nn->executor->in[at] = (mc_binding){.address = nn->executor->scalars[at], .size = 8, .on_host = true};
  if (shape != NULL && shape->rank > 0) {
    tensor->desc.shape = *shape;
    nn->executor->in_views[at].strided = mc_shape_count(shape) > 0; /* with strides of 0 */
  }
}

void mc_nn_scalar(mc_nn *nn, const aclScalar *scalar, const char *name, int dtype, const mc_shape *shape) {
  if (mc_nn_need(nn, scalar, name)) {
    mc_nn_number(nn, mc_nn_value(scalar), dtype, shape);
  }
}

void mc_nn_constant(mc_nn *nn, const int64_t *values, size_t count) {
  const int at = next_in(nn);
  if (at >= 0) {
    nn->in[at] = (mc_single_tensor){.present = true, .desc = {MC_INT64, MC_FORMAT_ND, {1, {(int64_t)count}}},
                                    .constant = values};
  }
}

void mc_nn_out(mc_nn *nn, const aclTensor *tensor, const char *name, int dtype) {
  if (mc_nn_need(nn, tensor, name) && nn->status == MC_OK) {
    const int at = nn->n_out++;
    bind(nn, tensor, name, &nn->out[at], &nn->executor->out[at], &nn->executor->out_views[at]);
    nn->out[at].computed = dtype + 1;
  }
}

int mc_nn_finish(mc_nn *nn, const char *type, uint64_t *workspace, aclOpExecutor **executor) {
  if (nn->status == MC_OK) {
    const mc_single_request request = {type, nn->in, nn->out, nn->n_in, nn->n_out, &nn->attrs};
    nn->status = mc_single_compile(&request, &nn->executor->single) == 0 ? MC_OK : MC_NN_INVALID;
  }
  mc_attrs_free(&nn->attrs);
  if (nn->status != MC_OK) {
    free(nn->executor);
    return nn->status;
  }
  /* Constants are no inputs of a run. */
  int kept = 0;
  for (int i = 0; i < nn->n_in; ++i) {
    if (nn->in[i].constant == NULL) {
      nn->executor->in[kept] = nn->executor->in[i];
      nn->executor->in_views[kept] = nn->executor->in_views[i];
      kept += 1;
    }
  }
  *workspace = 0;
  *executor = nn->executor;
  return MC_OK;
}

int mc_nn_run(const char *function, aclOpExecutor *executor, aclrtStream handle) {
  mc_stream *stream = NULL;
  if (executor == NULL) {
    return mc_refuse(MC_NN_NULL, "EH0008", function, "executor");
  }
  int status = mc_stream_from_handle(function, handle, &stream);
  status = status != MC_OK ? status
                           : ge_answer(mc_single_launch_views(executor->single, stream, executor->in, executor->in_views,
                                                              executor->out, executor->out_views));
  if (status == MC_OK) {
    mc_count_add(MC_COUNT_ACLNN_RUNS);
  }
  if (!executor->repeatable) {
    mc_single_release(executor->single);
    free(executor);
  }
  return status;
}
