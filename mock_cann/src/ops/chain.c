/* Which calls are steps of a chain, recognised by the kernel that they would run alone. */
#include "ops/chain.h"

#include <string.h>

#include "ops/isa.h"
#include "ops/map.h"

MC_ISA_DECLARE(mc_binary_table, mc_binary_kernels);
MC_ISA_DECLARE(mc_unary_table, mc_unary_kernels);
MC_ISA_DECLARE(mc_choose_table, mc_choose_kernels);
MC_ISA_DECLARE(mc_chain_table, mc_chain_runs);

typedef struct known {
  int function; /* mc_binary or mc_unary */
  mc_chain_code code;
} known;

static const known kBinary[] = {
#define X(name) {MC_BINARY_##name, MC_CHAIN_##name},
    MC_CHAIN_BINARY(X)
#undef X
};
static const known kUnary[] = {
#define X(name) {MC_UNARY_##name, MC_CHAIN_##name},
    MC_CHAIN_UNARY(X)
#undef X
};

/* The result is an operand, its negative, or a small integer. */
static bool is_exact(mc_chain_code code) {
  switch (code) {
  case MC_CHAIN_MAX:
  case MC_CHAIN_MIN:
  case MC_CHAIN_ABS:
  case MC_CHAIN_NEG:
  case MC_CHAIN_RELU:
  case MC_CHAIN_RELU6:
  case MC_CHAIN_CLIP: return true;
  default: return false;
  }
}

static bool find(mc_op_tile *kernel, mc_chain_op *op) {
  const mc_binary_table *binary = MC_ISA_PICK(mc_binary_kernels);
  for (size_t i = 0; i < sizeof kBinary / sizeof kBinary[0]; ++i) {
    if (binary->at[kBinary[i].function][MC_LANE_F32] == kernel) {
      op->code = kBinary[i].code;
      op->operands = 2;
      return true;
    }
  }
  const mc_unary_table *unary = MC_ISA_PICK(mc_unary_kernels);
  for (size_t i = 0; i < sizeof kUnary / sizeof kUnary[0]; ++i) {
    if (unary->f32[kUnary[i].function] == kernel) {
      op->code = kUnary[i].code;
      op->operands = 1;
      return true;
    }
  }
  op->code = MC_CHAIN_CLIP;
  op->operands = 3;
  return MC_ISA_PICK(mc_choose_kernels)->clip[MC_LANE_F32] == kernel;
}

bool mc_chain_op_of(const mc_op_call *call, mc_chain_op *op) {
  const int dtype = call->out[0].desc.dtype;
  mc_op_tile *kernel = dtype == MC_FLOAT || dtype == MC_FLOAT16 || dtype == MC_BF16 ? mc_map_kernel(call) : NULL;
  if (kernel == NULL || !find(kernel, op) || op->operands != call->n_in) {
    return false;
  }
  for (int i = 0; i < call->n_in; ++i) {
    if (!call->in[i].present || call->in[i].desc.dtype != dtype) {
      return false;
    }
  }
  op->dtype = dtype;
  op->exact = is_exact(op->code);
  op->p = ((const mc_map_params *)call->state)->p;
  return true;
}

void mc_chain_begin(mc_chain *chain, const mc_chain_op *op) {
  const mc_chain_table *runs = MC_ISA_PICK(mc_chain_runs);
  *chain = (mc_chain){.dtype = op->dtype, .n_tiles = 1};
  chain->run = op->dtype == MC_FLOAT16 ? runs->f16 : op->dtype == MC_BF16 ? runs->bf16 : runs->f32;
  chain->widen = op->dtype == MC_FLOAT ? NULL : mc_convert_for(op->dtype, MC_FLOAT);
}

bool mc_chain_add(mc_chain *chain, const mc_chain_op *op, int running, bool other_is_tile) {
  const int tiles = op->operands == 2 && other_is_tile;
  const int numbers = op->operands - 1 - tiles;
  if (op->dtype != chain->dtype || chain->n_steps == MC_CHAIN_STEPS || chain->n_tiles + tiles > MC_CHAIN_TILES ||
      chain->n_numbers + numbers > MC_CHAIN_NUMBERS || (op->operands == 3 && (running != 0 || other_is_tile))) {
    return false;
  }
  const unsigned form = (tiles ? MC_CHAIN_IS_TILE : 0u) | (running == 1 ? MC_CHAIN_IS_SWAPPED : 0u);
  mc_chain_step *step = &chain->steps[chain->n_steps++];
  *step = (mc_chain_step){.code = (mc_chain_code)((unsigned)op->code + form), .round = !op->exact,
                          .operand = tiles ? chain->n_tiles : chain->n_numbers};
  memcpy(step->p, op->p, sizeof step->p);
  chain->n_tiles += tiles;
  chain->n_numbers += numbers;
  return true;
}

void mc_chain_end(mc_chain *chain) { chain->steps[chain->n_steps - 1].round = false; }

void mc_chain_tile(const mc_op_call *call, const void *const *in, void *out, int64_t n, uint32_t scalars) {
  (void)scalars;
  const mc_chain *chain = call->state;
  float numbers[MC_CHAIN_NUMBERS];
  for (int i = 0; i < chain->n_numbers; ++i) {
    const void *number = in[chain->n_tiles + i];
    if (chain->widen != NULL) {
      chain->widen(number, &numbers[i], 1);
    } else {
      memcpy(&numbers[i], number, sizeof numbers[i]);
    }
  }
  chain->run(chain->steps, chain->n_steps, numbers, in, chain->n_tiles, out, n);
}
