/* Copies between views, with broadcast and change of type, and filling with one number. */
#include "opapi/prepare.h"

static int copy(const char *function, const aclTensor *to, const char *to_name, const aclTensor *from,
                const char *from_name, uint64_t *workspaceSize, aclOpExecutor **executor) {
  mc_nn nn;
  mc_nn_begin(&nn, function, workspaceSize, executor);
  if (mc_nn_need(&nn, to, to_name)) {
    mc_nn_in_as(&nn, from, from_name, (int)to->dtype, &to->view);
    mc_nn_out(&nn, to, to_name, (int)to->dtype);
  }
  return mc_nn_finish(&nn, "TensorMove", workspaceSize, executor);
}

MC_NN(aclnnInplaceCopy, aclTensor *selfRef, const aclTensor *src) {
  return copy(__func__, selfRef, "selfRef", src, "src", workspaceSize, executor);
}

MC_NN(aclnnCast, const aclTensor *self, const aclDataType dtype, aclTensor *out) {
  if (out != NULL && out->dtype != dtype) {
    return mc_refuse(MC_NN_INVALID, "EH0012", __func__, "dtype",
                     MC_TEXT("it is %s, out has %s", mc_dtype_name((int)dtype), mc_dtype_name((int)out->dtype)));
  }
  return copy(__func__, out, "out", self, "self", workspaceSize, executor);
}

static int fill(const char *function, const aclTensor *self, double value, uint64_t *workspaceSize,
                aclOpExecutor **executor) {
  mc_nn nn;
  mc_nn_begin(&nn, function, workspaceSize, executor);
  if (mc_nn_need(&nn, self, "selfRef")) {
    mc_nn_number(&nn, value, (int)self->dtype, &self->view);
    mc_nn_out(&nn, self, "selfRef", (int)self->dtype);
  }
  return mc_nn_finish(&nn, "TensorMove", workspaceSize, executor);
}

MC_NN(aclnnInplaceZero, aclTensor *selfRef) { return fill(__func__, selfRef, 0, workspaceSize, executor); }

MC_NN(aclnnInplaceOne, aclTensor *selfRef) { return fill(__func__, selfRef, 1, workspaceSize, executor); }

MC_NN(aclnnInplaceFillScalar, aclTensor *selfRef, const aclScalar *value) {
  if (value == NULL) {
    return mc_refuse(MC_NN_NULL, "EH0008", __func__, "value");
  }
  return fill(__func__, selfRef, mc_nn_value(value), workspaceSize, executor);
}
