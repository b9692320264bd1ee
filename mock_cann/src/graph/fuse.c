/*
 * Which elementwise calls run together, tile by tile in cache. A group runs at the place of its last member: moving a
 * member back is allowed as long as nobody outside the group needs its result before.
 */
#include <stdlib.h>
#include <string.h>

#include "graph/fuse_group.h"

enum { MOST_MEMBERS = 48, PARALLEL_ELEMENTS = 1 << 16 };

typedef struct uses {
  int *first, *list; /* operators that read a value, ascending: list[first[v] .. first[v + 1]) */
} uses;

/* A view does not run, but whoever reads it reads its input. */
static bool reads(const mc_plan *plan, const bool *needed, int index) {
  const mc_prog_op *op = &plan->program->ops[index];
  return needed[index] || (op->n_out > 0 && plan->values[op->out].root != op->out);
}

static bool index_uses(const mc_plan *plan, const bool *needed, uses *u) {
  const mc_program *program = plan->program;
  size_t total = 1;
  for (int op = 0; op < program->n_ops; ++op) {
    total += (size_t)program->ops[op].n_in;
  }
  u->first = calloc((size_t)program->n_values + 2, sizeof *u->first);
  u->list = malloc(total * sizeof *u->list);
  if (u->first == NULL || u->list == NULL) {
    return false;
  }
  for (int op = 0; op < program->n_ops; ++op) {
    for (int i = 0; reads(plan, needed, op) && i < program->ops[op].n_in; ++i) {
      if (program->ops[op].in[i] >= 0) {
        u->first[program->ops[op].in[i] + 1] += 1;
      }
    }
  }
  for (int value = 0; value < program->n_values; ++value) {
    u->first[value + 1] += u->first[value];
  }
  int *at = malloc(((size_t)program->n_values + 1) * sizeof *at);
  if (at == NULL) {
    return false;
  }
  memcpy(at, u->first, ((size_t)program->n_values + 1) * sizeof *at);
  for (int op = 0; op < program->n_ops; ++op) {
    for (int i = 0; reads(plan, needed, op) && i < program->ops[op].n_in; ++i) {
      if (program->ops[op].in[i] >= 0) {
        u->list[at[program->ops[op].in[i]]++] = op;
      }
    }
  }
  free(at);
  return true;
}

/* Every input is one element or as many as the output; the contents of no input may change behind our back. */
static bool fusible(const mc_plan *plan, int index) {
  const mc_prog_op *op = &plan->program->ops[index];
  const mc_op_call *call = plan->calls[index];
  if (call == NULL || op->kind != MC_PROG_CALL || op->n_out != 1 || (op->def->flags & MC_OP_ELEMENTWISE) == 0 ||
      op->def->tile == NULL || op->n_in > MC_FUSE_OPERANDS || mc_dtype_size(call->out[0].desc.dtype) > 8) {
    return false;
  }
  const int64_t count = mc_shape_count(&plan->values[op->out].desc.shape);
  for (int i = 0; i < op->n_in; ++i) {
    if (op->in[i] < 0) {
      continue;
    }
    const mc_plan_value *value = &plan->values[op->in[i]];
    const int64_t n = mc_shape_count(&value->desc.shape);
    if ((n != count && n != 1) || plan->program->values[value->root].written) {
      return false;
    }
  }
  return count > 0 && op->def->tile(call) != NULL;
}

typedef struct fusion {
  mc_plan *plan;
  const bool *needed;
  int *group; /* by operator: the group's head, its first member; -1: cannot be fused */
  int *next;  /* by operator: next member */
  int *size;  /* by head */
  uses users;
} fusion;

/* Outside users of the members' results that run before position `at`. */
static bool used_before(const fusion *f, int head, const int *heads, int n_heads, int at) {
  for (int member = head; member >= 0; member = f->next[member]) {
    const mc_prog_op *op = &f->plan->program->ops[member];
    const int *user = &f->users.list[f->users.first[op->out]], *end = &f->users.list[f->users.first[op->out + 1]];
    for (; user < end && *user < at; ++user) {
      bool inside = false;
      for (int i = 0; i < n_heads && !inside; ++i) {
        inside = f->group[*user] == heads[i];
      }
      if (!inside) {
        return true;
      }
    }
  }
  return false;
}

