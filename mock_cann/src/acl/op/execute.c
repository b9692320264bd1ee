/* Executing operators that are compiled already, by description or by handle, and asking for shapes. */
#include "acl/op_common/op.h"

struct aclopHandle {
  mc_single *single;
  int n_in, n_out;
  mc_op_use uses[]; /* inputs, then outputs */
};

static int execute(const mc_op_args *args, aclTensorDesc *const *out_desc, aclrtStream stream) {
  mc_op_read read;
  int status = mc_op_read_args(args, &read);
  if (status == MC_OK) {
    mc_single *single = mc_single_find(&read.request);
    status = single == NULL ? mc_op_not_found(args->function, args->type)
                            : mc_op_launch(args->function, single, read.uses, args->n_in, args->in, args->n_out,
                                           args->out, out_desc, stream);
    mc_single_release(single);
  }
  mc_op_read_free(&read);
  return status;
}

aclError aclopExecute(const char *opType, int numInputs, const aclTensorDesc *const inputDesc[],
                      const aclDataBuffer *const inputs[], int numOutputs, const aclTensorDesc *const outputDesc[],
                      aclDataBuffer *const outputs[], const aclopAttr *attr, aclrtStream stream) {
  const mc_op_args args = {__func__, opType, numInputs, numOutputs, inputDesc, outputDesc,
                           inputs, (const aclDataBuffer *const *)outputs, attr, false};
  return execute(&args, NULL, stream);
}

aclError aclopExecuteV2(const char *opType, int numInputs, aclTensorDesc *inputDesc[], aclDataBuffer *inputs[],
                        int numOutputs, aclTensorDesc *outputDesc[], aclDataBuffer *outputs[], aclopAttr *attr,
                        aclrtStream stream) {
  const mc_op_args args = {__func__, opType, numInputs, numOutputs,
                           (const aclTensorDesc *const *)inputDesc, (const aclTensorDesc *const *)outputDesc,
                           (const aclDataBuffer *const *)inputs, (const aclDataBuffer *const *)outputs, attr, false};
  return execute(&args, outputDesc, stream);
}

/* ---- handles ---- */

static int make_handle(const mc_op_args *args, const mc_op_read *read, aclopHandle **handle) {
  mc_single *single = mc_single_find(&read->request);
  if (single == NULL) {
    return mc_op_not_found(args->function, args->type);
  }
  const size_t count = (size_t)args->n_in + (size_t)args->n_out;
  aclopHandle *made = malloc(sizeof *made + count * sizeof made->uses[0]);
  if (made == NULL) {
    mc_single_release(single);
    return no_host_memory(sizeof *made);
  }
  made->single = single;
  made->n_in = args->n_in;
  made->n_out = args->n_out;
  memcpy(made->uses, read->uses, count * sizeof made->uses[0]);
  *handle = made;
  return MC_OK;
}

aclError aclopCreateHandle(const char *opType, int numInputs, const aclTensorDesc *const inputDesc[], int numOutputs,
                           const aclTensorDesc *const outputDesc[], const aclopAttr *opAttr, aclopHandle **handle) {
  REQUIRE(handle);
  const mc_op_args args = {__func__, opType, numInputs, numOutputs, inputDesc, outputDesc, NULL, NULL, opAttr, false};
  mc_op_read read;
  int status = mc_op_read_args(&args, &read);
  status = status != MC_OK ? status : make_handle(&args, &read, handle);
  mc_op_read_free(&read);
  return status;
}

void aclopDestroyHandle(aclopHandle *handle) {
  if (handle != NULL) {
    mc_single_release(handle->single);
    free(handle);
  }
}

