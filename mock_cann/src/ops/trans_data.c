/*
 * TransData: a tensor stored another way. Beside the plain orders there are the NPU's blocked ones, made of pieces of 32
 * bytes, C0 elements:
 *   NC1HWC0     [N, C1, H, W, C0]            channels in pieces
 *   FRACTAL_Z   [C1 * H * W, N1, 16, C0]     weights: channels in pieces, outputs in sixteens
 *   FRACTAL_NZ  [..., N1, M1, 16, C0]        matrices [..., M, N]: columns in pieces, rows in sixteens
 * What a tensor does not fill is zero. All of it is one walk over six axes: every order is strides along the blocks and
 * within the blocks of n and c, and along h and w. A matrix has its rows as n, its columns as c, the batch as h.
 */
#include <string.h>

#include "ops/checks.h"
#include "ops/family.h"
#include "ops/move.h"
#include "ops/trans_data.h"

enum { N1, N0, C1, C0, H, W, AXES };

static int infer_change(mc_op_call *call) {
  mc_trans_data t = {0};
  mc_desc *y = &call->out[0].desc;
  const int status = mc_trans_data_read(call, &t, &y->shape);
  y->dtype = call->in[0].desc.dtype;
  y->format = mc_trans_data_format(t.to);
  return status != 0 ? status : mc_check_sizes(call);
}

/* Elements from one index of each axis to the next; `shape` is the tensor's. */
static void strides_of(const mc_trans_data *t, mc_layout_kind l, const mc_shape *shape, int64_t s[AXES]) {
  const int64_t *d = shape->dims;
  const int r = shape->rank;
  int64_t n = 0, c = 0;
  memset(s, 0, AXES * sizeof *s);
  switch (l) {
  case NC1HWC0: {
    const int64_t all[AXES] = {MC_FRACTAL * d[1] * d[2] * d[3] * d[4], d[1] * d[2] * d[3] * d[4], d[2] * d[3] * d[4], 1,
                               d[3] * d[4], d[4]};
    memcpy(s, all, sizeof all);
    return;
  }
  case FRACTAL_Z: {
    const int64_t place = d[1] * d[2] * d[3];
    const int64_t all[AXES] = {MC_FRACTAL * t->c0, t->c0, t->h * t->w * place, 1, t->w * place, place};
    memcpy(s, all, sizeof all);
    return;
  }
  case FRACTAL_NZ: {
    const int64_t column = d[r - 3] * MC_FRACTAL * t->c0;
    const int64_t all[AXES] = {MC_FRACTAL * t->c0, t->c0, column, 1, d[r - 4] * column, 0};
    memcpy(s, all, sizeof all);
    return;
  }
  case ND: n = d[r - 1], c = 1, s[H] = d[r - 2] * d[r - 1]; break;
  case NCHW: n = t->c * t->h * t->w, c = t->h * t->w, s[H] = t->w, s[W] = 1; break;
  case NHWC: n = t->h * t->w * t->c, c = 1, s[H] = t->w * t->c, s[W] = t->c; break;
  default: n = 1, c = t->n, s[H] = t->w * t->c * t->n, s[W] = t->c * t->n; break;
  }
  s[N1] = MC_FRACTAL * n;
  s[N0] = n;
  s[C1] = t->c0 * c;
  s[C0] = c;
}

/* Zeros first where blocks are not filled. */
static int run_padded(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  memset(out[0], 0, (size_t)mc_desc_bytes(&call->out[0].desc));
  return mc_run_moves(call, in, out, scratch);
}

static int prepare_change(mc_op_call *call) {
  mc_trans_data t = {0};
  mc_shape y;
  mc_moves *moves = NULL;
  int status = mc_trans_data_read(call, &t, &y);
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t count = mc_shape_count(x), made = mc_shape_count(&y);
  if (status != 0) {
    return status;
  }
  if (t.from == t.to || count == 0) {
    return mc_move_all(call, 0);
  }
  if (t.from == ND || t.to == ND) {
    const mc_shape *matrix = t.from == ND ? x : &y;
    t.n = matrix->dims[matrix->rank - 2];
    t.c = matrix->dims[matrix->rank - 1];
    t.h = mc_dims_product(matrix, 0, matrix->rank - 2);
    t.w = 1;
  }
  status = mc_moves_begin(call, 4, &moves);
  if (status != 0) {
    return status;
  }
  const int64_t piece = t.c0 == 0 ? 1 : t.c0;
  const size_t size = mc_dtype_size(call->in[0].desc.dtype);
  int64_t src[AXES], dst[AXES];
  strides_of(&t, t.from, x, src);
  strides_of(&t, t.to, &y, dst);
  /* Whole blocks and what is left over, of n and of c. */
  for (int i = 0; i < 4; ++i) {
    const int64_t n = i & 1 ? t.n / MC_FRACTAL * MC_FRACTAL : 0, c = i & 2 ? t.c / piece * piece : 0;
    const int64_t dims[AXES] = {i & 1 ? 1 : t.n / MC_FRACTAL, i & 1 ? t.n % MC_FRACTAL : MC_FRACTAL,
                                i & 2 ? 1 : t.c / piece,   i & 2 ? t.c % piece : piece, t.h, t.w};
    mc_move *move = &moves->items[i];
    mc_strided_plan(&move->plan, AXES, dims, dst, src, size);
    move->src = move->plan.pieces == 0 ? 0 : (n / MC_FRACTAL * src[N1] + c / piece * src[C1]) * (int64_t)size;
    move->dst = move->plan.pieces == 0 ? 0 : (n / MC_FRACTAL * dst[N1] + c / piece * dst[C1]) * (int64_t)size;
  }
  status = mc_moves_done(call);
  if (made > count) {
    call->run = run_padded;
  }
  return status;
}

static const mc_op_def kOps[] = {
    {.type = "TransData", .inputs = "src", .outputs = "dst", .dtypes = MC_T_MOVABLE, .infer = infer_change,
     .prepare = prepare_change},
};

MC_OP_FAMILY(trans_data, kOps);