static bool can_join(const fusion *f, const int *heads, int n_heads, int at) {
  int size = 1;
  for (int i = 0; i < n_heads; ++i) {
    size += f->size[heads[i]];
    if (used_before(f, heads[i], heads, n_heads, at)) {
      return false;
    }
  }
  return size <= MOST_MEMBERS;
}

/* Members stay ascending: groups are merged like sorted lists. */
static void merge(fusion *f, int a, int b) {
  const int low = a < b ? a : b, high = a < b ? b : a;
  const int size = f->size[low] + f->size[high];
  for (int member = high; member >= 0; member = f->next[member]) {
    f->group[member] = low;
  }
  int *link = &f->next[low], other = high;
  while (other >= 0) {
    if (*link < 0 || *link > other) {
      const int rest = *link;
      *link = other;
      link = &f->next[other];
      other = rest;
    } else {
      link = &f->next[*link];
    }
  }
  f->size[low] = size;
}

static void try_join(fusion *f, int at) {
  const mc_prog_op *op = &f->plan->program->ops[at];
  const mc_shape *shape = &f->plan->values[op->out].desc.shape;
  int heads[17], n_heads = 0;
  for (int i = 0; i < op->n_in; ++i) {
    const mc_value *value = op->in[i] < 0 ? NULL : &f->plan->program->values[op->in[i]];
    if (value == NULL || value->kind != MC_VALUE_OP || f->group[value->index] < 0 ||
        f->plan->values[op->in[i]].root != op->in[i] ||
        !mc_shape_equal(&f->plan->values[op->in[i]].desc.shape, shape)) {
      continue;
    }
    const int head = f->group[value->index];
    bool seen = false;
    for (int k = 0; k < n_heads; ++k) {
      seen |= heads[k] == head;
    }
    if (!seen) {
      heads[n_heads++] = head;
    }
  }
  while (n_heads > 0 && !can_join(f, heads, n_heads, at)) {
    --n_heads; /* the first inputs' groups are tried alone */
  }
  for (int i = 0; i < n_heads; ++i) {
    merge(f, f->group[heads[i]], f->group[at]);
  }
}

/* Between the members of a group nothing may run that writes what they read; only operators that read nothing writable
 * are fusible, so the order of Assigns does not matter here. */
int mc_fuse(mc_plan *plan, const bool *needed, int *group) {
  const mc_program *program = plan->program;
  const size_t n = (size_t)program->n_ops + 1;
  fusion f = {.plan = plan, .needed = needed, .group = malloc(n * sizeof(int)), .next = malloc(n * sizeof(int)),
              .size = malloc(n * sizeof(int))};
  const bool ok = f.group != NULL && f.next != NULL && f.size != NULL && index_uses(plan, needed, &f.users);
  for (int op = 0; ok && op < program->n_ops; ++op) {
    f.group[op] = needed[op] && fusible(plan, op) ? op : -1;
    f.next[op] = -1;
    f.size[op] = 1;
    if (f.group[op] >= 0) {
      try_join(&f, op);
    }
  }
  for (int op = 0; ok && op < program->n_ops; ++op) {
    group[op] = op;
    if (f.group[op] >= 0) {
      const int head = f.group[op];
      int last = head;
      while (f.next[last] >= 0) {
        last = f.next[last];
      }
      const int64_t count = mc_shape_count(&plan->values[program->ops[op].out].desc.shape);
      group[op] = f.size[head] > 1 || count >= PARALLEL_ELEMENTS ? -1 - last : op;
    }
  }
  free(f.group);
  free(f.next);
  free(f.size);
  free(f.users.first);
  free(f.users.list);
  return ok ? 0 : MC_GE_NO_MEMORY;
}
