/* A group of elementwise calls as one call: every member computes one tile before the next tile begins, so that what
 * passes between members stays in the first-level cache. */
#include <stdint.h>
#include <string.h>

#include "graph/fuse_group.h"

enum { TILE_BYTES = 24 * 1024, TILE_MOST = 2048, ALIGN = 64, GRAIN = 1 << 15 };
enum { BLOCK = 256 }; /* elements: a multiple of what chains read at once */

typedef struct group {
  mc_fuse_member *members;
  int n_members;
  int registers;
  int64_t count, tile;
  size_t register_bytes;
} group;

typedef struct job {
  const group *g;
  const void *const *in;
  void *const *out;
} job;

static char *address(const job *j, const mc_fuse_operand *o, char *registers, int64_t begin) {
  switch (o->from) {
  case MC_FUSE_FROM_INPUT:
    return (char *)(uintptr_t)j->in[o->index] + (size_t)begin * o->stride;
  case MC_FUSE_FROM_OUTPUT:
    return (char *)j->out[o->index] + (size_t)begin * o->stride;
  case MC_FUSE_FROM_REGISTER:
    return registers + (size_t)o->index * j->g->register_bytes;
  case MC_FUSE_FROM_NOWHERE:
    break;
  }
  return NULL;
}

static void run_tiles(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  _Alignas(ALIGN) char registers[TILE_BYTES + ALIGN];
  for (; begin < end; begin += j->g->tile) {
    const int64_t n = end - begin < j->g->tile ? end - begin : j->g->tile;
    for (int i = 0; i < j->g->n_members; ++i) {
      const mc_fuse_member *m = &j->g->members[i];
      const void *in[MC_FUSE_OPERANDS];
      for (int k = 0; k < m->n_in; ++k) {
        in[k] = address(j, &m->in[k], registers, begin);
      }
      m->tile(m->call, in, address(j, &m->out, registers, begin), n, m->scalars);
    }
  }
}

static int run_group(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  job j = {call->state, in, out};
  mc_parallel_for(j.g->count, GRAIN, run_tiles, &j);
  return 0;
}

/* ---- building ---- */

typedef struct build {
  mc_plan *plan;
  mc_fused *fused;
  group *g;
  const int *members;
  int count;
  const bool *escapes;
  int *reg_busy; /* by register: the member that reads it last */
} build;

static int member_of(const build *b, int value) {
  for (int i = 0; i < b->count; ++i) {
    if (b->plan->program->ops[b->members[i]].out == value) {
      return i;
    }
  }
  return -1;
}

static int last_reader(const build *b, int value) {
  int last = -1;
  for (int i = 0; i < b->count; ++i) {
    const mc_prog_op *op = &b->plan->program->ops[b->members[i]];
    for (int k = 0; k < op->n_in; ++k) {
      last = op->in[k] == value ? i : last;
    }
  }
  return last;
}

static int external_input(build *b, int value, int reader) {
  mc_fused *fused = b->fused;
  for (int i = 0; i < fused->call.n_in; ++i) {
    if (fused->in[i] == value) {
      fused->last_use[i] = fused->last_use[i] == INT32_MAX ? INT32_MAX : reader;
      return i;
    }
  }
  fused->in[fused->call.n_in] = value;
  fused->last_use[fused->call.n_in] = reader;
  return fused->call.n_in++;
}

static mc_fuse_operand input_operand(build *b, int value, int reader, int64_t count) {
  if (value < 0) {
    return (mc_fuse_operand){MC_FUSE_FROM_NOWHERE, 0, 0};
  }
  const mc_plan_value *v = &b->plan->values[value];
  const bool single = mc_shape_count(&v->desc.shape) == 1 && count != 1;
  const size_t stride = single ? 0 : mc_dtype_size(v->desc.dtype);
  const int producer = member_of(b, value);
  if (producer < 0) {
    const int index = external_input(b, value, reader);
    b->fused->last_use[index] = single ? INT32_MAX : b->fused->last_use[index];
    return (mc_fuse_operand){MC_FUSE_FROM_INPUT, index, stride};
  }
  const mc_fuse_operand *made = &b->g->members[producer].out;
  return (mc_fuse_operand){made->from, made->index, stride};
}

/* A register that nobody reads after `reader`. One that dies right here may be written over when the elements have the
 * same size, because a tile kernel's output may be its input. */
