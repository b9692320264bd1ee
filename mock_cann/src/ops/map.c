/*
 * The one driver of all elementwise operators. The kernel sees stretches whose operands are contiguous or one
 * repeated element. Broadcasts with short innermost runs are first gathered into tiles, because a kernel call
 * per run of three elements would cost more than the elements.
 */
#include "ops/map.h"

#include <string.h>

#include "engine/engine.h"
#include "ops/checks.h"

enum {
  TILE = 512,         /* elements; operands of one tile stay in the first-level cache */
  SHORT_RUN = 48,     /* innermost runs below this are gathered */
  PIECE_NS = 20000,   /* work that is worth another thread */
  CALL_NS = 15
};

typedef struct map_state {
  mc_map_params params; /* first: kernels read it through call->state */
  mc_op_tile *kernel;   /* in the computing types */
  mc_op_tile *tile;     /* the kernel, or `converting` around it */
  mc_convert *load[MC_NEST_OPERANDS], *store; /* NULL: no conversion */
  size_t size[MC_NEST_OPERANDS], out_size;    /* bytes of an element as stored */
  int operands;
  int64_t piece; /* elements */
  mc_nest nest;
} map_state;

typedef struct job {
  const mc_op_call *call;
  const void *const *in;
  void *out;
} job;

typedef union lane_tile {
  double align;
  char bytes[TILE * 8];
} lane_tile;

/* The kernel with its operands converted tile by tile. When a narrower input lies on the output, the tiles
 * are done from the last to the first, so that no input is overwritten before it is read. */
static void converting(const mc_op_call *call, const void *const *in, void *out, int64_t n,
                       uint32_t scalars) {
  const map_state *s = call->state;
  lane_tile buffers[MC_NEST_OPERANDS];
  lane_tile result;
  const void *operands[MC_NEST_OPERANDS];
  bool backwards = false;
  for (int k = 0; k < s->operands; ++k) {
    operands[k] = in[k];
    backwards |= in[k] == out && s->size[k] < s->out_size;
    if (scalars >> k & 1) {
      if (s->load[k] != NULL) {
        s->load[k](in[k], buffers[k].bytes, 1);
      } else if (in[k] != NULL) { /* an optional operand may be left out */
        memcpy(buffers[k].bytes, in[k], s->size[k]); /* the first tile may overwrite it */
      }
      operands[k] = buffers[k].bytes;
    }
  }
  const int64_t tiles = (n + TILE - 1) / TILE;
  for (int64_t t = 0; t < tiles; ++t) {
    const int64_t begin = (backwards ? tiles - 1 - t : t) * TILE;
    const int64_t m = n - begin < TILE ? n - begin : TILE;
    for (int k = 0; k < s->operands; ++k) {
      if (scalars >> k & 1) {
        continue;
      }
      const char *from = (const char *)in[k] + (size_t)begin * s->size[k];
      if (s->load[k] != NULL) {
        s->load[k](from, buffers[k].bytes, m);
        operands[k] = buffers[k].bytes;
      } else {
        operands[k] = from;
      }
    }
    char *to = (char *)out + (size_t)begin * s->out_size;
    if (s->store == NULL) {
      s->kernel(call, operands, to, m, scalars);
    } else {
      s->kernel(call, operands, result.bytes, m, scalars);
      s->store(result.bytes, to, m);
    }
  }
}

static void run_flat(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const map_state *s = j->call->state;
  const void *in[MC_NEST_OPERANDS];
  for (int k = 0; k < s->operands; ++k) {
    in[k] = (const char *)j->in[k] + (s->nest.scalars >> k & 1 ? 0 : (size_t)begin * s->size[k]);
  }
  s->tile(j->call, in, (char *)j->out + (size_t)begin * s->out_size, end - begin, s->nest.scalars);
}

/* One kernel call per innermost run. */
static void run_runs(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const map_state *s = j->call->state;
  const mc_nest *nest = &s->nest;
  const int inner = nest->rank - 1;
  const void *in[MC_NEST_OPERANDS];
  uint32_t scalars = 0;
  for (int k = 0; k < s->operands; ++k) {
    scalars |= nest->strides[k][inner] == 0 ? 1u << k : 0u;
  }
  mc_nest_at at;
  int64_t into = mc_nest_seek(nest, &at, begin);
  while (begin < end) {
    const int64_t run = nest->dims[inner] - into;
    const int64_t m = run < end - begin ? run : end - begin;
    for (int k = 0; k < s->operands; ++k) {
      const int64_t element = at.offset[k] + into * nest->strides[k][inner];
      in[k] = (const char *)j->in[k] + (size_t)element * s->size[k];
    }
    s->tile(j->call, in, (char *)j->out + (size_t)begin * s->out_size, m, scalars);
    begin += m;
    into = 0;
    mc_nest_next(nest, &at);
  }
}

/* n elements from `from`, contiguous (step 1) or one repeated (step 0). */
static void gather_run(char *to, const char *from, int64_t n, int64_t step, size_t size) {
#define GATHER(type)                                                                                         \
  for (int64_t i = 0; i < n; ++i) {                                                                          \
    ((type *)(void *)to)[i] = ((const type *)(const void *)from)[i * step];                                  \
  }                                                                                                          \
  break
  switch (size) {
  case 1: GATHER(uint8_t);
  case 2: GATHER(uint16_t);
  case 4: GATHER(uint32_t);
  default: GATHER(uint64_t);
  }
#undef GATHER
}

