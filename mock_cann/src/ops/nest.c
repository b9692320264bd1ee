/* Strides of dense operands under broadcasting, then merging of neighbouring dims. */
#include "ops/nest.h"

void mc_nest_make(mc_nest *nest, const mc_shape *out, const mc_shape *const *shapes, int operands) {
  *nest = (mc_nest){.operands = operands, .rank = 1, .count = mc_shape_count(out), .dims = {1}, .flat = true};
  int64_t step[MC_NEST_OPERANDS]; /* dense stride of the dim at hand */
  for (int k = 0; k < operands; ++k) {
    step[k] = 1;
    const int64_t count = mc_shape_count(shapes[k]);
    nest->scalars |= count == 1 ? 1u << k : 0u;
    nest->flat &= count == 1 || count == nest->count;
  }
  if (nest->count <= 0) {
    nest->count = 0; /* nothing to walk, and the strides of an empty tensor may not even fit */
    return;
  }
  /* Dims are collected innermost first and turned round at the end. */
  int rank = 0;
  for (int d = out->rank - 1; d >= 0; --d) {
    const int64_t dim = out->dims[d];
    if (dim == 1) {
      continue;
    }
    int64_t stride[MC_NEST_OPERANDS];
    bool merges = rank > 0;
    for (int k = 0; k < operands; ++k) {
      const int own = d - (out->rank - shapes[k]->rank);
      const int64_t size = own < 0 ? 1 : shapes[k]->dims[own];
      stride[k] = size == 1 ? 0 : step[k];
      step[k] *= size;
      merges = merges && stride[k] == nest->strides[k][rank - 1] * nest->dims[rank - 1];
    }
    if (merges) {
      nest->dims[rank - 1] *= dim;
      continue;
    }
    nest->dims[rank] = dim;
    for (int k = 0; k < operands; ++k) {
      nest->strides[k][rank] = stride[k];
    }
    ++rank;
  }
  nest->rank = rank == 0 ? 1 : rank;
  for (int i = 0, j = nest->rank - 1; i < j; ++i, --j) {
    const int64_t dim = nest->dims[i];
    nest->dims[i] = nest->dims[j];
    nest->dims[j] = dim;
    for (int k = 0; k < operands; ++k) {
      const int64_t stride = nest->strides[k][i];
      nest->strides[k][i] = nest->strides[k][j];
      nest->strides[k][j] = stride;
    }
  }
}

int64_t mc_nest_seek(const mc_nest *nest, mc_nest_at *at, int64_t begin) {
  const int inner = nest->rank - 1;
  const int64_t into = begin % nest->dims[inner];
  int64_t rest = begin / nest->dims[inner];
  for (int k = 0; k < nest->operands; ++k) {
    at->offset[k] = 0;
  }
  for (int d = inner - 1; d >= 0; --d) {
    at->index[d] = rest % nest->dims[d];
    rest /= nest->dims[d];
    for (int k = 0; k < nest->operands; ++k) {
      at->offset[k] += at->index[d] * nest->strides[k][d];
    }
  }
  return into;
}

void mc_nest_next(const mc_nest *nest, mc_nest_at *at) {
  for (int d = nest->rank - 2; d >= 0; --d) {
    const bool carry = ++at->index[d] == nest->dims[d];
    for (int k = 0; k < nest->operands; ++k) {
      at->offset[k] += carry ? -nest->strides[k][d] * (nest->dims[d] - 1) : nest->strides[k][d];
    }
    if (!carry) {
      return;
    }
    at->index[d] = 0;
  }
}
