/*
 * SyncBatchNormGatherStatsWithCounts: the spread of a batch that several devices normalise together, from each one's
 * mean, inverted standard deviation and number of elements; and the running variance moved towards it by momentum,
 * unbiased. As PyTorch's batch_norm_gather_stats_with_counts once the common mean is known.
 */
#include <math.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/widen.h"

enum { MEANS, INVERTED, COUNTS, MEAN, COUNT, RUNNING, INPUTS };

typedef struct sync_state {
  int64_t devices, channels;
  int64_t device_step[INPUTS], channel_step[INPUTS];
  double epsilon, momentum;
} sync_state;

static double at(const sync_state *s, const void *const *in, int input, int64_t device, int64_t channel) {
  return (double)((const float *)in[input])[device * s->device_step[input] + channel * s->channel_step[input]];
}

static int run_sync(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const sync_state *s = call->state;
  for (int64_t c = 0; c < s->channels; ++c) {
    double sum = 0;
    for (int64_t d = 0; d < s->devices; ++d) {
      const double deviation = 1 / at(s, in, INVERTED, d, c);
      const double away = at(s, in, MEANS, d, c) - at(s, in, MEAN, d, c);
      sum += (deviation * deviation - s->epsilon + away * away) * at(s, in, COUNTS, d, c);
    }
    const double count = at(s, in, COUNT, 0, c);
    ((float *)out[0])[c] = (float)(1 / sqrt(sum / count + s->epsilon));
    ((float *)out[1])[c] =
        (float)(at(s, in, RUNNING, 0, c) * (1 - s->momentum) + sum / (count - 1) * s->momentum);
  }
  return MC_OK;
}

/* An input that has every device's and every channel's number, or one for all of either. */
static int read_input(const mc_op_call *call, int i, sync_state *s) {
  char name[MC_OP_NAME];
  char text[MC_SHAPE_TEXT];
  const mc_shape *shape = &call->in[i].desc.shape;
  const bool single = i == COUNT || i == RUNNING; /* nothing of each device's */
  const int64_t rows = shape->rank == 2 ? shape->dims[0] : 1;
  const int64_t columns = shape->rank == 0 ? 1 : shape->dims[shape->rank - 1];
  const bool exact = i == INVERTED || i == RUNNING;
  bool fits = shape->rank <= 2 && (rows == 1 || (!single && rows == s->devices)) &&
              (columns == s->channels || (columns == 1 && !exact)) && (i != INVERTED || rows == s->devices);
  s->device_step[i] = rows == 1 ? 0 : columns;
  s->channel_step[i] = columns == 1 ? 0 : 1;
  if (i == COUNTS) { /* [devices], [devices, 1] or [devices, channels] */
    const bool line = shape->rank == 1 && columns == s->devices;
    fits = line || (shape->rank == 2 && rows == s->devices && (columns == 1 || columns == s->channels));
    s->device_step[i] = line ? 1 : columns;
    s->channel_step[i] = line || columns == 1 ? 0 : 1;
  }
  if (!fits) {
    return mc_op_error(call, "input %s has shape %.100s; it does not fit mean_all's %lld devices of %lld channels",
                       mc_op_input_name(call, i, name), mc_shape_text(shape, text), (long long)s->devices,
                       (long long)s->channels);
  }
  return mc_check_same_dtype(call, 0, i);
}

static int read_sync(const mc_op_call *call, sync_state *s) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *means = &call->in[MEANS].desc.shape;
  if (means->rank != 2) {
    return mc_op_error(call, "mean_all is %.160s; it must be [devices, channels]", mc_shape_text(means, text));
  }
  *s = (sync_state){.devices = means->dims[0], .channels = means->dims[1]};
  s->epsilon = (double)mc_attrs_float(call->attrs, "epsilon", 0.001f);
  s->momentum = (double)mc_attrs_float(call->attrs, "momentum", 0.1f);
  s->device_step[MEANS] = s->channels;
  s->channel_step[MEANS] = 1;
  int status = MC_OK;
  for (int i = INVERTED; i < INPUTS && status == MC_OK; ++i) {
    status = read_input(call, i, s);
  }
  return status;
}

static int sync_infer(mc_op_call *call) {
  sync_state s;
  call->out[0].desc = call->out[1].desc = call->in[RUNNING].desc;
  return read_sync(call, &s);
}

static int sync_prepare(mc_op_call *call) {
  sync_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_sync(call, s);
  mc_op_cost(call, 100 + (double)mc_shape_count(&call->in[MEANS].desc.shape) * 5);
  call->state = s;
  return status != MC_OK ? status : mc_widen_prepare(call, run_sync, (1u << INPUTS) - 1, 3u);
}

static const mc_op_def kOps[] = {
    {.type = "SyncBatchNormGatherStatsWithCounts",
     .inputs = "mean_all invert_std_all count_all mean_broadcast count_sum running_var",
     .outputs = "invert_std running_var_update",
     .dtypes = MC_T_FLOATS,
     .infer = sync_infer,
     .prepare = sync_prepare},
};
MC_OP_FAMILY(sync_batch_norm, kOps);
