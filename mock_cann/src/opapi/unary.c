/* Functions of each element, into another tensor or in place: computed in the result's type. */
#include "opapi/prepare.h"

static int apply(const char *function, const char *op, const aclTensor *self, const aclTensor *out,
                 uint64_t *workspaceSize, aclOpExecutor **executor) {
  mc_nn nn;
  mc_nn_begin(&nn, function, workspaceSize, executor);
  const int type = out == NULL ? MC_FLOAT : (int)out->dtype;
  mc_nn_in(&nn, self, "self", type);
  mc_nn_out(&nn, out, "out", type);
  return mc_nn_finish(&nn, op, workspaceSize, executor);
}

#define FUNCTION(name, op)                                                                                   \
  MC_NN(aclnn##name, const aclTensor *self, aclTensor *out) {                                                \
    return apply(__func__, op, self, out, workspaceSize, executor);                                          \
  }

#define BOTH(name)                                                                                           \
  FUNCTION(name, #name)                                                                                      \
  MC_NN(aclnnInplace##name, aclTensor *selfRef) {                                                            \
    return apply(__func__, #name, selfRef, selfRef, workspaceSize, executor);                                \
  }

BOTH(Acos)
BOTH(Acosh)
BOTH(Asin)
BOTH(Asinh)
BOTH(Atan)
BOTH(Atanh)
BOTH(Ceil)
BOTH(Cos)
BOTH(Cosh)
BOTH(Erf)
BOTH(Erfc)
BOTH(Exp)
BOTH(Expm1)
BOTH(Floor)
BOTH(Log)
BOTH(Log1p)
BOTH(Reciprocal)
BOTH(Relu)
BOTH(Rsqrt)
BOTH(Sigmoid)
BOTH(Sin)
BOTH(Sinh)
BOTH(Sqrt)
BOTH(Tan)
BOTH(Tanh)
FUNCTION(Abs, "Abs")
FUNCTION(Neg, "Neg")
FUNCTION(Round, "Round")
FUNCTION(Sign, "Sign")
FUNCTION(Trunc, "Trunc")
