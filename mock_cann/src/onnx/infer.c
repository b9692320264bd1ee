/*
 * Shapes while importing: an emitted node is inferred by the operator itself, once for each of two samples of the unknown
 * dims, and computed where its inputs' contents are known and small - that is how the shape arithmetic that exporters
 * write becomes numbers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/emit.h"

/* Contents are computed up to this size. */
enum { LARGEST = 1 << 16 };

static bool described(const mc_desc *desc) { return desc->dtype != MC_UNDEFINED && mc_shape_known(&desc->shape); }

static mc_op_call *new_call(mc_ge *ge, int which) {
  int total = 0;
  for (int i = 0; i < ge->n_slots; ++i) {
    total += ge->n_in[i] > 0 ? ge->n_in[i] : 1;
  }
  mc_import *import = ge->on->scope->import;
  mc_op_call *call = mc_new_call(&import->arena, ge->node->name, total, ge->n_out);
  int *slots = mc_on_alloc(ge->on, 2 * (size_t)(ge->n_slots + 1) * sizeof *slots);
  if (call == NULL || slots == NULL) {
    return NULL;
  }
  int *first = slots, *count = slots + ge->n_slots + 1;
  call->def = ge->def;
  call->attrs = &ge->attrs;
  call->slot_first = first;
  call->slot_count = count;
  int at = 0;
  mc_ge_word word;
  for (int i = 0; mc_ge_slot(ge->def->inputs, i, &word); ++i) {
    first[i] = at;
    count[i] = word.suffix == '*' ? ge->n_in[i] : 1;
    for (int member = 0; member < count[i]; ++member, ++at) {
      if (member < ge->n_in[i]) {
        mc_val_data(ge->on, ge->in[i][member]); /* aligns constants */
        const mc_val_body *body = ge->in[i][member]->body;
        const mc_sample *sample = &body->sample[body->sampled ? which : 0];
        call->in[at] = (mc_op_value){.desc = sample->desc, .value = sample->data, .present = true};
        call->in[at].desc.format = ge->in_format[i] < 0 ? MC_FORMAT_ND : ge->in_format[i];
      }
    }
  }
  call->n_in = at;
  for (int i = 0; i < ge->n_out; ++i) {
    call->out[i] = (mc_op_value){.desc = {.dtype = MC_UNDEFINED, .format = MC_FORMAT_ND}, .present = true};
  }
  return call;
}

static bool all_described(const mc_op_call *call) {
  for (int i = 0; i < call->n_in; ++i) {
    if (call->in[i].present && !described(&call->in[i].desc)) {
      return false;
    }
  }
  return true;
}

static bool contents_known(const mc_op_call *call, int n_slots) {
  for (int slot = 0; slot < n_slots && slot < 32; ++slot) {
    for (int i = 0; (call->def->value_inputs >> slot & 1) != 0 && i < call->slot_count[slot]; ++i) {
      const mc_op_value *value = &call->in[call->slot_first[slot] + i];
      if (value->present && value->value == NULL && mc_desc_bytes(&value->desc) != 0) {
        return false;
      }
    }
  }
  return true;
}

/* Runs the operator when it is cheap and all contents are known; results stay in the import's memory. */
static void compute(mc_ge *ge, mc_op_call *call) {
  const void *in[64];
  void *out[64];
  int64_t bytes = 0;
  bool known = call->n_in <= 64 && call->n_out <= 64 && call->n_in > 0 &&
               (call->def->flags & MC_OP_EVERY_RUN) == 0;
  for (int i = 0; known && i < call->n_in; ++i) {
    in[i] = call->in[i].present ? call->in[i].value : NULL;
    const int64_t size = call->in[i].present ? mc_desc_bytes(&call->in[i].desc) : 0;
    known = (!call->in[i].present || in[i] != NULL) && size >= 0 && size <= LARGEST;
    bytes += known ? size : 0;
  }
  for (int i = 0; known && i < call->n_out; ++i) {
    const int64_t size = mc_desc_bytes(&call->out[i].desc);
    known = size >= 0 && size <= LARGEST;
    bytes += known ? size : 0;
  }
  if (!known || bytes > LARGEST) {
    return;
  }
  call->run = call->def->kernel;
  if ((call->def->prepare != NULL && call->def->prepare(call) != 0) || call->run == NULL) {
    return;
  }
  void *scratch = call->scratch == 0 ? NULL : aligned_alloc(64, (call->scratch + 63) / 64 * 64);
  for (int i = 0; known && i < call->n_out; ++i) {
    out[i] = mc_on_alloc(ge->on, (size_t)mc_desc_bytes(&call->out[i].desc));
    known = out[i] != NULL;
  }
  if (known && (call->scratch == 0 || scratch != NULL) && call->run(call, in, out, scratch) == 0) {
    for (int i = 0; i < call->n_out; ++i) {
      call->out[i].value = out[i];
    }
  }
  free(scratch);
}

