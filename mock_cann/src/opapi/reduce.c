/* Sums and means over axes, and softmax along one. */
#include "opapi/prepare.h"

static void set_flag(mc_nn *nn, const char *name, bool value) {
  mc_attr attr = {.name = strdup(name), .kind = MC_ATTR_BOOL, .b = value};
  if (!mc_attrs_set(&nn->attrs, &attr)) {
    nn->status = no_host_memory(sizeof attr);
  }
}

/* No axes are all axes. */
static int reduce(const char *function, const char *op, const aclTensor *self, const aclIntArray *axes, bool keep,
                  const aclTensor *out, uint64_t *workspaceSize, aclOpExecutor **executor) {
  mc_nn nn;
  int64_t all[MC_MAX_RANK];
  for (int i = 0; i < MC_MAX_RANK; ++i) {
    all[i] = i;
  }
  mc_nn_begin(&nn, function, workspaceSize, executor);
  if (mc_nn_need(&nn, self, "self") && mc_nn_need(&nn, out, "out")) {
    const bool given = axes != NULL && axes->count > 0;
    mc_nn_in(&nn, self, "self", (int)out->dtype);
    mc_nn_constant(&nn, given ? axes->values : all, given ? axes->count : (size_t)self->view.rank);
    mc_nn_out(&nn, out, "out", (int)out->dtype);
    set_flag(&nn, "keep_dims", keep);
  }
  return mc_nn_finish(&nn, op, workspaceSize, executor);
}

/* The result has the type asked for: that of `out`. */
static int check_type(const char *function, aclDataType dtype, const aclTensor *out) {
  if (out != NULL && out->dtype != dtype) {
    return mc_refuse(MC_NN_INVALID, "EH0012", function, "dtype",
                     MC_TEXT("it is %s, out has %s", mc_dtype_name((int)dtype), mc_dtype_name((int)out->dtype)));
  }
  return MC_OK;
}

MC_NN(aclnnReduceSum, const aclTensor *self, const aclIntArray *dims, bool keepDims, aclDataType dtype, aclTensor *out) {
  TRY(check_type(__func__, dtype, out));
  return reduce(__func__, "ReduceSum", self, dims, keepDims, out, workspaceSize, executor);
}

MC_NN(aclnnMean, const aclTensor *self, const aclIntArray *dim, bool keepDim, aclDataType dtype, aclTensor *out) {
  TRY(check_type(__func__, dtype, out));
  return reduce(__func__, "ReduceMean", self, dim, keepDim, out, workspaceSize, executor);
}

MC_NN(aclnnSoftmax, const aclTensor *self, int64_t dim, aclTensor *out) {
  MC_NN_BEGIN(nn);
  if (mc_nn_need(&nn, out, "out") && nn.status == MC_OK) {
    mc_nn_in(&nn, self, "self", (int)out->dtype);
    mc_nn_out(&nn, out, "out", (int)out->dtype);
    mc_attr axes = {.name = strdup("axes"), .kind = MC_ATTR_LIST_INT, .count = 1, .ints = malloc(sizeof(int64_t))};
    if (axes.ints != NULL) {
      axes.ints[0] = dim;
    }
    if (axes.ints == NULL || !mc_attrs_set(&nn.attrs, &axes)) {
      nn.status = no_host_memory(sizeof axes);
    }
  }
  MC_NN_END(nn, "SoftmaxV2");
}
