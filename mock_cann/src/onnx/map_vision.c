/* Pixels moved around: blocks to depth and back, grids, columns to images, unpooling. */
#include <string.h>

#include "onnx/map.h"

static void map_depth_to_space(mc_on *on) {
  mc_ge *ge = mc_ge_begin(on, "DepthToSpace");
  mc_ge_in(ge, "x", mc_on_need(on, 0));
  mc_ge_int(ge, "block_size", mc_on_int(on, "blocksize", 0));
  mc_ge_string(ge, "mode", mc_on_string(on, "mode", "DCR"));
  mc_ge_string(ge, "data_format", "NCHW");
  mc_ge_format(ge, "x", MC_FORMAT_NCHW);
  mc_ge_format(ge, "y", MC_FORMAT_NCHW);
  mc_on_set(on, 0, mc_ge_end(ge));
}

/* The new channels of GE's operator are blocks of depth; column-row-depth has the places of a block innermost. */
static mc_val *depth_last(mc_on *on, mc_val *y, int64_t places) {
  if (y == NULL || y->shape.rank != 4 || y->shape.dims[1] < 0 || y->shape.dims[2] < 0 || y->shape.dims[3] < 0) {
    mc_on_fail(on, "mode CRD needs known channels, height and width");
    return NULL;
  }
  const int64_t *dims = y->shape.dims;
  const int64_t apart[] = {-1, places, dims[1] / places, dims[2] * dims[3]};
  const int64_t perm[] = {0, 2, 1, 3};
  const int64_t joined[] = {-1, dims[1], dims[2], dims[3]};
  return mc_ge_reshape(on, mc_ge_transpose(on, mc_ge_reshape(on, y, apart, 4), perm, 4), joined, 4);
}

static void map_space_to_depth(mc_on *on) {
  const int64_t size = mc_on_int(on, "blocksize", 0);
  mc_ge *ge = mc_ge_begin(on, "SpaceToDepth");
  mc_ge_in(ge, "x", mc_on_need(on, 0));
  mc_ge_int(ge, "block_size", size);
  mc_ge_string(ge, "data_format", "NCHW");
  mc_ge_format(ge, "x", MC_FORMAT_NCHW);
  mc_ge_format(ge, "y", MC_FORMAT_NCHW);
  mc_val *y = mc_ge_end(ge);
  const bool plain = strcmp(mc_on_string(on, "mode", "DCR"), "DCR") == 0;
  mc_on_set(on, 0, plain ? y : depth_last(on, y, size * size));
}

static mc_val *ints(mc_on *on, const int64_t *values, int count) {
  return mc_ge_const_ints(on, MC_INT64, values, count);
}

/* Elements [first, first + size) of a vector. */
static mc_val *part(mc_on *on, mc_val *vector, int64_t first, int64_t size) {
  return mc_ge_slice(on, vector, 0, first, size);
}

/* GE's grid has one axis of pixels; ONNX's has theirs. */
static void map_affine_grid(mc_on *on) {
  mc_val *theta = mc_on_need(on, 0), *size = mc_on_need(on, 1);
  if (mc_on_failed(on) || size->shape.rank != 1 || size->shape.dims[0] < 4) {
    mc_on_fail(on, "its input 'size' must have 4 or 5 values");
    return;
  }
  const int64_t axes = size->shape.dims[0] - 2;
  const bool wide = theta->dtype == MC_DOUBLE;
  mc_ge *ge = mc_ge_begin(on, "AffineGrid");
  mc_ge_in(ge, "theta", wide ? mc_ge_cast(on, theta, MC_FLOAT) : theta);
  mc_ge_in(ge, "output_size", mc_ge_cast(on, size, MC_INT32));
  mc_ge_bool(ge, "align_corners", mc_on_int(on, "align_corners", 0) != 0);
  mc_val *dims[] = {part(on, size, 0, 1), part(on, size, 2, axes), ints(on, &axes, 1)};
  mc_val *grid = mc_ge_2(on, "Reshape", mc_ge_end(ge), mc_ge_concat(on, dims, 3, 0));
  mc_on_set(on, 0, wide ? mc_ge_cast(on, grid, MC_DOUBLE) : grid);
}

