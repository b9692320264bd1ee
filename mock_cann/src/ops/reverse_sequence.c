/* ReverseSequence: the first seq_lengths[b] elements along one axis are reversed, b being the index along
 * another. The lengths are read when it runs. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"

typedef struct reverse_state {
  int seq, batch;
  int64_t strides[MC_MAX_RANK], inner; /* elements; what lies behind the later of both axes moves as one */
} reverse_state;

static int read_axes(const mc_op_call *call, int *seq, int *batch) {
  char text[MC_SHAPE_TEXT];
  const mc_desc *x = &call->in[0].desc;
  const mc_desc *lengths = &call->in[1].desc;
  int64_t dim = 0;
  int status = mc_need_int(call, "seq_dim", &dim);
  status = status != MC_OK ? status : mc_check_axis(call, "attribute seq_dim", dim, x->shape.rank, seq);
  status = status != MC_OK ? status
                           : mc_check_axis(call, "attribute batch_dim", mc_attrs_int(call->attrs, "batch_dim", 0),
                                           x->shape.rank, batch);
  if (status != MC_OK) {
    return status;
  }
  if (*seq == *batch) {
    return mc_op_error(call, "attributes seq_dim and batch_dim both name axis %d", *seq);
  }
  if ((MC_T_INDEX >> lengths->dtype & 1) == 0 || lengths->shape.rank != 1 ||
      lengths->shape.dims[0] != x->shape.dims[*batch]) {
    return mc_op_error(call,
                       "input seq_lengths is %s %.80s; it must be integers, one for each of the %lld batches",
                       mc_dtype_name(lengths->dtype), mc_shape_text(&lengths->shape, text),
                       (long long)x->shape.dims[*batch]);
  }
  return MC_OK;
}

static int infer_reverse(mc_op_call *call) {
  int seq = 0;
  int batch = 0;
  call->out[0].desc = call->in[0].desc;
  return read_axes(call, &seq, &batch);
}

static int run_reverse(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const reverse_state *s = call->state;
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t size = (int64_t)mc_dtype_size(call->in[0].desc.dtype);
  const int64_t count = mc_shape_count(x);
  for (int64_t b = 0; count > 0 && b < x->dims[s->batch]; ++b) {
    const int64_t n = call->in[1].desc.dtype == MC_INT64 ? ((const int64_t *)in[1])[b] : ((const int32_t *)in[1])[b];
    if (n < 0 || n > x->dims[s->seq]) {
      return mc_op_error(call, "seq_lengths[%lld] is %lld; it must be in [0, %lld]", (long long)b, (long long)n,
                         (long long)x->dims[s->seq]);
    }
  }
  for (int64_t at = 0; at < count; at += s->inner) {
    const int64_t b = at / s->strides[s->batch] % x->dims[s->batch];
    const int64_t i = at / s->strides[s->seq] % x->dims[s->seq];
    const int64_t n = call->in[1].desc.dtype == MC_INT64 ? ((const int64_t *)in[1])[b] : ((const int32_t *)in[1])[b];
    const int64_t from = i < n ? at + (n - 1 - 2 * i) * s->strides[s->seq] : at;
    memcpy((char *)out[0] + at * size, (const char *)in[0] + from * size, (size_t)(s->inner * size));
  }
  return MC_OK;
}

static int prepare_reverse(mc_op_call *call) {
  reverse_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_axes(call, &s->seq, &s->batch);
  const mc_shape *x = &call->in[0].desc.shape;
  const int later = s->seq > s->batch ? s->seq : s->batch;
  s->inner = mc_dims_product(x, later + 1, x->rank);
  for (int i = x->rank - 1; i >= 0; --i) {
    s->strides[i] = mc_shape_count(x) == 0 ? 0 : i == x->rank - 1 ? 1 : s->strides[i + 1] * x->dims[i + 1];
  }
  mc_op_cost(call, 30 + (double)mc_desc_bytes(&call->out[0].desc) / 4);
  call->state = s;
  call->run = run_reverse;
  return status;
}

static const mc_op_def kOps[] = {
    {.type = "ReverseSequence", .inputs = "x seq_lengths", .outputs = "y",
     .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_DOUBLE) | MC_T_SIGNED |
               MC_DTYPE_BIT(MC_UINT8) | MC_DTYPE_BIT(MC_UINT16) | MC_T_BOOL | MC_DTYPE_BIT(MC_COMPLEX64) |
               MC_DTYPE_BIT(MC_COMPLEX128),
     .infer = infer_reverse, .prepare = prepare_reverse},
};
MC_OP_FAMILY(reverse_sequence, kOps);
