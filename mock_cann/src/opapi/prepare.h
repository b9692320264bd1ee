/*
 * How an aclnn operator is prepared: tensors and scalars one by one as inputs and outputs of one operator of the graph
 * layer, then compiled. Errors stick: the first one is what mc_nn_finish answers.
 */
#ifndef MC_OPAPI_PREPARE_H
#define MC_OPAPI_PREPARE_H

#include "opapi_base/objects.h"

typedef struct mc_nn {
  const char *function;
  int status; /* of the first thing that went wrong */
  mc_single_tensor in[MC_NN_IN], out[MC_NN_OUT];
  int n_in, n_out;
  mc_attrs attrs;
  aclOpExecutor *executor;
} mc_nn;

#pragma GCC visibility push(hidden)
/* Begins; the pointers that every first function has are checked here. */
void mc_nn_begin(mc_nn *nn, const char *function, const uint64_t *workspace, aclOpExecutor *const *executor);
/* A pointer argument that must be given; false when it is not. */
bool mc_nn_need(mc_nn *nn, const void *pointer, const char *name);

/* A tensor; the operator sees it as `dtype`. */
void mc_nn_in(mc_nn *nn, const aclTensor *tensor, const char *name, int dtype);
/* The same, broadcast to another shape. */
void mc_nn_in_as(mc_nn *nn, const aclTensor *tensor, const char *name, int dtype, const mc_shape *shape);
/* A number, converted to `dtype`; with a shape, a tensor full of it. */
void mc_nn_number(mc_nn *nn, double value, int dtype, const mc_shape *shape);
void mc_nn_scalar(mc_nn *nn, const aclScalar *scalar, const char *name, int dtype, const mc_shape *shape);
/* Contents to compile with; they must live until mc_nn_finish. */
void mc_nn_constant(mc_nn *nn, const int64_t *values, size_t count);
/* The operator's result is `dtype`; the tensor's own type is cast to. */
void mc_nn_out(mc_nn *nn, const aclTensor *tensor, const char *name, int dtype);

void mc_nn_fail(mc_nn *nn, const char *name, const char *reason);
int mc_nn_finish(mc_nn *nn, const char *type, uint64_t *workspace, aclOpExecutor **executor);

/* The second function of every operator. */
int mc_nn_run(const char *function, aclOpExecutor *executor, aclrtStream stream);

/* The type that two tensors, or a tensor and a number, are computed in. */
int mc_nn_promote(int a, int b);
int mc_nn_promote_number(int tensor, int number);
double mc_nn_value(const aclScalar *scalar);
#pragma GCC visibility pop

/* The second function; all have the same arguments. No operator here wants workspace. */
#define MC_NN_RUN(name)                                                                                      \
  aclnnStatus name(void *workspace, uint64_t workspaceSize, aclOpExecutor *executor, aclrtStream stream);    \
  aclnnStatus name(void *workspace, uint64_t workspaceSize, aclOpExecutor *executor, aclrtStream stream) {   \
    (void)workspace;                                                                                         \
    (void)workspaceSize;                                                                                     \
    return mc_nn_run(#name, executor, stream);                                                               \
  }

/* The first function, its arguments before the two that all have, and the second one. The body ends with mc_nn_finish. */
#define MC_NN(name, ...)                                                                                     \
  MC_NN_RUN(name)                                                                                            \
  aclnnStatus name##GetWorkspaceSize(__VA_ARGS__, uint64_t *workspaceSize, aclOpExecutor **executor);        \
  aclnnStatus name##GetWorkspaceSize(__VA_ARGS__, uint64_t *workspaceSize, aclOpExecutor **executor)

#define MC_NN_BEGIN(nn)                                                                                      \
  mc_nn nn;                                                                                                  \
  mc_nn_begin(&nn, __func__, workspaceSize, executor)

#define MC_NN_END(nn, type) return mc_nn_finish(&nn, type, workspaceSize, executor)

#endif
