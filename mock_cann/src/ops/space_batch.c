/*
 * SpaceToBatchND and BatchToSpaceND. The blocks of the axes behind the batch become samples, all samples of the first
 * place of a block first: element q of an axis is element (q + before) / block of the samples of place (q + before) %
 * block. Padding is zeros.
 */
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"

enum { TO_BATCH, TO_SPACE, WORK = 16 << 10 };

typedef struct space_state {
  int axes;
  int64_t batch;                                 /* of the tensor in space */
  int64_t block[MC_MAX_RANK], before[MC_MAX_RANK];
  int64_t space[MC_MAX_RANK], blocks[MC_MAX_RANK]; /* lengths in space, and of the samples */
  size_t row;                                    /* bytes behind the blocked axes */
} space_state;

typedef struct job {
  const space_state *s;
  const char *x;
  char *y;
  bool to_batch;
} job;

/* Rows [begin, end) of y. */
static void take_rows(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const space_state *s = j->s;
  const int64_t *lengths = j->to_batch ? s->blocks : s->space;
  for (int64_t row = begin; row < end; ++row) {
    int64_t at[MC_MAX_RANK];
    int64_t rest = row;
    for (int i = s->axes - 1; i >= 0; --i) {
      at[i] = rest % lengths[i];
      rest /= lengths[i];
    }
    /* rest is y's sample now; `place` the number of a place in a block. */
    int64_t place = j->to_batch ? rest / (s->batch == 0 ? 1 : s->batch) : 0;
    int64_t sample = j->to_batch ? rest % (s->batch == 0 ? 1 : s->batch) : rest;
    int64_t from = 0;
    bool inside = true;
    if (j->to_batch) {
      int64_t offset[MC_MAX_RANK];
      for (int i = s->axes - 1; i >= 0; --i) {
        offset[i] = place % s->block[i];
        place /= s->block[i];
      }
      from = sample;
      for (int i = 0; i < s->axes; ++i) {
        const int64_t q = at[i] * s->block[i] + offset[i] - s->before[i];
        inside = inside && q >= 0 && q < s->space[i];
        from = from * s->space[i] + q;
      }
    } else {
      for (int i = 0; i < s->axes; ++i) {
        place = place * s->block[i] + (at[i] + s->before[i]) % s->block[i];
      }
      from = place * s->batch + sample;
      for (int i = 0; i < s->axes; ++i) {
        from = from * s->blocks[i] + (at[i] + s->before[i]) / s->block[i];
      }
    }
    if (inside) {
      memcpy(j->y + (size_t)row * s->row, j->x + (size_t)from * s->row, s->row);
    } else {
      memset(j->y + (size_t)row * s->row, 0, s->row);
    }
  }
}

static int run_space(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const space_state *s = call->state;
  job j = {s, in[0], out[0], call->def->variant == TO_BATCH};
  const int64_t rows = s->row == 0 ? 0 : mc_desc_bytes(&call->out[0].desc) / (int64_t)s->row;
  mc_parallel_for(rows, WORK / ((int64_t)s->row + 16) + 1, take_rows, &j);
  return MC_OK;
}

static int read_space(const mc_op_call *call, space_state *s, mc_shape *y) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const bool to_batch = call->def->variant == TO_BATCH;
  const char *other = to_batch ? "paddings" : "crops";
  int64_t axes = 0;
  int64_t count = 0;
  const int64_t *block = mc_op_ints(call, 1, &axes);
  const int64_t *edges = block == NULL ? NULL : mc_op_ints(call, 2, &count);
  if (edges == NULL) {
    return MC_RT_PARAM;
  }
  if (axes >= x->rank || count != 2 * axes) {
    return mc_op_error(call, "block_shape has %lld values and %s %lld for x %.120s; it must have one for each blocked "
                             "axis behind the batch, and %s two",
                       (long long)axes, other, (long long)count, mc_shape_text(x, text), other);
  }
  *y = *x;
  *s = (space_state){.axes = (int)axes, .batch = x->dims[0]};
  int64_t places = 1;
  for (int i = 0; i < axes; ++i) {
    const int64_t before = edges[2 * i];
    const int64_t after = edges[2 * i + 1];
    if (block[i] < 1 || before < 0 || after < 0 || before > INT32_MAX || after > INT32_MAX ||
        __builtin_mul_overflow(places, block[i], &places)) {
      return mc_op_error(call, "block_shape holds %lld and %s %lld and %lld; they must be at least 1 and 0",
                         (long long)block[i], other, (long long)before, (long long)after);
    }
    const int64_t length = x->dims[i + 1];
    int64_t wide = to_batch ? length + before + after : 0;
    if (!to_batch && __builtin_mul_overflow(length, block[i], &wide)) {
      return mc_op_error(call, "axis %d of the result overflows", i + 1);
    }
    if (to_batch ? wide % block[i] != 0 : before + after > wide) {
      return mc_op_error(call, "axis %d of x has %lld elements: with block %lld and %s %lld and %lld it %s", i + 1,
                         (long long)length, (long long)block[i], other, (long long)before, (long long)after,
                         to_batch ? "is not a multiple of the block" : "has none left");
    }
    s->block[i] = block[i];
    s->before[i] = before;
    s->space[i] = to_batch ? length : wide - before - after;
    s->blocks[i] = to_batch ? wide / block[i] : length;
    y->dims[i + 1] = to_batch ? s->blocks[i] : s->space[i];
  }
  if (to_batch ? __builtin_mul_overflow(x->dims[0], places, &y->dims[0]) : x->dims[0] % places != 0) {
    return mc_op_error(call, "x %.120s: its batch must be a multiple of %lld, the places of a block",
                       mc_shape_text(x, text), (long long)places);
  }
  if (!to_batch) {
    s->batch = y->dims[0] = x->dims[0] / places;
  }
  s->row = (size_t)mc_dims_product(x, (int)axes + 1, x->rank) * mc_dtype_size(call->in[0].desc.dtype);
  return MC_OK;
}

static int space_infer(mc_op_call *call) {
  space_state s;
  call->out[0].desc = call->in[0].desc;
  const int status = read_space(call, &s, &call->out[0].desc.shape);
  return status != MC_OK ? status : mc_check_sizes(call);
}

static int space_prepare(mc_op_call *call) {
  mc_shape y;
  space_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_space(call, s, &y);
  mc_op_cost(call, 100 + (double)mc_desc_bytes(&call->out[0].desc) * 0.5);
  call->state = s;
  call->run = run_space;
  return status;
}

static const mc_op_def kOps[] = {
    {.type = "SpaceToBatchND",
     .inputs = "x block_shape paddings",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 6u,
     .infer = space_infer,
     .prepare = space_prepare,
     .variant = TO_BATCH},
    {.type = "BatchToSpaceND",
     .inputs = "x block_shape crops",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 6u,
     .infer = space_infer,
     .prepare = space_prepare,
     .variant = TO_SPACE},
};
MC_OP_FAMILY(space_batch, kOps);