/* Attribute `name` with a value an axis; `fallback` where it is left out. */
static int64_t per_axis(mc_on *on, const char *name, int index, int64_t fallback) {
  int count;
  const int64_t *values = mc_on_ints(on, name, &count);
  return values == NULL || index >= count ? fallback : values[index];
}

static mc_val *scalar(mc_on *on, mc_val *vector, int index) {
  return mc_ge_squeeze(on, part(on, vector, index, 1), &(int64_t){0}, 1);
}

static mc_val *number(mc_on *on, int64_t value) { return mc_ge_const_int(on, MC_INT64, value); }

static mc_val *range(mc_on *on, mc_val *limit, int64_t delta) {
  mc_val *count = mc_ge_3(on, "Range", number(on, 0), limit, number(on, 1));
  return delta == 1 ? count : mc_ge_2(on, "Mul", count, number(on, delta));
}

static mc_val *product(mc_on *on, mc_val *a, mc_val *b) { return a == NULL ? b : mc_ge_2(on, "Mul", a, b); }

typedef struct columns {
  int axes;
  mc_val *place; /* in the padded image, of every element of a column: [k0, k1 ..., l0, l1 ...] */
  mc_val *padded[MC_MAX_RANK], *pixels;
} columns;

/* Along one axis tap k of window l lies at k * dilation + l * stride; places of all axes are added up. */
static void find_places(mc_on *on, columns *c, mc_val *image, mc_val *block) {
  for (int i = 0; i < c->axes; ++i) {
    const int64_t pads = per_axis(on, "pads", i, 0) + per_axis(on, "pads", i + c->axes, 0);
    c->padded[i] = mc_ge_2(on, "Add", scalar(on, image, i), number(on, pads));
    c->pixels = product(on, c->pixels, c->padded[i]);
  }
  mc_val *step = number(on, 1);
  for (int i = c->axes - 1; i >= 0; --i) {
    const int64_t dilation = per_axis(on, "dilations", i, 1), stride = per_axis(on, "strides", i, 1);
    mc_val *taps = scalar(on, block, i);
    mc_val *reach = mc_ge_2(on, "Mul", mc_ge_2(on, "Sub", taps, number(on, 1)), number(on, dilation));
    mc_val *room = mc_ge_2(on, "Sub", c->padded[i], reach);
    mc_val *windows = mc_ge_2(on, "FloorDiv", mc_ge_2(on, "Add", room, number(on, stride - 1)), number(on, stride));
    int64_t around[MC_MAX_RANK];
    for (int which = 0; which < 2; ++which) {
      int n = 0;
      for (int axis = 0; axis < 2 * c->axes; ++axis) {
        if (axis != i + which * c->axes) {
          around[n++] = axis;
        }
      }
      mc_val *along = mc_ge_2(on, "Mul", range(on, which == 0 ? taps : windows, which == 0 ? dilation : stride), step);
      along = mc_ge_unsqueeze(on, along, around, n);
      c->place = c->place == NULL ? along : mc_ge_2(on, "Add", c->place, along);
    }
    step = mc_ge_2(on, "Mul", step, c->padded[i]);
  }
}

/* Columns are added up where they came from: as segments, one per pixel of the padded image, which is cut afterwards. */
static void map_col2im(mc_on *on) {
  mc_val *x = mc_on_need(on, 0), *image = mc_on_need(on, 1), *block = mc_on_need(on, 2);
  if (mc_on_failed(on) || image->shape.rank != 1 || image->shape.dims[0] < 1 || image->shape.dims[0] > 6) {
    mc_on_fail(on, "its input 'image_shape' must be a vector of known length");
    return;
  }
  columns c = {.axes = (int)image->shape.dims[0]};
  find_places(on, &c, image, block);
  mc_val *flat = mc_ge_reshape(on, c.place, &(int64_t){-1}, 1);
  mc_val *matrix_dims[] = {ints(on, &(int64_t){-1}, 1), mc_ge_shape(on, flat)};
  mc_val *rows = mc_ge_2(on, "Reshape", x, mc_ge_concat(on, matrix_dims, 2, 0));
  const int64_t turned[] = {1, 0};
  mc_val *sums = mc_ge_3(on, "UnsortedSegmentSum", mc_ge_transpose(on, rows, turned, 2), flat, c.pixels);
  mc_val *images = mc_ge_transpose(on, sums, turned, 2);
  mc_val *dims[MC_MAX_RANK], *taps = NULL;
  int64_t first[MC_MAX_RANK] = {0};
  for (int i = 0; i < c.axes; ++i) {
    taps = product(on, taps, scalar(on, block, i));
    dims[i + 2] = mc_ge_unsqueeze(on, c.padded[i], &(int64_t){0}, 1);
    first[i + 2] = per_axis(on, "pads", i, 0);
  }
  mc_val *shape = mc_ge_shape(on, x);
  dims[0] = part(on, shape, 0, 1);
  dims[1] = mc_ge_2(on, "FloorDiv", part(on, shape, 1, 1), taps);
  mc_val *whole = mc_ge_2(on, "Reshape", images, mc_ge_concat(on, dims, c.axes + 2, 0));
  const int64_t all[] = {-1, -1};
  mc_val *sizes[] = {ints(on, all, 2), image};
  mc_on_set(on, 0, mc_ge_3(on, "Slice", whole, ints(on, first, c.axes + 2), mc_ge_concat(on, sizes, 2, 0)));
}

