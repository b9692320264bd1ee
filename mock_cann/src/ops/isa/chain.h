/* Chains of elementwise functions of 16- and 32-bit floats: one pass, with a block of elements in registers. */
#ifndef MC_OPS_ISA_CHAIN_H
#define MC_OPS_ISA_CHAIN_H

#include "ops/op.h"

/* Functions of the running value and another operand, which is one number or a tile; with the roles exchanged too. */
#define MC_CHAIN_BINARY(X) X(ADD) X(SUB) X(MUL) X(DIV) X(MAX) X(MIN) X(SQUARED_DIFFERENCE)
/* Functions of the running value and of parameters p0, p1, p2, which mean what they do in isa/unary.c. */
#define MC_CHAIN_UNARY(X)                                                                                    \
  X(ABS) X(NEG) X(SQUARE) X(RECIPROCAL) X(RELU) X(RELU6) X(RELU_TO) X(LEAKY_RELU) X(AFFINE) X(HARD_SIGMOID)  \
  X(HARD_SWISH)

typedef enum mc_chain_code {
#define X(name) MC_CHAIN_##name, MC_CHAIN_##name##_TILE, MC_CHAIN_##name##_SWAPPED, MC_CHAIN_##name##_TILE_SWAPPED,
  MC_CHAIN_BINARY(X)
#undef X
#define X(name) MC_CHAIN_##name,
  MC_CHAIN_UNARY(X)
#undef X
      MC_CHAIN_CLIP /* between two numbers */
} mc_chain_code;

enum { MC_CHAIN_IS_TILE = 1, MC_CHAIN_IS_SWAPPED = 2 }; /* added to a binary function's first code */

typedef struct mc_chain_step {
  mc_chain_code code;
  bool round; /* to the stored type; what is exact in it and what ends the chain (storing rounds) need not */
  int operand; /* index of the tile, or of the number (Clip: the first of two) */
  float p[3];
} mc_chain_step;

enum { MC_CHAIN_TILES = 8 }; /* no chain reads more of them */

/* out[i] = the steps applied to tiles[0][i] for i < n. Tiles and `out` are of one type; `out` may be a tile. */
typedef void mc_chain_run(const mc_chain_step *steps, int n_steps, const float *numbers, const void *const *tiles,
                          int n_tiles, void *out, int64_t n);

typedef struct mc_chain_table {
  mc_chain_run *f32, *f16, *bf16;
} mc_chain_table;

#endif
