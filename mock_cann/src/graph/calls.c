/* Calls: empty ones to be filled, copies, and the ones that are computed while compiling. */
#include <stdlib.h>

#include "graph/program.h"

/* Computing while compiling must not blow up the model: results up to this size, or up to what they were made of. */
enum { FOLD_BYTES = 1 << 20 };

static int copy_run(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  if (in[0] != out[0]) {
    mc_copy(out[0], in[0], (size_t)(uintptr_t)call->state);
  }
  return 0;
}

mc_op_call *mc_new_call(mc_arena *arena, const char *node, int n_in, int n_out) {
  mc_op_call *call = mc_arena_alloc(arena, sizeof *call);
  mc_op_value *values = mc_arena_alloc(arena, (size_t)(n_in + n_out + 1) * sizeof *values);
  char *error = mc_arena_alloc(arena, 256);
  if (call == NULL || values == NULL || error == NULL) {
    return NULL;
  }
  *call = (mc_op_call){.node = node, .n_in = n_in, .n_out = n_out, .in = values, .out = values + n_in,
                       .arena = arena, .error = error};
  return call;
}

mc_op_call *mc_copy_call(mc_arena *arena, const char *node, int64_t bytes) {
  mc_op_call *call = mc_new_call(arena, node, 1, 1);
  if (call != NULL) {
    call->run = copy_run;
    call->state = (void *)(uintptr_t)bytes;
    call->cost_ns = (uint32_t)(bytes / 8 > 100000000 ? 100000000 : bytes / 8);
  }
  return call;
}

bool mc_fold_worthwhile(const mc_infer *infer, const mc_prog_op *op) {
  int64_t in = 0, out = 0;
  if ((op->def->flags & MC_OP_EVERY_RUN) != 0) {
    return false;
  }
  for (int i = 0; i < op->n_in; ++i) {
    if (op->in[i] >= 0) {
      const mc_plan_value *value = &infer->values[op->in[i]];
      if (value->known == NULL && value->bytes > 0) {
        return false;
      }
      in += value->bytes;
    }
  }
  for (int i = 0; i < op->n_out; ++i) {
    out += infer->values[op->out + i].bytes;
  }
  /* While sampling only shapes are of interest: they are computed from small tensors. */
  return out <= FOLD_BYTES / (infer->prepare ? 1 : 16) || (infer->prepare && out <= in);
}

bool mc_fold(mc_infer *infer, const mc_prog_op *op, mc_op_call *call) {
  const void **in = mc_arena_alloc(infer->arena, ((size_t)op->n_in + 1) * sizeof *in);
  void **out = mc_arena_alloc(infer->arena, ((size_t)op->n_out + 1) * sizeof *out);
  void *scratch = call->scratch == 0 ? NULL : aligned_alloc(64, (call->scratch + 63) / 64 * 64);
  bool ok = in != NULL && out != NULL && (call->scratch == 0 || scratch != NULL);
  for (int i = 0; ok && i < op->n_in; ++i) {
    in[i] = call->in[i].value;
  }
  for (int i = 0; ok && i < op->n_out; ++i) {
    out[i] = mc_arena_alloc(infer->arena, (size_t)infer->values[op->out + i].bytes + 1);
    ok = out[i] != NULL;
  }
  ok = ok && call->run(call, in, out, scratch) == 0;
  for (int i = 0; ok && i < op->n_out; ++i) {
    infer->values[op->out + i].known = out[i];
  }
  free(scratch);
  return ok;
}
