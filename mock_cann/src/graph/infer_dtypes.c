/*
 * Element types of what an operator makes when its shapes cannot be inferred: they depend on attributes and the inputs'
 * types, never on shapes. So inference runs on small tensors of the same types until the operator accepts some.
 */
#include <string.h>

#include "graph/program.h"

typedef struct trial {
  int rank;       /* of tensors of one element that stand for inputs; -1: what is known stays */
  bool replace;   /* also contents that are known: they may fit no small tensor */
  int value_rank; /* of inputs whose contents inference needs */
  bool one;       /* their contents: 1, or 0 */
} trial;

static bool needs_contents(const mc_op_call *call, int input) {
  for (int slot = 0; slot < 32 && call->def->value_inputs >> slot != 0; ++slot) {
    if ((call->def->value_inputs >> slot & 1) != 0 && input >= call->slot_first[slot] &&
        input < call->slot_first[slot] + call->slot_count[slot]) {
      return true;
    }
  }
  return false;
}

static void stand_in(mc_op_value *value, int rank) {
  value->desc.shape = (mc_shape){.rank = rank};
  for (int axis = 0; axis < rank; ++axis) {
    value->desc.shape.dims[axis] = 1;
  }
  value->value = NULL;
}

static bool accepts(mc_op_call *call, const mc_op_value *in, const trial *t) {
  static const int64_t kContents[] = {0, 1}; /* little-endian: also as narrower integers */
  for (int i = 0; i < call->n_in; ++i) {
    mc_op_value *value = &call->in[i];
    *value = in[i];
    const bool contents = needs_contents(call, i);
    if (!value->present || (contents && value->value != NULL && !t->replace)) {
      continue;
    }
    if (contents) {
      stand_in(value, t->value_rank);
      value->value = &kContents[t->one];
    } else if (t->rank >= 0) {
      stand_in(value, t->rank);
    } else if (!mc_shape_known(&value->desc.shape)) {
      stand_in(value, 1);
    }
  }
  return (call->def->infer != NULL ? call->def->infer(call) : mc_infer_same(call)) == 0;
}

bool mc_call_dtypes(mc_op_call *call) {
  static const int kRanks[] = {-1, 1, 2, 4, 3, 0};
  enum { RANKS = sizeof kRanks / sizeof *kRanks, CONTENTS = 4 };
  mc_op_value *in = mc_op_alloc(call, ((size_t)call->n_in + 1) * sizeof *in);
  if (in == NULL) {
    return false;
  }
  memcpy(in, call->in, (size_t)call->n_in * sizeof *in);
  for (int i = 0; i < 2 * RANKS * CONTENTS; ++i) {
    const trial t = {.rank = kRanks[i / CONTENTS % RANKS],
                     .replace = i >= RANKS * CONTENTS,
                     .value_rank = i % CONTENTS / 2,
                     .one = i % 2 == 1};
    if (accepts(call, in, &t)) {
      return true;
    }
  }
  return false;
}

void mc_infer_dtypes(mc_infer *infer, int index) {
  const mc_prog_op *op = &infer->program->ops[index];
  for (int i = 0; i < op->n_out; ++i) {
    if (infer->values[op->out + i].desc.dtype != MC_UNDEFINED) {
      return; /* inference said what it could */
    }
    infer->values[op->out + i].desc = (mc_desc){.format = MC_FORMAT_ND, .shape = {.rank = MC_RANK_UNKNOWN},
                                                .dtype = MC_UNDEFINED};
  }
  for (int i = 0; i < op->n_in; ++i) {
    if (op->in[i] >= 0 && infer->values[op->in[i]].desc.dtype == MC_UNDEFINED) {
      return;
    }
  }
  if (op->kind == MC_PROG_FLOW) {
    mc_flow_dtypes(infer, op);
    return;
  }
  if (op->kind == MC_PROG_ASSIGN) {
    return; /* gives nothing */
  }
  if (op->kind != MC_PROG_CALL) {
    infer->values[op->out].desc.dtype = infer->values[op->in[0]].desc.dtype;
    return;
  }
  mc_op_call *call = mc_infer_call(infer, op);
  if (call != NULL && mc_call_dtypes(call)) {
    for (int i = 0; i < op->n_out; ++i) {
      infer->values[op->out + i].desc.dtype = call->out[i].desc.dtype;
    }
  }
}