static int take_register(build *b, int at, size_t size) {
  const mc_prog_op *op = &b->plan->program->ops[b->members[at]];
  for (int reg = 0; reg < b->g->registers; ++reg) {
    bool same_size = true;
    for (int k = 0; k < op->n_in; ++k) {
      const mc_fuse_operand *in = &b->g->members[at].in[k];
      same_size &= in->from != MC_FUSE_FROM_REGISTER || in->index != reg || in->stride == size;
    }
    if (b->reg_busy[reg] < at || (b->reg_busy[reg] == at && same_size)) {
      return reg;
    }
  }
  return b->g->registers++;
}

static bool build_member(build *b, int at, int64_t count) {
  const int index = b->members[at];
  const mc_prog_op *op = &b->plan->program->ops[index];
  mc_fuse_member *m = &b->g->members[at];
  const mc_op_call *call = b->plan->calls[index];
  *m = (mc_fuse_member){.call = call, .tile = op->def->tile(call), .n_in = op->n_in};
  m->in = mc_arena_alloc(&b->plan->arena, ((size_t)op->n_in + 1) * sizeof *m->in);
  if (m->in == NULL) {
    return false;
  }
  for (int k = 0; k < op->n_in; ++k) {
    m->in[k] = input_operand(b, op->in[k], at, count);
    m->scalars |= m->in[k].from != MC_FUSE_FROM_NOWHERE && m->in[k].stride == 0 ? 1u << k : 0;
  }
  const size_t size = mc_dtype_size(b->plan->values[op->out].desc.dtype);
  if (b->escapes[index]) {
    b->fused->out[b->fused->call.n_out] = op->out;
    b->fused->written[b->fused->call.n_out] = at;
    m->out = (mc_fuse_operand){MC_FUSE_FROM_OUTPUT, b->fused->call.n_out++, size};
  } else {
    const int reg = take_register(b, at, size);
    b->reg_busy[reg] = last_reader(b, op->out);
    m->out = (mc_fuse_operand){MC_FUSE_FROM_REGISTER, reg, size};
  }
  b->fused->call.cost_ns += call->cost_ns;
  return true;
}

mc_fused *mc_fuse_call(mc_plan *plan, const int *members, int count, const bool *escapes) {
  mc_arena *arena = &plan->arena;
  size_t inputs = 1;
  for (int i = 0; i < count; ++i) {
    inputs += (size_t)plan->program->ops[members[i]].n_in;
  }
  mc_fused *fused = mc_arena_alloc(arena, sizeof *fused);
  group *g = mc_arena_alloc(arena, sizeof *g);
  int *numbers = mc_arena_alloc(arena, (2 * inputs + 4 * (size_t)count + 4) * sizeof *numbers);
  mc_fuse_member *built = mc_arena_alloc(arena, ((size_t)count + 1) * sizeof *built);
  if (fused == NULL || g == NULL || numbers == NULL || built == NULL) {
    return NULL;
  }
  fused->in = numbers;
  fused->last_use = numbers + inputs;
  fused->out = fused->last_use + inputs;
  fused->written = fused->out + count;
  build b = {.plan = plan, .fused = fused, .g = g, .members = members, .count = count, .escapes = escapes,
             .reg_busy = fused->written + count};
  g->members = built;
  g->count = mc_shape_count(&plan->values[plan->program->ops[members[0]].out].desc.shape);
  size_t largest = 1;
  for (int i = 0; i < count; ++i) {
    if (!build_member(&b, i, g->count)) {
      return NULL;
    }
    const size_t size = mc_dtype_size(plan->values[plan->program->ops[members[i]].out].desc.dtype);
    largest = size > largest ? size : largest;
  }
  g->n_members = mc_fuse_chains(plan, members, built, count);
  if (g->n_members < 0) {
    return NULL;
  }
  const int64_t registers = g->registers == 0 ? 1 : g->registers;
  g->tile = TILE_BYTES / (registers * (int64_t)largest) / ALIGN * ALIGN;
  g->tile = g->tile > TILE_MOST ? TILE_MOST : g->tile > BLOCK ? g->tile / BLOCK * BLOCK : g->tile;
  g->register_bytes = (size_t)g->tile * largest;
  fused->call.node = plan->program->ops[members[count - 1]].node->name;
  fused->call.def = plan->program->ops[members[count - 1]].def;
  fused->call.error = plan->calls[members[count - 1]]->error;
  fused->call.run = run_group;
  fused->call.state = g;
  return fused;
}
