/* Slice in its spellings, Crop, and reversal: boxes and mirrored boxes out of a tensor. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/move.h"

typedef struct box {
  const int64_t *offsets, *size;
} box;

/* Every axis whole, in memory that may be changed. */
static int whole(const mc_op_call *call, int64_t **offsets, int64_t **size) {
  *offsets = mc_op_alloc(call, sizeof(int64_t) * MC_MAX_RANK);
  *size = mc_op_alloc(call, sizeof(int64_t) * MC_MAX_RANK);
  if (*offsets == NULL || *size == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  for (int i = 0; i < MC_MAX_RANK; ++i) {
    (*size)[i] = -1;
  }
  return MC_OK;
}

/* From `axis` on the result has the dims of input `size`; one offset serves all of these axes. */
static int read_crop(const mc_op_call *call, box *b) {
  char text_x[MC_SHAPE_TEXT];
  char text_size[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *wanted = &call->in[1].desc.shape;
  const int64_t *given = NULL;
  size_t count = 0;
  int axis = 0;
  int64_t *offsets = NULL;
  int64_t *size = NULL;
  int status = mc_check_axis(call, "attribute axis", mc_attrs_int(call->attrs, "axis", 2), x->rank, &axis);
  status = status != MC_OK ? status : mc_need_ints(call, "offsets", -1, &given, &count);
  status = status != MC_OK ? status : whole(call, &offsets, &size);
  if (status != MC_OK) {
    return status;
  }
  if (wanted->rank != x->rank) {
    return mc_op_error(call, "inputs x %.80s and size %.80s must have one rank", mc_shape_text(x, text_x),
                       mc_shape_text(wanted, text_size));
  }
  if (count != 1 && count != (size_t)(x->rank - axis)) {
    return mc_op_error(call, "attribute offsets has %zu values; it must have one, or one for each of %d axes",
                       count, x->rank - axis);
  }
  for (int i = axis; i < x->rank; ++i) {
    offsets[i] = given[count == 1 ? 0 : i - axis];
    size[i] = wanted->dims[i];
  }
  *b = (box){offsets, size};
  return MC_OK;
}

/* What SliceWithAxes says about its axes, the others whole. */
static int spread_axes(const mc_op_call *call, box *b, int64_t offsets_count, int64_t sizes_count) {
  const int64_t *axes = NULL;
  int64_t *offsets = NULL;
  int64_t *size = NULL;
  size_t count = 0;
  int status = mc_need_ints(call, "axes", -1, &axes, &count);
  status = status != MC_OK ? status : whole(call, &offsets, &size);
  if (status == MC_OK && (offsets_count != (int64_t)count || sizes_count != (int64_t)count)) {
    return mc_op_error(call, "attribute axes has %zu values, offsets %lld and size %lld; they must be as many", count,
                       (long long)offsets_count, (long long)sizes_count);
  }
  for (size_t i = 0; status == MC_OK && i < count; ++i) {
    int axis = 0;
    status = mc_check_axis(call, "attribute axes", axes[i], call->in[0].desc.shape.rank, &axis);
    if (status == MC_OK) {
      offsets[axis] = b->offsets[i];
      size[axis] = b->size[i];
    }
  }
  *b = (box){offsets, size};
  return status;
}

static int read_box(const mc_op_call *call, box *b) {
  const int rank = call->in[0].desc.shape.rank;
  if (strcmp(call->def->type, "SliceD") == 0) {
    const int status = mc_need_ints(call, "offsets", rank, &b->offsets, NULL);
    return status != MC_OK ? status : mc_need_ints(call, "size", rank, &b->size, NULL);
  }
  if (strcmp(call->def->type, "Crop") == 0) {
    return read_crop(call, b);
  }
  int64_t offsets = 0;
  int64_t sizes = 0;
  b->offsets = mc_op_ints(call, 1, &offsets);
  b->size = b->offsets == NULL ? NULL : mc_op_ints(call, 2, &sizes);
  if (b->size == NULL) {
    return MC_RT_PARAM;
  }
  if (strcmp(call->def->type, "SliceWithAxes") == 0) {
    return spread_axes(call, b, offsets, sizes);
  }
  if (offsets != rank || sizes != rank) {
    return mc_op_error(call, "offsets has %lld values and size %lld; x has rank %d", (long long)offsets,
                       (long long)sizes, rank);
  }
  return MC_OK;
}

static int slice_infer(mc_op_call *call) {
  box b;
  const int status = read_box(call, &b);
  if (status != MC_OK) {
    return status;
  }
  call->out[0].desc = call->in[0].desc;
  mc_shape *y = &call->out[0].desc.shape;
  for (int i = 0; i < y->rank; ++i) {
    const int64_t length = y->dims[i];
    if (b.offsets[i] < 0 || b.offsets[i] > length) {
      return mc_op_error(call, "offsets[%d] is %lld; it must be in [0, %lld]", i, (long long)b.offsets[i],
                         (long long)length);
    }
    const int64_t most = length - b.offsets[i];
    if (b.size[i] < -1 || b.size[i] > most) {
      return mc_op_error(call,
                         "size[%d] is %lld; from offset %lld on axis %d has %lld elements (-1 takes all)", i,
                         (long long)b.size[i], (long long)b.offsets[i], i, (long long)most);
    }
    y->dims[i] = b.size[i] == -1 ? most : b.size[i];
  }
  return MC_OK;
}

static int slice_prepare(mc_op_call *call) {
  box b;
  const int status = read_box(call, &b);
  if (status != MC_OK) {
    return status;
  }
  int64_t src[MC_MAX_RANK];
  int64_t first = 0;
  const mc_shape *x = &call->in[0].desc.shape;
  mc_dense_strides(x, src);
  if (mc_shape_count(&call->out[0].desc.shape) != 0) {
    for (int i = 0; i < x->rank; ++i) {
      first += b.offsets[i] * src[i];
    }
  }
  return mc_move_view(call, 0, src, first);
}

static int reversed_axes(const mc_op_call *call, bool reversed[MC_MAX_RANK]) {
  int64_t count = 0;
  const int64_t *axes = NULL;
  if (call->n_in == 1) {
    size_t n = 0;
    const int status = mc_need_ints(call, "axis", -1, &axes, &n);
    if (status != MC_OK) {
      return status;
    }
    count = (int64_t)n;
  } else if ((axes = mc_op_ints(call, 1, &count)) == NULL) {
    return MC_RT_PARAM;
  }
  memset(reversed, 0, sizeof(bool) * MC_MAX_RANK);
  for (int64_t i = 0; i < count; ++i) {
    int axis = 0;
    const int status = mc_check_axis(call, "axis", axes[i], call->in[0].desc.shape.rank, &axis);
    if (status != MC_OK) {
      return status;
    }
    if (reversed[axis]) {
      return mc_op_error(call, "axis names %d twice", axis);
    }
    reversed[axis] = true;
  }
  return MC_OK;
}

static int reverse_infer(mc_op_call *call) {
  bool reversed[MC_MAX_RANK];
  call->out[0].desc = call->in[0].desc;
  return reversed_axes(call, reversed);
}

static int reverse_prepare(mc_op_call *call) {
  bool reversed[MC_MAX_RANK];
  const int status = reversed_axes(call, reversed);
  if (status != MC_OK) {
    return status;
  }
  const mc_shape *x = &call->in[0].desc.shape;
  const bool empty = mc_shape_count(x) == 0;
  int64_t src[MC_MAX_RANK];
  int64_t first = 0;
  mc_dense_strides(x, src);
  for (int i = 0; i < x->rank && !empty; ++i) {
    if (reversed[i]) {
      first += (x->dims[i] - 1) * src[i];
      src[i] = -src[i];
    }
  }
  return mc_move_view(call, 0, src, first);
}

static const mc_op_def kOps[] = {
    {.type = "Slice",
     .inputs = "x offsets size",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1 | 1u << 2,
     .infer = slice_infer,
     .prepare = slice_prepare},
    {.type = "SliceD",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = slice_infer,
     .prepare = slice_prepare},
    {.type = "ReverseV2",
     .inputs = "x axis",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1,
     .infer = reverse_infer,
     .prepare = reverse_prepare},
    {.type = "ReverseV2D",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = reverse_infer,
     .prepare = reverse_prepare},
    {.type = "SliceWithAxes",
     .inputs = "x offsets size",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1 | 1u << 2,
     .infer = slice_infer,
     .prepare = slice_prepare},
    {.type = "Crop",
     .inputs = "x size",
     .outputs = "y",
     .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16) | MC_T_INTS,
     .infer = slice_infer,
     .prepare = slice_prepare},
};
MC_OP_FAMILY(slice, kOps);
