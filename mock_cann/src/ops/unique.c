/* Unique and UniqueWithCounts: the different elements of a vector in the order of their first occurrence, where
 * each element went, and how often each occurs. As everywhere, both zeros are equal and a NaN equals nothing. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/known.h"
#include "ops/lane.h"

/* The element's bits; false for a NaN. */
static bool bits_of(int dtype, const char *at, uint64_t *bits) {
  *bits = 0;
  memcpy(bits, at, mc_dtype_size(dtype));
  switch (dtype) {
  case MC_FLOAT:
    *bits = *bits == 0x80000000u ? 0 : *bits;
    return (*bits & 0x7fffffffu) <= 0x7f800000u;
  case MC_DOUBLE:
    *bits = *bits == UINT64_C(1) << 63 ? 0 : *bits;
    return (*bits & INT64_MAX) <= UINT64_C(0x7ff0000000000000);
  case MC_FLOAT16:
    *bits = *bits == 0x8000u ? 0 : *bits;
    return (*bits & 0x7fffu) <= 0x7c00u;
  default:
    return true;
  }
}

typedef struct table {
  int64_t *first; /* by slot: the group that is there plus one; 0: free */
  uint64_t *keys; /* by group */
  uint64_t mask;
} table;

static uint64_t mix(uint64_t x) {
  x ^= x >> 32;
  x *= UINT64_C(0x9e3779b97f4a7c15);
  return x ^ x >> 29;
}

/* The group of `key`, a new one being `next`. */
static int64_t group_of(table *t, uint64_t key, int64_t next) {
  uint64_t slot = mix(key) & t->mask;
  while (t->first[slot] != 0) {
    if (t->keys[t->first[slot] - 1] == key) {
      return t->first[slot] - 1;
    }
    slot = (slot + 1) & t->mask;
  }
  t->first[slot] = next + 1;
  t->keys[next] = key;
  return next;
}

static void put(void *to, int dtype, int64_t at, int64_t value) {
  if (dtype == MC_INT64) {
    ((int64_t *)to)[at] = value;
  } else {
    ((int32_t *)to)[at] = (int32_t)value;
  }
}

static int infer_unique(mc_op_call *call) {
  const mc_op_value *x = &call->in[0];
  char text[MC_SHAPE_TEXT];
  int dtype = MC_INT32;
  const int status = mc_index_type(call, "out_idx", MC_INT32, &dtype);
  if (status != MC_OK) {
    return status;
  }
  if (x->desc.shape.rank != 1) {
    return mc_op_error(call, "x has shape %.100s; it must be a vector", mc_shape_text(&x->desc.shape, text));
  }
  const int64_t n = x->desc.shape.dims[0];
  if (dtype == MC_INT32 && n > INT32_MAX) {
    return mc_op_error(call, "x has %lld elements, which do not fit DT_INT32; set out_idx to 9 (DT_INT64)",
                       (long long)n);
  }
  const size_t size = mc_dtype_size(x->desc.dtype);
  table t = {.mask = 1};
  while (t.mask < 2 * (uint64_t)n) {
    t.mask *= 2;
  }
  t.first = mc_op_alloc(call, t.mask * sizeof(int64_t));
  t.keys = mc_op_alloc(call, ((size_t)n + 1) * sizeof(uint64_t));
  int64_t *origin = mc_op_alloc(call, ((size_t)n + 1) * sizeof(int64_t));
  int64_t *counts = mc_op_alloc(call, ((size_t)n + 1) * sizeof(int64_t));
  void *idx = mc_known_output(call, 1, dtype, &x->desc.shape);
  if (t.first == NULL || t.keys == NULL || origin == NULL || counts == NULL || idx == NULL) {
    return mc_op_error(call, "out of memory for %lld elements", (long long)n);
  }
  --t.mask;
  int64_t groups = 0;
  for (int64_t i = 0; i < n; ++i) {
    uint64_t key;
    const bool number = bits_of(x->desc.dtype, (const char *)x->value + (size_t)i * size, &key);
    const int64_t group = number ? group_of(&t, key, groups) : groups;
    if (group == groups) {
      origin[groups++] = i;
    }
    ++counts[group];
    put(idx, dtype, i, group);
  }
  const mc_shape shape = {1, {groups}};
  char *y = mc_known_output(call, 0, x->desc.dtype, &shape);
  void *count = call->n_out < 3 ? idx : mc_known_output(call, 2, dtype, &shape);
  if (y == NULL || count == NULL) {
    return MC_RT_PARAM;
  }
  for (int64_t i = 0; i < groups; ++i) {
    memcpy(y + (size_t)i * size, (const char *)x->value + (size_t)origin[i] * size, size);
    if (call->n_out == 3) {
      put(count, dtype, i, counts[i]);
    }
  }
  return MC_OK;
}

static int guess_unique(mc_op_call *call, int64_t count) {
  int dtype = MC_INT32;
  const int status = mc_index_type(call, "out_idx", MC_INT32, &dtype);
  call->out[0].desc = (mc_desc){call->in[0].desc.dtype, MC_FORMAT_ND, {1, {count}}};
  call->out[1].desc = (mc_desc){dtype, MC_FORMAT_ND, call->in[0].desc.shape};
  if (call->n_out == 3) {
    call->out[2].desc = (mc_desc){dtype, MC_FORMAT_ND, {1, {count}}};
  }
  return status;
}

#define TYPES                                                                                                \
  (MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_DOUBLE) | MC_T_SIGNED | MC_DTYPE_BIT(MC_UINT8) |    \
   MC_DTYPE_BIT(MC_UINT16))

static const mc_op_def kOps[] = {
    {.type = "Unique", .inputs = "x", .outputs = "y idx", .dtypes = TYPES, .value_inputs = 1,
     .infer = infer_unique, .kernel = mc_run_known,
     .guess = guess_unique},
    {.type = "UniqueWithCounts", .inputs = "x", .outputs = "y idx count", .dtypes = TYPES, .value_inputs = 1,
     .infer = infer_unique, .kernel = mc_run_known,
     .guess = guess_unique},
};
MC_OP_FAMILY(unique, kOps);
