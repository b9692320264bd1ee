/* AffineGrid: the places of an image's pixels (of a volume's voxels), moved by one affine map a sample. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"

/* theta is [n, axes, axes + 1]; output_size is [n, c, (d,) h, w]; y is [n, pixels, axes] with x first. */
static int infer_grid(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  int64_t count = 0;
  const int64_t *size = mc_op_ints(call, 1, &count);
  const mc_shape *theta = &call->in[0].desc.shape;
  if (size == NULL) {
    return MC_RT_PARAM;
  }
  const int axes = (int)count - 2;
  if (count != 4 && count != 5) {
    return mc_op_error(call, "output_size has %lld values; it must have 4 (n, c, h, w) or 5 (n, c, d, h, w)", (long long)count);
  }
  if (theta->rank != 3 || theta->dims[0] != size[0] || theta->dims[1] != axes || theta->dims[2] != axes + 1) {
    return mc_op_error(call, "theta has shape %.100s; it must be [%lld,%d,%d]", mc_shape_text(theta, text),
                       (long long)size[0], axes, axes + 1);
  }
  int64_t pixels = 1;
  for (int i = 2; i < count; ++i) {
    if (size[i] < 0 || __builtin_mul_overflow(pixels, size[i], &pixels)) {
      return mc_op_error(call, "output_size has a value of %lld", (long long)size[i]);
    }
  }
  call->out[0].desc = (mc_desc){call->in[0].desc.dtype, MC_FORMAT_ND, {3, {size[0], pixels, axes}}};
  return mc_check_sizes(call);
}

typedef struct grid {
  int axes;
  int64_t samples, dims[3]; /* x's axis first */
  bool corners;             /* -1 and 1 are the centres of the outer pixels, not their edges */
} grid;

static int prepare_grid(mc_op_call *call) {
  int64_t count = 0;
  const int64_t *size = mc_op_ints(call, 1, &count);
  grid *g = mc_op_alloc(call, sizeof *g);
  if (size == NULL || g == NULL) {
    return mc_op_error(call, "out of memory");
  }
  g->axes = (int)count - 2;
  g->samples = size[0];
  for (int i = 0; i < g->axes; ++i) {
    g->dims[i] = size[count - 1 - i];
  }
  g->corners = mc_attrs_bool(call->attrs, "align_corners", false);
  call->state = g;
  call->run = call->def->kernel;
  call->cost_ns = 100;
  return MC_OK;
}

static double place(const grid *g, int axis, int64_t index) {
  const double n = (double)g->dims[axis];
  if (g->corners) {
    return n > 1 ? 2.0 * (double)index / (n - 1) - 1 : -1;
  }
  return (2.0 * (double)index + 1) / n - 1;
}

static int run_grid(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const grid *g = call->state;
  const int dtype = call->in[0].desc.dtype;
  const size_t width = mc_dtype_size(dtype);
  mc_convert *widen = mc_convert_for(dtype, MC_FLOAT), *narrow = mc_convert_for(MC_FLOAT, dtype);
  char *to = out[0];
  for (int64_t sample = 0; sample < g->samples; ++sample) {
    float theta[12];
    const int64_t terms = (int64_t)g->axes * (g->axes + 1);
    widen((const char *)in[0] + (size_t)(sample * terms) * width, theta, terms);
    const int64_t pixels = call->out[0].desc.shape.dims[1];
    for (int64_t pixel = 0; pixel < pixels; ++pixel, to += (size_t)g->axes * width) {
      double at[4];
      float moved[3];
      int64_t rest = pixel;
      for (int axis = 0; axis < g->axes; ++axis) {
        at[axis] = place(g, axis, rest % g->dims[axis]);
        rest /= g->dims[axis];
      }
      at[g->axes] = 1;
      for (int axis = 0; axis < g->axes; ++axis) {
        double sum = 0;
        for (int term = 0; term <= g->axes; ++term) {
          sum += (double)theta[axis * (g->axes + 1) + term] * at[term];
        }
        moved[axis] = (float)sum;
      }
      narrow(moved, to, g->axes);
    }
  }
  return MC_OK;
}

static const mc_op_def kOps[] = {
    {.type = "AffineGrid",
     .inputs = "theta output_size",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .value_inputs = 1u << 1,
     .infer = infer_grid,
     .prepare = prepare_grid,
     .kernel = run_grid},
};

MC_OP_FAMILY(affine_grid, kOps);