/* Repeated operands are spread into tiles of TILE elements; those shaped like the result are read in place.
 */
static void run_gathered(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const map_state *s = j->call->state;
  const mc_nest *nest = &s->nest;
  const int inner = nest->rank - 1;
  lane_tile buffers[MC_NEST_OPERANDS];
  const void *in[MC_NEST_OPERANDS];
  bool whole[MC_NEST_OPERANDS];
  for (int k = 0; k < s->operands; ++k) {
    int64_t dense = 1;
    whole[k] = true;
    for (int d = inner; d >= 0; --d) {
      whole[k] &= nest->strides[k][d] == dense;
      dense *= nest->dims[d];
    }
  }
  mc_nest_at at;
  int64_t into = mc_nest_seek(nest, &at, begin);
  while (begin < end) {
    const int64_t m = end - begin < TILE ? end - begin : TILE;
    for (int64_t done = 0; done < m;) {
      const int64_t run = nest->dims[inner] - into;
      const int64_t take = run < m - done ? run : m - done;
      for (int k = 0; k < s->operands; ++k) {
        if (!whole[k] && !(nest->scalars >> k & 1)) {
          const int64_t step = nest->strides[k][inner];
          gather_run(buffers[k].bytes + (size_t)done * s->size[k],
                     (const char *)j->in[k] + (size_t)(at.offset[k] + into * step) * s->size[k], take, step,
                     s->size[k]);
        }
      }
      done += take;
      into += take;
      if (into == nest->dims[inner]) {
        into = 0;
        mc_nest_next(nest, &at);
      }
    }
    for (int k = 0; k < s->operands; ++k) {
      in[k] = nest->scalars >> k & 1 ? j->in[k]
              : whole[k]             ? (const char *)j->in[k] + (size_t)begin * s->size[k]
                                     : buffers[k].bytes;
    }
    s->tile(j->call, in, (char *)j->out + (size_t)begin * s->out_size, m, nest->scalars);
    begin += m;
  }
}

static void (*body_of(const mc_nest *nest))(void *, int64_t, int64_t) {
  if (nest->flat) {
    return run_flat;
  }
  return nest->dims[nest->rank - 1] < SHORT_RUN ? run_gathered : run_runs;
}

static int run_map(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const map_state *s = call->state;
  job j = {call, in, out[0]};
  if (s->nest.count == 0) {
    return 0;
  }
  if (s->nest.count <= s->piece) {
    body_of(&s->nest)(&j, 0, s->nest.count);
  } else {
    mc_parallel_for(s->nest.count, s->piece, body_of(&s->nest), &j);
  }
  return 0;
}

int mc_map_prepare(mc_op_call *call, const mc_map_spec *spec) {
  map_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory while preparing");
  }
  const int status = mc_check_sizes(call);
  if (status != 0) {
    return status;
  }
  if (spec->kernel == NULL) {
    return mc_op_error(call, "dtype %s is not supported", mc_dtype_name(call->in[0].desc.dtype));
  }
  memcpy(s->params.p, spec->p, sizeof(s->params.p));
  s->params.convert = spec->convert;
  s->kernel = spec->kernel;
  s->tile = spec->kernel;
  s->operands = call->n_in;
  const mc_shape *shapes[MC_NEST_OPERANDS];
  for (int k = 0; k < call->n_in; ++k) {
    const int stored = call->in[k].desc.dtype;
    shapes[k] = spec->shapes[k] != NULL ? spec->shapes[k] : &call->in[k].desc.shape;
    s->size[k] = mc_dtype_size(stored);
    if (stored != spec->in_dtype[k]) {
      s->load[k] = mc_convert_for(stored, spec->in_dtype[k]);
      s->tile = converting;
    }
  }
  const int written = call->out[0].desc.dtype;
  s->out_size = mc_dtype_size(written);
  if (written != spec->out_dtype) {
    s->store = mc_convert_for(spec->out_dtype, written);
    s->tile = converting;
  }
  mc_nest_make(&s->nest, &call->out[0].desc.shape, shapes, call->n_in);
  const uint32_t ps = spec->ps + (s->tile == converting ? 300u : 0u);
  const int64_t piece = (int64_t)PIECE_NS * 1000 / (ps + 1);
  s->piece = piece < 4 * TILE ? 4 * TILE : piece / TILE * TILE;
  const double ns = CALL_NS + (double)s->nest.count * ps / 1000.0;
  mc_op_cost(call, ns);
  call->state = s;
  call->run = run_map;
  return 0;
}

mc_op_tile *mc_map_tile(const mc_op_call *call) {
  const map_state *s = call->state;
  return s->nest.flat ? s->tile : NULL;
}

mc_op_tile *mc_map_kernel(const mc_op_call *call) {
  const map_state *s = call->state;
  return call->run == run_map && s->nest.flat ? s->kernel : NULL;
}
