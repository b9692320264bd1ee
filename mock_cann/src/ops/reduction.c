/* Walking the elements of a reduction and folding them with the kernels of isa/reduce.h. */
#include "ops/reduction.h"

#include <string.h>

#include "engine/engine.h"
#include "ops/isa.h"

MC_ISA_DECLARE(mc_reduce_table, mc_reduce_kernels);

enum { CHUNK = 1024 };

typedef struct job {
  const mc_reduction *s;
  const char *in;
  char *out;
  char *partials;
} job;

typedef union chunk {
  double align;
  char bytes[CHUNK * 8];
} chunk;

/* Steps through `rank` stretches; false after the last one. */
static bool step(int rank, const int64_t *dims, const int64_t *strides, int64_t *index, int64_t *offset) {
  for (int d = rank - 1; d >= 0; --d) {
    *offset += strides[d];
    if (++index[d] < dims[d]) {
      return true;
    }
    *offset -= strides[d] * dims[d];
    index[d] = 0;
  }
  return false;
}

static int64_t offset_of(int64_t position, int rank, const int64_t *dims, const int64_t *strides) {
  int64_t offset = 0;
  for (int d = rank - 1; d >= 0; --d) {
    offset += position % dims[d] * strides[d];
    position /= dims[d];
  }
  return offset;
}

static void fold_row(const mc_reduction *s, const char *in, int64_t n, void *acc) {
  if (s->load == NULL) {
    s->fold.row(in, n, acc);
    return;
  }
  chunk buffer;
  for (int64_t i = 0; i < n; i += CHUNK) {
    const int64_t m = n - i < CHUNK ? n - i : CHUNK;
    s->load(in + (size_t)i * s->in_size, buffer.bytes, m);
    s->fold.row(buffer.bytes, m, acc);
  }
}

static void fold_rows(const mc_reduction *s, const char *in, int64_t n, int64_t count, int64_t stride,
                      void *acc) {
  if (s->load == NULL) {
    s->fold.rows(in, n, count, stride, acc);
    return;
  }
  chunk buffer;
  for (int64_t row = 0; row < count; ++row) {
    s->load(in + (size_t)(row * stride) * s->in_size, buffer.bytes, n);
    s->fold.rows(buffer.bytes, n, 1, 0, acc);
  }
}

/* Accumulators become results at out[0..n). */
static void finish(const mc_reduction *s, void *acc, int64_t n, char *out) {
  const int64_t count = s->plan.reduced_count;
  for (int64_t i = 0; s->mean && i < n; ++i) {
    if (s->acc_dtype == MC_DOUBLE) {
      ((double *)acc)[i] /= (double)count;
    } else if (s->acc_dtype == MC_INT64) {
      ((int64_t *)acc)[i] = count == 0 ? 0 : ((int64_t *)acc)[i] / count;
    } else {
      ((uint64_t *)acc)[i] = count == 0 ? 0 : ((uint64_t *)acc)[i] / (uint64_t)count;
    }
  }
  if (s->store != NULL) {
    s->store(acc, out, n);
  } else {
    memcpy(out, acc, (size_t)n * s->out_size);
  }
}

static void start(const mc_reduction *s, char *acc, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    memcpy(acc + (size_t)i * s->acc_size, s->start, s->acc_size);
  }
}

/* Results whose elements lie together: each is one or more contiguous rows. */
static void reduce_inner(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const mc_reduction *s = j->s;
  const mc_axes_plan *p = &s->plan;
  const int outer = p->reduced - 1;
  const int64_t length = p->reduced_count == 0 ? 0 : p->reduced_dims[outer];
  chunk acc;
  while (begin < end) {
    const int64_t m = end - begin < CHUNK ? end - begin : CHUNK;
    start(s, acc.bytes, m);
    for (int64_t i = 0; i < m && length > 0; ++i) {
      int64_t index[MC_MAX_RANK] = {0};
      int64_t offset = offset_of(begin + i, p->kept, p->kept_dims, p->kept_strides);
      do {
        fold_row(s, j->in + (size_t)offset * s->in_size, length, acc.bytes + (size_t)i * s->acc_size);
      } while (step(outer, p->reduced_dims, p->reduced_strides, index, &offset));
    }
    finish(s, acc.bytes, m, j->out + (size_t)begin * s->out_size);
    begin += m;
  }
}

