/* Tensors of single operators that are views of something larger: operators see dense copies. */
#include <stdlib.h>

#include "graph/single_state.h"
#include "ops/strided.h"

enum { ALIGN = 64 };

int64_t mc_single_extent(const mc_single_view *view, const mc_desc *desc) {
  const int64_t count = mc_shape_count(&desc->shape), size = (int64_t)mc_dtype_size(desc->dtype);
  if (!view->strided || count <= 0) {
    return count < 0 ? -1 : mc_desc_bytes(desc);
  }
  int64_t last = 0, step;
  for (int i = 0; i < desc->shape.rank; ++i) {
    if (__builtin_mul_overflow(view->strides[i], desc->shape.dims[i] - 1, &step) ||
        __builtin_add_overflow(last, step, &last)) {
      return -1;
    }
  }
  int64_t bytes;
  return __builtin_mul_overflow(last + 1, size, &bytes) ? -1 : bytes;
}

static const mc_desc *in_desc(const mc_single_call *call, int index) { return &call->single->model->in[index]; }

static const mc_desc *out_desc(const mc_single_call *call, int index) { return mc_single_output(call->single, index); }

static size_t rounded(const mc_desc *desc) { return ((size_t)mc_desc_bytes(desc) + ALIGN - 1) / ALIGN * ALIGN; }

bool mc_single_views_prepare(mc_single_call *call) {
  size_t total = 0;
  for (int i = 0; i < mc_single_input_count(call->single); ++i) {
    total += call->in_views[i].strided ? rounded(in_desc(call, i)) : 0;
  }
  for (int i = 0; i < mc_single_output_count(call->single); ++i) {
    total += call->out_views[i].strided ? rounded(out_desc(call, i)) : 0;
  }
  if (total > call->packed_size) {
    free(call->packed);
    call->packed = aligned_alloc(ALIGN, total);
    call->packed_size = call->packed == NULL ? 0 : total;
  }
  return total <= call->packed_size;
}

static void copy(const mc_desc *desc, const int64_t *to, const int64_t *from, void *target, const void *source) {
  mc_strided plan;
  mc_strided_plan(&plan, desc->shape.rank, desc->shape.dims, to, from, mc_dtype_size(desc->dtype));
  mc_strided_run(&plan, target, source);
}

void mc_single_views_pack(mc_single_call *call, void **targets) {
  char *at = call->packed;
  int64_t dense[MC_MAX_RANK];
  for (int i = 0; i < mc_single_input_count(call->single); ++i) {
    if (call->in_views[i].strided) {
      const mc_desc *desc = in_desc(call, i);
      if (mc_desc_bytes(desc) > 0) {
        mc_dense_strides(&desc->shape, dense);
        copy(desc, dense, call->in_views[i].strides, at, call->in[i]);
      }
      call->in[i] = at;
      at += rounded(desc);
    }
  }
  for (int i = 0; i < mc_single_output_count(call->single); ++i) {
    targets[i] = call->out[i];
    if (call->out_views[i].strided) {
      call->out[i] = at;
      at += rounded(out_desc(call, i));
    }
  }
}

void mc_single_views_unpack(mc_single_call *call, void *const *targets) {
  int64_t dense[MC_MAX_RANK];
  for (int i = 0; i < mc_single_output_count(call->single); ++i) {
    const mc_desc *desc = out_desc(call, i);
    if (call->out_views[i].strided && mc_desc_bytes(desc) > 0) {
      mc_dense_strides(&desc->shape, dense);
      copy(desc, call->out_views[i].strides, dense, targets[i], call->out[i]);
    }
  }
}
