/* Matrix products of 2 and more dims. The last argument chooses a precision of the cube units, which have one here. */
#include "opapi/prepare.h"

static int multiply(const char *function, const aclTensor *self, const aclTensor *mat2, const aclTensor *out,
                    uint64_t *workspaceSize, aclOpExecutor **executor) {
  mc_nn nn;
  bool plain = false;
  mc_nn_begin(&nn, function, workspaceSize, executor);
  if (mc_nn_need(&nn, self, "self") && mc_nn_need(&nn, mat2, "mat2") && mc_nn_need(&nn, out, "out")) {
    const int type = (int)out->dtype;
    plain = self->view.rank == 2 && mat2->view.rank == 2;
    if (self->view.rank < 2 || mat2->view.rank < 2) {
      mc_nn_fail(&nn, self->view.rank < 2 ? "self" : "mat2", "fewer than 2 dims are not emulated");
    }
    mc_nn_in(&nn, self, "self", type);
    mc_nn_in(&nn, mat2, "mat2", type);
    mc_nn_out(&nn, out, "out", type);
  }
  return mc_nn_finish(&nn, plain ? "MatMulV2" : "BatchMatMulV2", workspaceSize, executor);
}

MC_NN(aclnnMatmul, const aclTensor *self, const aclTensor *mat2, aclTensor *out, int8_t cubeMathType) {
  (void)cubeMathType;
  return multiply(__func__, self, mat2, out, workspaceSize, executor);
}

MC_NN(aclnnMm, const aclTensor *self, const aclTensor *mat2, aclTensor *out, int8_t cubeMathType) {
  (void)cubeMathType;
  return multiply(__func__, self, mat2, out, workspaceSize, executor);
}

MC_NN(aclnnBatchMatMul, const aclTensor *self, const aclTensor *mat2, aclTensor *out, int8_t cubeMathType) {
  (void)cubeMathType;
  return multiply(__func__, self, mat2, out, workspaceSize, executor);
}
