/* Buffers into one run of a compiled operator. Descriptions and buffers are the program's and may be destroyed as soon as
 * the call returns; only the memory they lead to must live until the run is over. */
#include "acl/op_common/op.h"

static void bind_outputs(const mc_op_use *uses, int n_out, const aclDataBuffer *const *out, mc_binding *bindings) {
  for (int i = 0, at = 0; i < n_out; ++i) {
    if (uses[i] != MC_USE_ABSENT) {
      bindings[at++] = (mc_binding){.address = out[i]->data, .size = out[i]->size};
    }
  }
}

static void bind_inputs(const mc_op_use *uses, int n_in, const aclDataBuffer *const *in, mc_binding *bindings) {
  for (int i = 0, at = 0; i < n_in; ++i) {
    if (uses[i] == MC_USE_DEVICE || uses[i] == MC_USE_HOST) {
      bindings[at++] =
          (mc_binding){.address = in[i]->data, .size = in[i]->size, .on_host = uses[i] == MC_USE_HOST};
    }
  }
}

static int tell_shapes(const mc_op_use *uses, int n_out, const mc_binding *bindings, aclTensorDesc *const *out_desc) {
  for (int i = 0, at = 0; i < n_out; ++i) {
    if (uses[i] != MC_USE_ABSENT) {
      const mc_shape *shape = &bindings[at++].shape;
      TRY(dims_assign(&out_desc[i]->shape, shape->dims, (size_t)shape->rank));
    }
  }
  return MC_OK;
}

int mc_op_launch(const char *function, mc_single *single, const mc_op_use *uses, int n_in, const aclDataBuffer *const *in,
                 int n_out, const aclDataBuffer *const *out, aclTensorDesc *const *out_desc, aclrtStream handle) {
  mc_stream *stream = NULL;
  TRY(mc_stream_from_handle(function, handle, &stream));
  mc_binding few[MC_OP_FEW];
  mc_binding *bindings = few;
  const size_t count = (size_t)n_in + (size_t)n_out;
  if (count > MC_OP_FEW) {
    bindings = malloc(count * sizeof *bindings);
    if (bindings == NULL) {
      return no_host_memory(count * sizeof *bindings);
    }
  }
  mc_binding *outputs = bindings + n_in;
  bind_inputs(uses, n_in, in, bindings);
  bind_outputs(uses + n_in, n_out, out, outputs);
  int status = ge_answer(mc_single_launch(single, stream, bindings, outputs));
  if (status == MC_OK && out_desc != NULL) {
    status = tell_shapes(uses + n_in, n_out, outputs, out_desc);
  }
  if (bindings != few) {
    free(bindings);
  }
  return status;
}
