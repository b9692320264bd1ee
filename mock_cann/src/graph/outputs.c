/* Outputs of a launch: their descriptions, and memory for those that come without. */
#include "graph/loaded.h"

enum { OUTPUT_ROUND = 32 };

static void describe_output(mc_binding *out, const mc_desc *desc) {
  out->shape = desc->shape;
  out->dtype = desc->dtype;
  out->format = desc->format;
}

/* CANN rounds up to 32 and adds 32. */
static size_t asked_size(int64_t bytes) {
  return ((size_t)bytes + OUTPUT_ROUND - 1) / OUTPUT_ROUND * OUTPUT_ROUND + OUTPUT_ROUND;
}

static int allocate_output(mc_loaded *loaded, mc_binding *out, int64_t bytes, const mc_allocator *allocator,
                           void **block) {
  const mc_allocator engine = {0};
  if (allocator == NULL && loaded->model->is_static) {
    return 0; /* CANN leaves it to the device to fail */
  }
  mc_block memory;
  const int status = mc_block_allocate(&memory, allocator == NULL ? &engine : allocator, asked_size(bytes), "an output");
  if (status == 0) {
    out->address = memory.address;
    out->size = (size_t)bytes;
    if (block != NULL) {
      *block = memory.handle;
    }
  }
  return status;
}

void mc_outputs_give_back(mc_binding *out, int n_out, const bool *mine, const mc_allocator *allocator, void **blocks) {
  for (int i = 0; i < n_out; ++i) {
    if (mine[i]) {
      if (allocator != NULL) {
        allocator->free(allocator->self, blocks[i]);
        blocks[i] = NULL;
      } else {
        mc_device_free("an output", out[i].address);
      }
      out[i].address = NULL;
      out[i].size = 0;
    }
  }
}

/* Describes all outputs and allocates those without address; `mine` says which. */
int mc_outputs_prepare(mc_loaded *loaded, const mc_desc *descs, mc_binding *out, int n_out,
                           const mc_allocator *allocator, void **blocks, bool *mine) {
  int status = 0;
  for (int i = 0; i < n_out && status == 0; ++i) {
    const bool missing = out[i].address == NULL;
    describe_output(&out[i], &descs[i]);
    if (missing) {
      status = allocate_output(loaded, &out[i], mc_desc_bytes(&descs[i]), allocator, blocks == NULL ? NULL : &blocks[i]);
      mine[i] = status == 0 && out[i].address != NULL;
    }
  }
  if (status != 0) {
    mc_outputs_give_back(out, n_out, mine, allocator, blocks);
  }
  return status;
}
