/* What losses share: their reduction and their arithmetic in double. */
#include "ops/reduction_attr.h"

#include <string.h>

#include "ops/convert.h"

int mc_loss_reduction_of(const mc_op_call *call, bool batch_mean, mc_loss_reduction *reduction) {
  static const char *const kNames[] = {"none", "mean", "sum", "batchmean"};
  const char *text = mc_attrs_string(call->attrs, "reduction", "mean");
  for (int i = 0; i < (batch_mean ? 4 : 3); ++i) {
    if (strcmp(text, kNames[i]) == 0) {
      *reduction = (mc_loss_reduction)i;
      return 0;
    }
  }
  return mc_op_error(call, "attribute reduction is '%.60s'; it must be none, mean%s or sum", text,
                     batch_mean ? ", batchmean" : "");
}

mc_shape mc_loss_shape(const mc_shape *shape, mc_loss_reduction reduction) {
  return reduction == MC_LOSS_NONE ? *shape : (mc_shape){.rank = 0};
}

void mc_load_f64(const mc_desc *desc, const void *data, int64_t at, int64_t n, double *to) {
  mc_convert_for(desc->dtype, MC_DOUBLE)((const char *)data + (size_t)at * mc_dtype_size(desc->dtype), to, n);
}

void mc_store_f64(const mc_desc *desc, const double *from, void *data, int64_t at, int64_t n) {
  mc_convert_for(MC_DOUBLE, desc->dtype)(from, (char *)data + (size_t)at * mc_dtype_size(desc->dtype), n);
}