/* The shape that pooling came from, which `indices` count in. */
static mc_val *unpooled_shape(mc_on *on, mc_val *x, const int64_t *kernel, int axes) {
  int64_t stride[MC_MAX_RANK] = {1, 1}, more[MC_MAX_RANK] = {0};
  for (int i = 0; i < axes; ++i) { /* (size - 1) * stride + kernel - pads */
    stride[i + 2] = per_axis(on, "strides", i, 1);
    more[i + 2] = kernel[i] - stride[i + 2] - per_axis(on, "pads", i, 0) - per_axis(on, "pads", i + axes, 0);
  }
  mc_val *scaled = mc_ge_2(on, "Mul", mc_ge_shape(on, x), ints(on, stride, axes + 2));
  return mc_ge_2(on, "Add", scaled, ints(on, more, axes + 2));
}

static void map_max_unpool(mc_on *on) {
  mc_val *x = mc_on_need(on, 0), *indices = mc_on_need(on, 1), *wanted = mc_on_in(on, 2);
  const int axes = mc_val_need_rank(on, x, "X") - 2;
  int count;
  const int64_t *kernel = mc_on_ints(on, "kernel_shape", &count);
  if (mc_on_failed(on) || axes < 1 || count != axes) {
    mc_on_fail(on, "its kernel_shape has %d values, its input has %d spatial axes", count, axes);
    return;
  }
  mc_val *shape = unpooled_shape(on, x, kernel, axes);
  mc_ge *total = mc_ge_begin(on, "ReduceProd");
  mc_ge_in(total, "x", shape);
  mc_ge_in(total, "axes", ints(on, &(int64_t){0}, 1));
  mc_ge_bool(total, "keep_dims", true);
  mc_val *elements = mc_ge_end(total);
  const int64_t column[] = {-1, 1};
  mc_val *places = mc_ge_reshape(on, indices, column, 2);
  mc_val *flat = mc_ge_3(on, "ScatterNd", places, mc_ge_reshape(on, x, column, 1), elements);
  mc_val *y = mc_ge_2(on, "Reshape", flat, shape);
  if (wanted != NULL) { /* a larger shape has zeros behind */
    mc_val *behind = mc_ge_unsqueeze(on, mc_ge_2(on, "Sub", wanted, shape), &(int64_t){1}, 1);
    mc_val *pair[] = {mc_ge_2(on, "Mul", behind, number(on, 0)), behind};
    mc_val *paddings = mc_ge_reshape(on, mc_ge_concat(on, pair, 2, 1), &(int64_t){-1}, 1);
    y = mc_ge_3(on, "PadV3", y, paddings, mc_ge_const_float(on, x->dtype, 0));
  }
  mc_on_set(on, 0, y);
}

static const mc_on_rule kRules[] = {
    {"DepthToSpace", 0, 0, map_depth_to_space, NULL, 0}, {"SpaceToDepth", 0, 0, map_space_to_depth, NULL, 0},
    {"AffineGrid", 20, 0, map_affine_grid, NULL, 0},     {"Col2Im", 18, 0, map_col2im, NULL, 0},
    {"MaxUnpool", 9, 0, map_max_unpool, NULL, 0},
};

MC_ON_FAMILY(vision, kRules);
