/*
 * Chains within a fused group. A member whose result only the next member reads continues that member's chain; a chain
 * is one kernel and one pass over the tile, so that nothing but its end is stored. A chain of one is worth having for
 * 16-bit floats only, where it saves the passes that convert.
 */
#include "graph/fuse_group.h"
#include "ops/chain.h"

_Static_assert((int)MC_CHAIN_TILES + (int)MC_CHAIN_NUMBERS <= (int)MC_FUSE_OPERANDS, "a chain is a member");

typedef struct fold {
  mc_plan *plan;
  const int *ops;
  mc_fuse_member *members; /* those before `kept` are done */
  int count, kept;
  int first; /* the open chain's first member; -1: none is open */
  mc_chain chain;
  mc_fuse_operand tiles[MC_CHAIN_TILES], numbers[MC_CHAIN_NUMBERS];
} fold;

static bool is_tile(const mc_fuse_operand *o) { return o->stride != 0; }

/* The operand of member `at` that is the result of the member before, when nobody else reads that; otherwise -1. */
static int continues(const fold *f, int at) {
  const mc_program *program = f->plan->program;
  const int value = program->ops[f->ops[at - 1]].out;
  int readers = 0, found = -1;
  for (int i = at; i < f->count; ++i) {
    const mc_prog_op *op = &program->ops[f->ops[i]];
    for (int k = 0; k < op->n_in; ++k) {
      if (op->in[k] == value) {
        ++readers;
        found = i == at ? k : found;
      }
    }
  }
  return readers == 1 && f->members[at - 1].out.from == MC_FUSE_FROM_REGISTER ? found : -1;
}

static bool add(fold *f, const mc_chain_op *op, const mc_fuse_member *m, int running) {
  bool tile = false;
  for (int k = 0; k < m->n_in; ++k) {
    tile |= k != running && is_tile(&m->in[k]);
  }
  const int tiles = f->chain.n_tiles, numbers = f->chain.n_numbers;
  if (!mc_chain_add(&f->chain, op, running, tile)) {
    return false;
  }
  for (int k = 0, more = 0; k < m->n_in; ++k) {
    if (k != running && tile) {
      f->tiles[tiles] = m->in[k];
    } else if (k != running) {
      f->numbers[numbers + more++] = m->in[k];
    }
  }
  return true;
}

static bool begin(fold *f, const mc_chain_op *op, int at) {
  const mc_fuse_member *m = &f->members[at];
  const int running = !is_tile(&m->in[0]) && m->n_in == 2 ? 1 : 0;
  if (!is_tile(&m->in[running])) {
    return false;
  }
  mc_chain_begin(&f->chain, op);
  f->tiles[0] = m->in[running];
  f->first = add(f, op, m, running) ? at : -1;
  return f->first >= 0;
}

/* Ends the open chain, whose last member is `last`. */
static bool end(fold *f, int last) {
  if (f->first < 0) {
    return true;
  }
  mc_fuse_member m = f->members[last];
  if (f->chain.n_steps > 1 || f->chain.dtype != MC_FLOAT) {
    mc_arena *arena = &f->plan->arena;
    mc_chain *chain = mc_arena_alloc(arena, sizeof *chain);
    mc_op_call *call = mc_arena_alloc(arena, sizeof *call);
    const int n_in = f->chain.n_tiles + f->chain.n_numbers;
    mc_fuse_operand *in = mc_arena_alloc(arena, (size_t)n_in * sizeof *in);
    if (chain == NULL || call == NULL || in == NULL) {
      return false;
    }
    for (int i = 0; i < n_in; ++i) {
      in[i] = i < f->chain.n_tiles ? f->tiles[i] : f->numbers[i - f->chain.n_tiles];
    }
    mc_chain_end(&f->chain);
    *chain = f->chain;
    *call = *m.call;
    call->state = chain;
    m = (mc_fuse_member){.call = call, .tile = mc_chain_tile, .n_in = n_in, .in = in, .out = m.out};
  }
  f->members[f->kept++] = m;
  f->first = -1;
  return true;
}

int mc_fuse_chains(mc_plan *plan, const int *ops, mc_fuse_member *members, int count) {
  fold f = {.plan = plan, .ops = ops, .members = members, .count = count, .first = -1};
  for (int at = 0; at < count; ++at) {
    mc_chain_op op;
    const bool fits = mc_chain_op_of(members[at].call, &op);
    const int running = fits && f.first >= 0 ? continues(&f, at) : -1;
    if (running >= 0 && add(&f, &op, &members[at], running)) {
      continue;
    }
    if (!end(&f, at - 1)) {
      return -1;
    }
    if (!fits || !begin(&f, &op, at)) {
      members[f.kept++] = members[at];
    }
  }
  return end(&f, count - 1) ? f.kept : -1;
}
