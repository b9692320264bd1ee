/* A node's anchors against the operator's prototype: by name where the file carries names, else by position. */
#include <stdio.h>
#include <string.h>

#include "graph/program.h"

typedef struct slot {
  const char *name;
  int length;
  char suffix; /* 0, '?' or '*' */
} slot;

/* The next word of a prototype string; false at its end. */
static bool next_slot(const char **text, slot *result) {
  while (**text == ' ') {
    *text += 1;
  }
  const char *start = *text;
  while (**text != 0 && **text != ' ') {
    *text += 1;
  }
  if (*text == start) {
    return false;
  }
  const char last = (*text)[-1];
  result->suffix = last == '?' || last == '*' ? last : 0;
  result->name = start;
  result->length = (int)(*text - start) - (result->suffix != 0);
  return true;
}

int mc_prototype_count(const char *names) {
  int count = 0;
  slot ignored;
  while (next_slot(&names, &ignored)) {
    ++count;
  }
  return count;
}

/* "x3" is member 3 of the dynamic slot "x". -1: the name is not of this slot. */
static int member_of(const char *name, const slot *s) {
  if (strncmp(name, s->name, (size_t)s->length) != 0) {
    return -1;
  }
  const char *rest = name + s->length;
  if (s->suffix != '*') {
    return *rest == 0 ? 0 : -1;
  }
  int index = 0;
  for (const char *digit = rest; *digit != 0; ++digit) {
    if (*digit < '0' || *digit > '9' || index > 1000000) {
      return -1;
    }
    index = index * 10 + (*digit - '0');
  }
  return *rest == 0 ? -1 : index;
}

/* The anchor that holds a member of a slot; -1 when there is none. */
static int find_anchor(const mc_node *node, const slot *s, int member) {
  for (int i = 0; i < node->n_in; ++i) {
    if (node->in[i].name != NULL && member_of(node->in[i].name, s) == member) {
      return i;
    }
  }
  return -1;
}

static bool has_names(const mc_node *node) {
  for (int i = 0; i < node->n_in; ++i) {
    if (node->in[i].name == NULL) {
      return false;
    }
  }
  return node->n_in > 0;
}

static bool all_names_known(const mc_node *node, const char *inputs, char why[200]) {
  for (int i = 0; i < node->n_in; ++i) {
    const char *text = inputs;
    slot s;
    bool known = false;
    while (!known && next_slot(&text, &s)) {
      known = member_of(node->in[i].name, &s) >= 0;
    }
    if (!known && node->in[i].from != NULL) {
      snprintf(why, 200, "has no input '%.60s'; its inputs are: %.100s", node->in[i].name, inputs);
      return false;
    }
  }
  return true;
}

/* How many anchors a dynamic slot has when only positions are known: those no other slot takes. */
static int dynamic_count(const mc_node *node, const char *inputs) {
  const int count = node->n_in - mc_prototype_count(inputs) + 1;
  return count < 0 ? 0 : count;
}

int mc_prototype_twin(const mc_node *node, const mc_op_def *def, int output) {
  const char *outputs = def->outputs, *inputs = def->inputs == NULL ? "" : def->inputs;
  slot wanted = {0}, input;
  for (int at = 0; at <= output; ++at) {
    if (!next_slot(&outputs, &wanted)) {
      return -1;
    }
  }
  if (has_names(node)) {
    return find_anchor(node, &wanted, 0);
  }
  for (int at = 0; at < node->n_in && next_slot(&inputs, &input); ++at) {
    if (input.length == wanted.length && strncmp(input.name, wanted.name, (size_t)wanted.length) == 0) {
      return at;
    }
  }
  return -1;
}

typedef struct binding {
  mc_prog_op *op;
  const int *from; /* values by anchor */
  bool named;
  int next; /* anchor, when binding by position */
  char *why;
} binding;

static bool bind_slot(binding *b, const char *inputs, const slot *s, int at) {
  const mc_node *node = b->op->node;
  int members = s->suffix == '*' ? dynamic_count(node, inputs) : 1;
  b->op->slot_first[at] = b->op->n_in;
  for (int member = 0; s->suffix == '*' && b->named ? true : member < members; ++member) {
    int anchor = b->next;
    if (b->named) {
      anchor = find_anchor(node, s, member);
      if (anchor < 0 && s->suffix == '*') {
        break;
      }
    } else {
      b->next += 1;
    }
    const int value = anchor >= 0 && anchor < node->n_in ? b->from[anchor] : -1;
    if (value < 0 && s->suffix != '?') {
      snprintf(b->why, 200, "needs its input '%.*s%s', which is not connected", s->length, s->name,
               s->suffix == '*' ? " (every member)" : "");
      return false;
    }
    b->op->in[b->op->n_in++] = value;
  }
  b->op->slot_count[at] = b->op->n_in - b->op->slot_first[at];
  return true;
}

bool mc_prototype_bind(mc_program *program, mc_prog_op *op, const int *in, char why[200]) {
  const char *inputs = op->def->inputs == NULL ? "" : op->def->inputs;
  const int slots = mc_prototype_count(inputs);
  const mc_node *node = op->node;
  op->in = mc_arena_alloc(&program->arena, (size_t)(node->n_in + slots + 1) * sizeof *op->in);
  op->slot_first = mc_arena_alloc(&program->arena, (size_t)(slots + 1) * sizeof *op->slot_first);
  op->slot_count = mc_arena_alloc(&program->arena, (size_t)(slots + 1) * sizeof *op->slot_count);
  if (op->in == NULL || op->slot_first == NULL || op->slot_count == NULL) {
    snprintf(why, 200, "cannot be compiled: out of memory");
    return false;
  }
  binding b = {.op = op, .from = in, .named = has_names(node), .why = why};
  if (b.named && !all_names_known(node, inputs, why)) {
    return false;
  }
  slot s;
  const char *text = inputs;
  for (int at = 0; next_slot(&text, &s); ++at) {
    if (!bind_slot(&b, inputs, &s, at)) {
      return false;
    }
  }
  if (!b.named && b.next < node->n_in) {
    snprintf(why, 200, "has %d inputs connected; its inputs are: %.100s", node->n_in, inputs);
    return false;
  }
  return true;
}
