/* Options that name inputs: those on the host, and those whose address never changes. */
#include <stdlib.h>
#include <string.h>

#include "graph/session_state.h"

/* Marks the inputs that `key` lists. */
static mc_ge_status mark_inputs(mc_slot *slot, uint8_t *flags, const char *key, const char *text,
                                uint8_t flag) {
  int *indexes = NULL, count = 0;
  if (text == NULL) {
    return MC_GE_SUCCESS;
  }
  const char *wrong =
      mc_option_indexes(text, &indexes, &count) ? NULL : "it must be indexes with ; between them";
  for (int i = 0; i < count && wrong == NULL; i++) {
    if (indexes[i] >= mc_model_input_count(slot->model)) {
      wrong = "the graph has no input of that index";
    } else if (flag == MC_INPUT_FROZEN && (flags[indexes[i]] & MC_INPUT_HOST) != 0) {
      wrong = "the input is in ge.exec.hostInputIndexes too";
    } else if (flag == MC_INPUT_FROZEN) {
      const mc_shape *shape = &mc_model_input(slot->model, indexes[i])->desc.shape;
      if (!mc_shape_known(shape) || (shape->rank > 0 && mc_shape_count(shape) == 0)) {
        wrong = "a frozen input must have a known shape without zeros";
      }
    }
    if (wrong == NULL) {
      flags[indexes[i]] |= flag;
    }
  }
  free(indexes);
  if (wrong != NULL) {
    mc_report("E10001", text, key, wrong, NULL);
    return MC_GE_PARAM_INVALID;
  }
  return MC_GE_SUCCESS;
}

mc_ge_status mc_slot_read_input_options(mc_slot *slot, mc_options load_options) {
  const int n = mc_model_input_count(slot->model);
  uint8_t *flags = calloc((size_t)n + 1, sizeof *flags);
  void **frozen = calloc((size_t)n + 1, sizeof *frozen);
  if (flags == NULL || frozen == NULL) {
    free(flags);
    free(frozen);
    return MC_GE_MEMALLOC_FAILED;
  }
  static const char kHost[] = "ge.exec.hostInputIndexes", kFrozen[] = "ge.exec.frozenInputIndexes";
  /* LoadGraph's options count only where the graph's have none. */
  const char *frozen_text = mc_option(mc_option_set_view(&slot->own), kFrozen);
  if (frozen_text == NULL) {
    frozen_text = mc_option(load_options, kFrozen);
  }
  mc_ge_status status =
      mark_inputs(slot, flags, kHost, mc_option(mc_option_set_view(&slot->own), kHost), MC_INPUT_HOST);
  if (status == MC_GE_SUCCESS) {
    status = mark_inputs(slot, flags, kFrozen, frozen_text, MC_INPUT_FROZEN);
  }
  if (status != MC_GE_SUCCESS) {
    free(flags);
    free(frozen);
    return status;
  }
  free(slot->input_flags);
  free(slot->frozen);
  slot->input_flags = flags;
  slot->frozen = frozen;
  return MC_GE_SUCCESS;
}
