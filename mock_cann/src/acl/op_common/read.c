/* Descriptions into what the graph layer compiles. An optional input that is not given has a description without a type
 * and keeps its place. */
#include "acl/op_common/op.h"

static const int kPlainFormats[] = {MC_FORMAT_NCHW, MC_FORMAT_NHWC, MC_FORMAT_ND, MC_FORMAT_HWCN, MC_FORMAT_NDHWC,
                                    MC_FORMAT_NCDHW};

int mc_op_check_list(const char *function, int count, const void *const *list, const char *count_name,
                     const char *list_name) {
  if (count < 0) {
    return mc_refuse(MC_INVALID_PARAM, "EH0007", function, MC_TEXT("%d", count), count_name, "0 or more");
  }
  if (count > 0 && list == NULL) {
    return mc_refuse(MC_INVALID_PARAM, "EH0008", function, list_name);
  }
  for (int i = 0; i < count; ++i) {
    if (list[i] == NULL) {
      return mc_refuse(MC_INVALID_PARAM, "EH0008", function, MC_TEXT("%s[%d]", list_name, i));
    }
  }
  return MC_OK;
}

int mc_op_not_found(const char *function, const char *type) {
  return mc_refuse(ACL_ERROR_OP_NOT_FOUND, "EH0012", function, "opType",
                   MC_TEXT("no operator '%.60s' with these descriptions and attributes is compiled; call aclopCompile or "
                           "aclopCompileAndExecute", type));
}

static int check_args(const mc_op_args *args) {
  if (args->type == NULL || args->type[0] == 0) {
    return args->type == NULL ? mc_refuse(MC_INVALID_PARAM, "EH0008", args->function, "opType")
                              : mc_refuse(MC_INVALID_PARAM, "EH0007", args->function, "", "opType", "an operator's type");
  }
  const void *const *const in_desc = (const void *const *)args->in_desc, *const *const in = (const void *const *)args->in;
  const void *const *const out_desc = (const void *const *)args->out_desc,
                    *const *const out = (const void *const *)args->out;
  TRY(mc_op_check_list(args->function, args->n_in, in_desc, "numInputs", "inputDesc"));
  TRY(mc_op_check_list(args->function, args->n_out, out_desc, "numOutputs", "outputDesc"));
  TRY(in == NULL ? MC_OK : mc_op_check_list(args->function, args->n_in, in, "numInputs", "inputs"));
  TRY(out == NULL ? MC_OK : mc_op_check_list(args->function, args->n_out, out, "numOutputs", "outputs"));
  return MC_OK;
}

static int refuse_desc(const mc_op_args *args, const char *list, int index, const char *reason) {
  return mc_refuse(MC_INVALID_PARAM, "EH0012", args->function, MC_TEXT("%s[%d]", list, index), reason);
}

static int read_format(const mc_op_args *args, const char *list, int index, aclFormat format, int *result) {
  *result = format == ACL_FORMAT_UNDEFINED ? MC_FORMAT_ND : (int)format;
  for (size_t i = 0; i < sizeof kPlainFormats / sizeof kPlainFormats[0]; ++i) {
    if (*result == kPlainFormats[i]) {
      return MC_OK;
    }
  }
  return refuse_desc(args, list, index,
                     MC_TEXT("format %d is not emulated; emulated are NCHW (0), NHWC (1), ND (2), HWCN (16), NDHWC (27) "
                             "and NCDHW (30)", (int)format));
}

static int read_desc(const mc_op_args *args, const char *list, int index, const aclTensorDesc *desc, bool output,
                     mc_single_tensor *tensor) {
  tensor->present = desc->type != ACL_DT_UNDEFINED;
  if (!tensor->present) {
    return MC_OK;
  }
  tensor->desc.dtype = desc->type;
  TRY(read_format(args, list, index, desc->format, &tensor->desc.format));
  if (desc->shape.count > MC_MAX_RANK) {
    return refuse_desc(args, list, index, MC_TEXT("it has %zu dims; at most 25 are possible", desc->shape.count));
  }
  tensor->desc.shape.rank = (int)desc->shape.count;
  if (desc->shape.count > 0) {
    memcpy(tensor->desc.shape.dims, desc->shape.dims, desc->shape.count * sizeof desc->shape.dims[0]);
  }
  if (!mc_shape_known(&tensor->desc.shape)) {
    if (!output) {
      return refuse_desc(args, list, index, "its dims must be known (0 or more) when an operator is compiled or executed");
    }
    tensor->desc.shape.rank = MC_RANK_UNKNOWN;
  }
  return MC_OK;
}

static int check_constant(const mc_op_args *args, int index, const mc_single_tensor *tensor, size_t size) {
  const int64_t bytes = mc_desc_bytes(&tensor->desc);
  if (bytes < 0 || (size_t)bytes != size) {
    return refuse_desc(args, "inputDesc", index,
                       MC_TEXT("its constant has %zu bytes, the description needs %lld", size, (long long)bytes));
  }
  return MC_OK;
}

static int read_input(const mc_op_args *args, int i, mc_single_tensor *tensor, mc_op_use *use) {
  const aclTensorDesc *desc = args->in_desc[i];
  const aclDataBuffer *buffer = args->in == NULL ? NULL : args->in[i];
  TRY(read_desc(args, "inputDesc", i, desc, false, tensor));
  tensor->name = desc->name != NULL && desc->name[0] != 0 ? desc->name : NULL;
  *use = !tensor->present ? MC_USE_ABSENT : desc->place == ACL_MEMTYPE_DEVICE ? MC_USE_DEVICE : MC_USE_HOST;
  if (!tensor->present) {
    return MC_OK;
  }
  if (desc->constant != NULL) {
    TRY(check_constant(args, i, tensor, desc->constant_size));
    tensor->constant = desc->constant;
  } else if (args->host_is_constant && desc->place == ACL_MEMTYPE_HOST && buffer != NULL && buffer->data != NULL) {
    TRY(check_constant(args, i, tensor, buffer->size));
    tensor->constant = buffer->data;
  }
  *use = tensor->constant != NULL ? MC_USE_CONSTANT : *use;
  return MC_OK;
}

int mc_op_read_args(const mc_op_args *args, mc_op_read *read) {
  read->many = NULL;
  TRY(check_args(args));
  const size_t count = (size_t)args->n_in + (size_t)args->n_out;
  mc_single_tensor *tensors = read->few;
  read->uses = read->few_uses;
  if (count > MC_OP_FEW) {
    read->many = malloc(count * (sizeof *tensors + sizeof *read->uses));
    if (read->many == NULL) {
      return no_host_memory(count * sizeof *tensors);
    }
    tensors = read->many;
    read->uses = (mc_op_use *)(tensors + count);
  }
  mc_single_tensor *outputs = tensors + args->n_in;
  for (size_t i = 0; i < count; ++i) {
    tensors[i] = (mc_single_tensor){0};
  }
  for (int i = 0; i < args->n_in; ++i) {
    TRY(read_input(args, i, &tensors[i], &read->uses[i]));
  }
  for (int i = 0; i < args->n_out; ++i) {
    TRY(read_desc(args, "outputDesc", i, args->out_desc[i], true, &outputs[i]));
    read->uses[args->n_in + i] = outputs[i].present ? MC_USE_DEVICE : MC_USE_ABSENT;
  }
  read->request = (mc_single_request){args->type, tensors, outputs, args->n_in, args->n_out,
                                      args->attr == NULL ? NULL : &args->attr->attrs};
  return MC_OK;
}

void mc_op_read_free(mc_op_read *read) { free(read->many); }
