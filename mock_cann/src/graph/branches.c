/* Switch and Merge while a graph runs operator by operator: outputs of a branch that is not taken are never made. */
#include <string.h>

#include "graph/flow.h"

bool mc_eager_waits(const mc_eager *eager, const mc_guards *guards) {
  for (int i = 0; i < guards->count; ++i) {
    if (!eager->made[guards->values[i]]) {
      return true;
    }
  }
  return false;
}

/* A result of its own: the source may be a variable, which changes. */
static int give(mc_eager *eager, mc_infer *infer, int to, const mc_desc *desc, const void *data) {
  mc_plan_value *value = &infer->values[to];
  const int64_t bytes = mc_desc_bytes(desc);
  void *copy = bytes < 0 ? NULL : mc_arena_alloc(infer->arena, (size_t)bytes + 1);
  if (copy == NULL) {
    return MC_GE_NO_MEMORY;
  }
  if (bytes > 0) {
    memcpy(copy, data, (size_t)bytes);
  }
  value->desc = *desc;
  value->bytes = bytes;
  value->known = copy;
  eager->made[to] = true;
  return 0;
}

static int refuse(mc_infer *infer, const mc_prog_op *op, const char *why) {
  mc_infer_refuse(infer, op, "%s", why);
  return MC_GE_PARAM_INVALID;
}

static int run_switch(mc_eager *eager, mc_infer *infer, const mc_prog_op *op) {
  const mc_plan_value *data = &infer->values[op->in[0]], *pred = &infer->values[op->in[1]];
  if (pred->desc.dtype != MC_BOOL || pred->bytes != 1) {
    return refuse(infer, op, "input pred must hold one bool");
  }
  return give(eager, infer, op->out + (*(const uint8_t *)pred->known != 0), &data->desc, data->known);
}

static int run_merge(mc_eager *eager, mc_infer *infer, const mc_prog_op *op) {
  static const mc_desc kIndex = {.dtype = MC_INT32, .format = MC_FORMAT_ND};
  for (int32_t i = 0; i < op->n_in; ++i) {
    if (!mc_eager_waits(eager, &op->in_guards[i])) {
      const mc_plan_value *from = &infer->values[op->in[i]];
      const int status = give(eager, infer, op->out, &from->desc, from->known);
      return status != 0 ? status : give(eager, infer, op->out + 1, &kIndex, &i);
    }
  }
  return 0;
}

int mc_eager_branch(mc_eager *eager, mc_infer *infer, const mc_prog_op *op) {
  return op->in_guards != NULL ? run_merge(eager, infer, op) : run_switch(eager, infer, op);
}
