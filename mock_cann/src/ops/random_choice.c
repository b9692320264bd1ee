/* Random choices: classes by their logits (Multinomial), and what dropout keeps (the masks that DropOutDoMask reads). */
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/known.h"
#include "ops/philox.h"

enum { BITS, BYTES };
enum { MASK_LINE = 128 /* a mask of bits is filled up to so many */, GRAIN = 64 };

/* ---- Multinomial ---- */

/* The sums of exp(logit - largest) up to each class; infinities and NaN are never chosen, as in TensorFlow. Returns the
 * last class that can be, or -1. */
static int64_t accumulate(const double *logits, int64_t classes, double *sums) {
  double largest = -INFINITY, sum = 0;
  int64_t last = -1;
  for (int64_t i = 0; i < classes; ++i) {
    if (isfinite(logits[i])) {
      largest = fmax(largest, logits[i]);
    }
  }
  for (int64_t i = 0; i < classes; ++i) {
    const double weight = isfinite(logits[i]) ? exp(logits[i] - largest) : 0;
    last = weight > 0 ? i : last;
    sum += weight;
    sums[i] = sum;
  }
  return last;
}

/* The first class whose sum is above x. */
static int64_t find(const double *sums, int64_t classes, double x) {
  int64_t low = 0, high = classes;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (sums[middle] > x) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

static int run_multinomial(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const mc_desc *logits = &call->in[0].desc, *y = &call->out[0].desc;
  const int64_t rows = y->shape.dims[0], samples = y->shape.dims[1], classes = logits->shape.dims[1];
  double *row = scratch, *sums = row + classes;
  mc_convert *read = mc_convert_for(logits->dtype, MC_DOUBLE), *write = mc_convert_for(MC_INT64, y->dtype);
  if (rows == 0 || samples == 0) {
    return 0;
  }
  const mc_philox philox = mc_philox_take(call, ((uint64_t)rows * (uint64_t)samples + 1) / 2);
  for (int64_t r = 0; r < rows; ++r) {
    read((const char *)in[0] + (size_t)(r * classes) * mc_dtype_size(logits->dtype), row, classes);
    const int64_t last = accumulate(row, classes, sums);
    if (last < 0) {
      return mc_op_error(call, "row %lld of logits has no finite number, so that no class can be drawn", (long long)r);
    }
    for (int64_t s = 0; s < samples; ++s) {
      const int64_t at = r * samples + s;
      uint32_t word[4];
      mc_philox_block(&philox, (uint64_t)at / 2, word);
      const int64_t found = find(sums, classes, mc_unit_double(word + at % 2 * 2) * sums[classes - 1]);
      const int64_t chosen = found < last ? found : last;
      write(&chosen, (char *)out[0] + (size_t)at * mc_dtype_size(y->dtype), 1);
    }
  }
  return 0;
}

static int infer_multinomial(mc_op_call *call) {
  const mc_shape *logits = &call->in[0].desc.shape;
  char text[MC_SHAPE_TEXT];
  int64_t samples = 0;
  mc_desc *y = &call->out[0].desc;
  *y = (mc_desc){.format = MC_FORMAT_ND};
  int status = mc_need_scalar(call, 1, &samples);
  status = status == 0 ? mc_index_type(call, "dtype", MC_INT64, &y->dtype) : status;
  if (status != 0) {
    return status;
  }
  if (logits->rank != 2 || (logits->dims[1] == 0 && logits->dims[0] > 0 && samples > 0)) {
    return mc_op_error(call, "input logits has shape %.100s; it must be [batch, classes] with at least one class",
                       mc_shape_text(logits, text));
  }
  if (samples < 0) {
    return mc_op_error(call, "input num_samples is %lld; it must not be negative", (long long)samples);
  }
  y->shape = (mc_shape){.rank = 2, .dims = {logits->dims[0], samples}};
  return mc_check_sizes(call);
}

static int prepare_multinomial(mc_op_call *call) {
  const mc_shape *logits = &call->in[0].desc.shape;
  call->scratch = 2 * ((size_t)logits->dims[1] + 1) * sizeof(double);
  mc_op_cost(call, 50 + (double)mc_shape_count(logits) * 20 + (double)mc_shape_count(&call->out[0].desc.shape) * 30);
  call->run = run_multinomial;
  return 0;
}

/* ---- masks ---- */

typedef struct mask_job {
  mc_philox philox;
  uint8_t *out;
  int64_t count;
  uint64_t threshold; /* words below keep */
  bool bits;
} mask_job;

/* A line is 128 flags: 32 blocks of four words. */
static void make_lines(void *arg, int64_t begin, int64_t end) {
  const mask_job *j = arg;
  for (int64_t line = begin; line < end; ++line) {
    const int64_t first = line * MASK_LINE, left = j->count - first;
    uint32_t word[4] = {0};
    if (j->bits) {
      memset(j->out + line * (MASK_LINE / 8), 0, MASK_LINE / 8);
    }
    for (int64_t i = 0; i < MASK_LINE && i < left; ++i) {
      if (i % 4 == 0) {
        mc_philox_block(&j->philox, (uint64_t)(first + i) / 4, word);
      }
      const bool kept = word[i % 4] < j->threshold;
      if (j->bits) {
        j->out[(first + i) / 8] |= (uint8_t)(kept << (i % 8));
      } else {
        j->out[first + i] = kept;
      }
    }
  }
}

static int run_mask(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const mask_job *s = call->state;
  mask_job j = *s;
  float keep = 0;
  mc_convert_for(call->in[1].desc.dtype, MC_FLOAT)(in[1], &keep, 1);
  if (!(keep >= 0 && keep <= 1)) {
    return mc_op_error(call, "prob is %g; it must be a probability, from 0 to 1", (double)keep);
  }
  j.out = out[0];
  j.threshold = (uint64_t)((double)keep * 0x1p32);
  j.philox = mc_philox_take(call, ((uint64_t)j.count + 3) / 4);
  mc_parallel_for((j.count + MASK_LINE - 1) / MASK_LINE, GRAIN, make_lines, &j);
  return 0;
}

static int infer_mask(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  const mc_desc *prob = &call->in[1].desc;
  mc_shape shape;
  const int status = mc_random_shape(call, &shape);
  if (status != 0) {
    return status;
  }
  if ((prob->dtype != MC_FLOAT && prob->dtype != MC_FLOAT16) || mc_shape_count(&prob->shape) != 1) {
    return mc_op_error(call, "input prob is %s %.100s; it must hold one DT_FLOAT or DT_FLOAT16",
                       mc_dtype_name(prob->dtype), mc_shape_text(&prob->shape, text));
  }
  if (call->def->variant == BITS) {
    const int64_t count = mc_shape_count(&shape);
    if (count < 0 || count > INT64_MAX - MASK_LINE) {
      return mc_op_error(call, "input shape asks for too many flags");
    }
    shape = (mc_shape){.rank = 1, .dims = {(count + MASK_LINE - 1) / MASK_LINE * (MASK_LINE / 8)}};
  }
  call->out[0].desc = (mc_desc){.dtype = MC_UINT8, .format = MC_FORMAT_ND, .shape = shape};
  return mc_check_sizes(call);
}

static int prepare_mask(mc_op_call *call) {
  mask_job *s = mc_op_alloc(call, sizeof *s);
  mc_shape shape;
  if (s == NULL) {
    return mc_op_error(call, "out of memory while preparing");
  }
  const int status = mc_random_shape(call, &shape);
  s->count = mc_shape_count(&shape);
  s->bits = call->def->variant == BITS;
  mc_op_cost(call, 50 + (double)s->count * 3);
  call->state = s;
  call->run = run_mask;
  return status;
}

static const mc_op_def kOps[] = {
    {.type = "Multinomial", .inputs = "logits num_samples", .outputs = "y", .value_inputs = 2, .flags = MC_OP_RANDOM,
     .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_DOUBLE), .infer = infer_multinomial,
     .prepare = prepare_multinomial},
    {.type = "DropOutGenMask", .inputs = "shape prob", .outputs = "y", .dtypes = MC_T_INDEX, .value_inputs = 1,
     .flags = MC_OP_RANDOM, .infer = infer_mask, .prepare = prepare_mask, .variant = BITS},
    {.type = "DropOutGenMaskV3", .inputs = "shape prob", .outputs = "y", .dtypes = MC_T_INDEX, .value_inputs = 1,
     .flags = MC_OP_RANDOM, .infer = infer_mask, .prepare = prepare_mask, .variant = BYTES},
};

MC_OP_FAMILY(random_choice, kOps);
