/* The fused attention operators: how they differ, and what a call says. */
#ifndef MC_OPS_FLASH_ATTENTION_H
#define MC_OPS_FLASH_ATTENTION_H

#include "ops/attention.h"

/* What an operator calls its inputs and attributes; -1 and NULL: it has none. */
typedef struct mc_flash_spelling {
  const char *heads, *kv_heads, *scale, *layout, *before, *after;
  int bias, mask, q_lengths, kv_lengths, y;
  bool training;
  uint32_t plain; /* bit i: input i may be connected; others are not emulated */
} mc_flash_spelling;

enum { MC_FLASH_SCORE, MC_FLASH_PROMPT, MC_FLASH_INCREMENTAL, MC_FLASH_FUSED };

extern const mc_flash_spelling mc_flash_spellings[];

/* Reads and checks a call; the data of planes and lengths is filled in when it runs. */
int mc_flash_read(const mc_op_call *call, mc_att *a);

#endif
