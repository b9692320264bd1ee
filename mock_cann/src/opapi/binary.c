/* Arithmetic of two tensors, or of a tensor and a number: computed in the result's type. */
#include "opapi/prepare.h"

static int out_type(const aclTensor *out) { return out == NULL ? MC_FLOAT : (int)out->dtype; }

static void set_alpha(mc_nn *nn, float alpha) {
  mc_attr attr = {.name = strdup("alpha"), .kind = MC_ATTR_FLOAT, .f = alpha};
  if (!mc_attrs_set(&nn->attrs, &attr)) {
    nn->status = no_host_memory(sizeof attr);
  }
}

/* self + sign * alpha * other. */
static int add(const char *function, const aclTensor *self, const aclTensor *other, const aclScalar *alpha, double sign,
               const aclTensor *out, uint64_t *workspaceSize, aclOpExecutor **executor) {
  mc_nn nn;
  mc_nn_begin(&nn, function, workspaceSize, executor);
  const int type = out_type(out);
  mc_nn_in(&nn, self, "self", type);
  mc_nn_in(&nn, other, "other", type);
  mc_nn_out(&nn, out, "out", type);
  const double factor = mc_nn_need(&nn, alpha, "alpha") ? mc_nn_value(alpha) : 1;
  if (factor != 1 && nn.status == MC_OK) {
    set_alpha(&nn, (float)(sign * factor));
  }
  return mc_nn_finish(&nn, factor != 1 ? "Axpy" : sign > 0 ? "Add" : "Sub", workspaceSize, executor);
}

static int add_number(const char *function, const aclTensor *self, const aclScalar *other, const aclScalar *alpha,
                      double sign, const aclTensor *out, uint64_t *workspaceSize, aclOpExecutor **executor) {
  mc_nn nn;
  mc_nn_begin(&nn, function, workspaceSize, executor);
  const int type = out_type(out);
  mc_nn_in(&nn, self, "self", type);
  if (mc_nn_need(&nn, other, "other") && mc_nn_need(&nn, alpha, "alpha")) {
    mc_nn_number(&nn, mc_nn_value(other) * mc_nn_value(alpha), type, NULL);
  }
  mc_nn_out(&nn, out, "out", type);
  return mc_nn_finish(&nn, sign > 0 ? "Add" : "Sub", workspaceSize, executor);
}

#define SUM(name, sign)                                                                                      \
  MC_NN(aclnn##name, const aclTensor *self, const aclTensor *other, const aclScalar *alpha, aclTensor *out) {  \
    return add(__func__, self, other, alpha, sign, out, workspaceSize, executor);                            \
  }                                                                                                          \
  MC_NN(aclnn##name##s, const aclTensor *self, const aclScalar *other, const aclScalar *alpha,               \
        aclTensor *out) {                                                                                    \
    return add_number(__func__, self, other, alpha, sign, out, workspaceSize, executor);                     \
  }                                                                                                          \
  MC_NN(aclnnInplace##name, aclTensor *selfRef, const aclTensor *other, const aclScalar *alpha) {            \
    return add(__func__, selfRef, other, alpha, sign, selfRef, workspaceSize, executor);                     \
  }                                                                                                          \
  MC_NN(aclnnInplace##name##s, aclTensor *selfRef, const aclScalar *other, const aclScalar *alpha) {         \
    return add_number(__func__, selfRef, other, alpha, sign, selfRef, workspaceSize, executor);              \
  }

SUM(Add, 1)
SUM(Sub, -1)

static int apply(const char *function, const char *op, const aclTensor *self, const aclTensor *other,
                 const aclTensor *out, int type, int result, uint64_t *workspaceSize, aclOpExecutor **executor) {
  mc_nn nn;
  mc_nn_begin(&nn, function, workspaceSize, executor);
  mc_nn_in(&nn, self, "self", type);
  mc_nn_in(&nn, other, "other", type);
  mc_nn_out(&nn, out, "out", result);
  return mc_nn_finish(&nn, op, workspaceSize, executor);
}

static int apply_number(const char *function, const char *op, const aclTensor *self, const aclScalar *other,
                        const aclTensor *out, int type, int result, uint64_t *workspaceSize, aclOpExecutor **executor) {
  mc_nn nn;
  mc_nn_begin(&nn, function, workspaceSize, executor);
  mc_nn_in(&nn, self, "self", type);
  mc_nn_scalar(&nn, other, "other", type, NULL);
  mc_nn_out(&nn, out, "out", result);
  return mc_nn_finish(&nn, op, workspaceSize, executor);
}

#define PRODUCT(name, op)                                                                                    \
  MC_NN(aclnn##name, const aclTensor *self, const aclTensor *other, aclTensor *out) {                        \
    return apply(__func__, op, self, other, out, out_type(out), out_type(out), workspaceSize, executor);     \
  }                                                                                                          \
  MC_NN(aclnn##name##s, const aclTensor *self, const aclScalar *other, aclTensor *out) {                     \
    return apply_number(__func__, op, self, other, out, out_type(out), out_type(out), workspaceSize, executor); \
  }                                                                                                          \
  MC_NN(aclnnInplace##name, aclTensor *selfRef, const aclTensor *other) {                                    \
    return apply(__func__, op, selfRef, other, selfRef, out_type(selfRef), out_type(selfRef), workspaceSize, \
                 executor);                                                                                  \
  }                                                                                                          \
  MC_NN(aclnnInplace##name##s, aclTensor *selfRef, const aclScalar *other) {                                 \
    return apply_number(__func__, op, selfRef, other, selfRef, out_type(selfRef), out_type(selfRef),         \
                        workspaceSize, executor);                                                            \
  }

PRODUCT(Mul, "Mul")
PRODUCT(Div, "RealDiv")

#define EXTREME(name)                                                                                        \
  MC_NN(aclnn##name, const aclTensor *self, const aclTensor *other, aclTensor *out) {                        \
    return apply(__func__, #name, self, other, out, out_type(out), out_type(out), workspaceSize, executor);  \
  }

EXTREME(Maximum)
EXTREME(Minimum)

/* Comparisons see both sides in their common type and answer truth values. */
static int common(const aclTensor *self, const aclTensor *other) {
  return self == NULL || other == NULL ? MC_FLOAT : mc_nn_promote((int)self->dtype, (int)other->dtype);
}

static int common_number(const aclTensor *self, const aclScalar *other) {
  return self == NULL || other == NULL ? MC_FLOAT : mc_nn_promote_number((int)self->dtype, (int)other->dtype);
}

#define COMPARISON(name, op)                                                                                 \
  MC_NN(aclnn##name##Tensor, const aclTensor *self, const aclTensor *other, aclTensor *out) {                \
    return apply(__func__, op, self, other, out, common(self, other), MC_BOOL, workspaceSize, executor);     \
  }                                                                                                          \
  MC_NN(aclnn##name##Scalar, const aclTensor *self, const aclScalar *other, aclTensor *out) {                \
    return apply_number(__func__, op, self, other, out, common_number(self, other), MC_BOOL, workspaceSize,  \
                        executor);                                                                           \
  }

COMPARISON(Eq, "Equal")
COMPARISON(Ne, "NotEqual")
COMPARISON(Gt, "Greater")
COMPARISON(Ge, "GreaterEqual")
COMPARISON(Lt, "Less")
COMPARISON(Le, "LessEqual")
