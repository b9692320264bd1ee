/* What the emulated box has done so far in this process, for programs that want to prove where work ran. */
#ifndef MC_WATCH_COUNTS_H
#define MC_WATCH_COUNTS_H

#include <stdint.h>

typedef enum mc_count {
  MC_COUNT_MODEL_RUNS,      /* graphs and models launched on a stream or run for the host */
  MC_COUNT_OPERATOR_RUNS,   /* single operators launched */
  MC_COUNT_ACLNN_RUNS,      /* of these, by the aclnn functions */
  MC_COUNT_OPERATOR_BUILDS, /* single operators compiled: not found among those compiled before */
  MC_COUNT_PLANS,           /* plans made: graphs compiled for shapes, subgraphs and single operators among them */
  MC_COUNTS
} mc_count;

/* Any thread, no lock. */
void mc_count_add(mc_count count);

#endif
