/*
 * Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3" (2011): block number `counter` of the sequence `key` is four words that need no other block, so that threads
 * share a sequence and every run of an operator continues where the last one ended.
 */
#ifndef MC_OPS_PHILOX_H
#define MC_OPS_PHILOX_H

#include "ops/memory.h"
#include "ops/op.h"

/* A stretch of a sequence: block i has the 128-bit counter (high, low + i). */
typedef struct mc_philox {
  uint64_t key, high, low;
} mc_philox;

static inline void mc_philox_block(const mc_philox *p, uint64_t index, uint32_t out[4]) {
  const uint64_t low = p->low + index, high = p->high + (low < index);
  uint32_t c0 = (uint32_t)low, c1 = (uint32_t)(low >> 32), c2 = (uint32_t)high, c3 = (uint32_t)(high >> 32);
  uint32_t k0 = (uint32_t)p->key, k1 = (uint32_t)(p->key >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = UINT64_C(0xD2511F53) * c0, b = UINT64_C(0xCD9E8D57) * c2;
    c0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)b;
    c2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)a;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/* The next `blocks` blocks of the node's own sequence, which its attributes seed and seed2 choose; both 0: one that
 * differs with every loaded graph. */
static inline mc_philox mc_philox_take(const mc_op_call *call, uint64_t blocks) {
  const uint64_t seed = (uint64_t)mc_attrs_int(call->attrs, "seed", 0);
  const uint64_t seed2 = (uint64_t)mc_attrs_int(call->attrs, "seed2", 0);
  const bool given = seed != 0 || seed2 != 0;
  return (mc_philox){.key = given ? seed : call->memory->seed[0],
                     .high = given ? seed2 : call->memory->seed[1],
                     .low = atomic_fetch_add(&call->memory->used, blocks)};
}

/* [0, 1) with 53 random bits; (0, 1) with 32. */
static inline double mc_unit_double(const uint32_t word[2]) {
  return (double)(((uint64_t)word[0] << 32 | word[1]) >> 11) * 0x1p-53;
}
static inline double mc_unit_open(uint32_t word) { return ((double)word + 0.5) * 0x1p-32; }

/* An output of the dims that the integers of input 0 say. */
int mc_random_shape(mc_op_call *call, mc_shape *shape);

#endif