/* Types do not depend on shapes: where these are not known, types may still be. */
static void infer_dtypes(mc_ge *ge, int which) {
  mc_op_call *call = new_call(ge, which);
  bool typed = call != NULL;
  for (int i = 0; typed && i < call->n_in; ++i) {
    typed = !call->in[i].present || call->in[i].desc.dtype != MC_UNDEFINED;
  }
  if (!typed || !mc_call_dtypes(call)) {
    return;
  }
  for (int i = 0; i < ge->n_out; ++i) {
    ge->out[i]->body->sample[which] = (mc_sample){.desc = {.dtype = call->out[i].desc.dtype,
                                                           .format = MC_FORMAT_ND,
                                                           .shape = {.rank = MC_RANK_UNKNOWN}}};
  }
}

static void take_outputs(mc_ge *ge, const mc_op_call *call, int which) {
  for (int i = 0; i < ge->n_out; ++i) {
    const int64_t bytes = mc_desc_bytes(&call->out[i].desc);
    if (bytes < 0 || bytes > MC_LARGEST_TENSOR) {
      continue;
    }
    mc_sample *sample = &ge->out[i]->body->sample[which];
    *sample = (mc_sample){call->out[i].desc, call->out[i].value};
    if (sample->data == NULL && bytes == 0) {
      sample->data = "";
    }
  }
}

static bool infer_sample(mc_ge *ge, int which, char why[256]) {
  mc_op_call *call = new_call(ge, which);
  if (call == NULL) {
    memcpy(why, "out of memory", sizeof "out of memory");
    return false;
  }
  const bool all = all_described(call);
  if (all && !contents_known(call, ge->n_slots) && mc_on_guess_rank(call, which)) {
    take_outputs(ge, call, which);
    ge->guessed = true;
    return true;
  }
  if (!all || !contents_known(call, ge->n_slots)) {
    infer_dtypes(ge, which);
    return true; /* no shape is known, nothing is wrong */
  }
  if ((call->def->infer != NULL ? call->def->infer(call) : mc_infer_same(call)) != 0) {
    memcpy(why, call->error, 256);
    why[255] = 0;
    return false;
  }
  bool contents = true;
  for (int i = 0; i < ge->n_out; ++i) {
    contents = contents && (call->out[i].value != NULL || mc_desc_bytes(&call->out[i].desc) == 0);
  }
  if (!contents) {
    compute(ge, call);
  }
  take_outputs(ge, call, which);
  return true;
}

static bool any_sampled(const mc_ge *ge) {
  for (int i = 0; i < ge->n_slots; ++i) {
    for (int member = 0; member < ge->n_in[i]; ++member) {
      if (ge->in[i][member]->body->sampled) {
        return true;
      }
    }
  }
  return false;
}

/* As the compiler does: an operator's first input says whether it computes such elements at all. */
static bool computes(const mc_ge *ge, char why[256]) {
  if (ge->n_slots == 0 || ge->n_in[0] == 0) {
    return true;
  }
  const int dtype = ge->in[0][0]->dtype;
  if (dtype == MC_UNDEFINED || (ge->def->dtypes & MC_DTYPE_BIT(dtype)) != 0) {
    return true;
  }
  snprintf(why, 256, "dtype %s is not emulated", mc_dtype_name(dtype));
  return false;
}

bool mc_on_infer(mc_ge *ge, char why[256]) {
  if (ge->n_subgraphs > 0) {
    return true; /* the mapper knows, and says it with mc_ge_declare */
  }
  if (!computes(ge, why)) {
    return false;
  }
  bool sampled = any_sampled(ge);
  /* A sample that an operator refuses says nothing about the shapes to come; exact shapes that do not fit are an error. */
  const bool first = infer_sample(ge, 0, why);
  if (!first && !sampled) {
    return false;
  }
  sampled = sampled || ge->guessed;
  const bool both = first && sampled && infer_sample(ge, 1, why);
  if (sampled && !first) {
    infer_dtypes(ge, 0);
  }
  for (int i = 0; i < ge->n_out; ++i) {
    mc_val_body *body = ge->out[i]->body;
    body->sampled = sampled;
    if (sampled && !both) {
      const int dtype = body->sample[0].desc.dtype;
      for (int which = 0; which < 2; ++which) {
        body->sample[which] = (mc_sample){.desc = {.dtype = dtype, .format = MC_FORMAT_ND, .shape = {.rank = MC_RANK_UNKNOWN}}};
      }
    }
    mc_val_settle(ge->out[i]);
  }
  return true;
}