/* Neighbouring results come from neighbouring elements: whole stretches are folded element by element. */
static void reduce_outer(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const mc_reduction *s = j->s;
  const mc_axes_plan *p = &s->plan;
  const int64_t length = p->kept == 0 ? 1 : p->kept_dims[p->kept - 1];
  const int outer = p->kept == 0 ? 0 : p->kept - 1;
  const int inner = p->reduced == 0 ? 0 : p->reduced - 1;
  const int64_t rows = p->reduced == 0 ? 1 : p->reduced_dims[inner];
  const int64_t stride = p->reduced == 0 ? 0 : p->reduced_strides[inner];
  chunk acc;
  while (begin < end) {
    const int64_t column = begin % length;
    const int64_t left = length - column < end - begin ? length - column : end - begin;
    const int64_t m = left < CHUNK ? left : CHUNK;
    int64_t index[MC_MAX_RANK] = {0};
    int64_t offset = offset_of(begin / length, outer, p->kept_dims, p->kept_strides) + column;
    start(s, acc.bytes, m);
    do {
      fold_rows(s, j->in + (size_t)offset * s->in_size, m, rows, stride, acc.bytes);
    } while (step(inner, p->reduced_dims, p->reduced_strides, index, &offset));
    finish(s, acc.bytes, m, j->out + (size_t)begin * s->out_size);
    begin += m;
  }
}

/* One long row: its pieces are folded apart, on as many threads as there are, and joined in order. */
static void reduce_pieces(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const mc_reduction *s = j->s;
  for (int64_t i = begin; i < end; ++i) {
    const int64_t left = s->plan.reduced_count - i * MC_REDUCTION_PIECE;
    char *acc = j->partials + (size_t)i * s->acc_size;
    start(s, acc, 1);
    fold_row(s, j->in + (size_t)(i * MC_REDUCTION_PIECE) * s->in_size,
             left < MC_REDUCTION_PIECE ? left : MC_REDUCTION_PIECE, acc);
  }
}

/* Accumulators are folded with the kernels of their own type. */
static void join_pieces(const mc_reduction *s, char *partials, char *out) {
  const mc_fold_type type = s->acc_dtype == MC_DOUBLE  ? MC_FOLD_F64
                            : s->acc_dtype == MC_FLOAT ? MC_FOLD_F32
                            : s->acc_dtype == MC_INT64 ? MC_FOLD_I64
                                                       : MC_FOLD_U64;
  chunk acc;
  start(s, acc.bytes, 1);
  MC_ISA_PICK(mc_reduce_kernels)->fold[s->kind][type].row(partials, s->partials, acc.bytes);
  finish(s, acc.bytes, 1, out);
}

void mc_reduction_run(const mc_reduction *s, const void *in, void *out, void *partials) {
  job j = {s, in, out, partials};
  if (s->partials > 0) {
    mc_parallel_for(s->partials, 1, reduce_pieces, &j);
    join_pieces(s, partials, out);
  } else if (s->plan.kept_count > 0) {
    /* Pieces of about that many elements read. */
    const int64_t each = s->plan.reduced_count < 1 ? 1 : s->plan.reduced_count;
    const int64_t grain = MC_REDUCTION_PIECE / each < 1 ? 1 : MC_REDUCTION_PIECE / each;
    const bool inner = s->plan.inner_reduced || s->plan.reduced_count == 0;
    mc_parallel_for(s->plan.kept_count, grain, inner ? reduce_inner : reduce_outer, &j);
  }
}