aclError aclopExecWithHandle(aclopHandle *handle, int numInputs, const aclDataBuffer *const inputs[], int numOutputs,
                             aclDataBuffer *const outputs[], aclrtStream stream) {
  REQUIRE(handle);
  REFUSE_UNLESS(numInputs == handle->n_in, numInputs, "numInputs", "as many as the handle was created with");
  REFUSE_UNLESS(numOutputs == handle->n_out, numOutputs, "numOutputs", "as many as the handle was created with");
  TRY(mc_op_check_list(__func__, numInputs, (const void *const *)inputs, "numInputs", "inputs"));
  TRY(mc_op_check_list(__func__, numOutputs, (const void *const *)outputs, "numOutputs", "outputs"));
  return mc_op_launch(__func__, handle->single, handle->uses, numInputs, inputs, numOutputs,
                      (const aclDataBuffer *const *)outputs, NULL, stream);
}

/* ---- shapes ---- */

/* Buffers hold contents on the host, which some operators' shapes depend on. */
static int contents(const mc_op_args *args, mc_single_tensor *tensors, const mc_op_use *uses) {
  for (int i = 0; i < args->n_in; ++i) {
    if (uses[i] == MC_USE_DEVICE || uses[i] == MC_USE_HOST) {
      const int64_t bytes = mc_desc_bytes(&tensors[i].desc);
      if (args->in[i]->data == NULL || bytes < 0) {
        continue;
      }
      REFUSE_UNLESS(mc_memory_place(args->in[i]->data) != MC_PLACE_DEVICE, i, "inputs", "buffers in host memory");
      REFUSE_UNLESS(args->in[i]->size >= (size_t)bytes, args->in[i]->size, "inputs",
                    "buffers as large as their descriptions say");
      tensors[i].constant = args->in[i]->data;
    }
  }
  return MC_OK;
}

static int infer(const mc_op_args *args, mc_op_read *read, aclTensorDesc *const *out_desc) {
  TRY(contents(args, (mc_single_tensor *)(uintptr_t)read->request.in, read->uses));
  mc_single *single = NULL;
  TRY(ge_answer(mc_single_compile(&read->request, &single)));
  int status = MC_OK;
  for (int i = 0, at = 0; i < args->n_out && status == MC_OK; ++i) {
    if (read->uses[args->n_in + i] != MC_USE_ABSENT) {
      const mc_shape *shape = &mc_single_output(single, at++)->shape;
      const int64_t unknown = MC_DIM_UNKNOWN_RANK;
      status = shape->rank < 0 ? dims_assign(&out_desc[i]->shape, &unknown, 1)
                               : dims_assign(&out_desc[i]->shape, shape->dims, (size_t)shape->rank);
    }
  }
  mc_single_release(single);
  return status;
}

aclError aclopInferShape(const char *opType, int numInputs, aclTensorDesc *inputDesc[], aclDataBuffer *inputs[],
                         int numOutputs, aclTensorDesc *outputDesc[], aclopAttr *attr) {
  const mc_op_args args = {__func__, opType, numInputs, numOutputs,
                           (const aclTensorDesc *const *)inputDesc, (const aclTensorDesc *const *)outputDesc,
                           (const aclDataBuffer *const *)inputs, NULL, attr, false};
  if (numInputs > 0) {
    REQUIRE(inputs);
  }
  mc_op_read read;
  int status = mc_op_read_args(&args, &read);
  for (int i = 0; i < numOutputs && status == MC_OK; ++i) {
    /* What the shape is now does not matter: it is what is asked for. */
    ((mc_single_tensor *)(uintptr_t)read.request.out)[i].desc.shape.rank = MC_RANK_UNKNOWN;
  }
  status = status != MC_OK ? status : infer(&args, &read, outputDesc);
  mc_op_read_free(&read);
  return status;
}

/* ---- how many are kept ---- */

aclError aclopSetMaxOpQueueNum(uint64_t maxOpNum) {
  REFUSE_UNLESS(maxOpNum > 0, maxOpNum, "maxOpNum", "1 or more");
  mc_single_keep_at_most(maxOpNum);
  return MC_OK;
}
