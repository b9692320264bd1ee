/* Pitched copies and batches of copies. */
#include "acl/acl_rt.h"

#include "acl/check.h"
#include "engine/transfer.h"

enum { MAX_HEIGHT = 5242880, MAX_WIDTH = 5000000, MAX_BATCHES = 4096 };

static int check_rect(const char *function, const mc_rect *r, aclrtMemcpyKind kind) {
  if (r->dst == NULL || r->src == NULL) {
    return mc_refuse(MC_INVALID_PARAM, "EH0002", r->dst == NULL ? "dst" : "src");
  }
  if (r->width > r->dst_pitch || r->width > r->src_pitch) {
    return mc_refuse(MC_INVALID_PARAM, "EH0007", function, MC_TEXT("%zu", r->width), "width",
                     MC_TEXT("at most both pitches, %zu and %zu", r->dst_pitch, r->src_pitch));
  }
  if (kind == ACL_MEMCPY_HOST_TO_HOST || (unsigned)kind > ACL_MEMCPY_DEFAULT) {
    return mc_refuse(MC_INVALID_PARAM, "EH0007", function, MC_TEXT("%d", (int)kind), "kind",
                     "host to device, device to host, device to device or default");
  }
  if (r->height > MAX_HEIGHT || r->width > MAX_WIDTH) {
    return mc_fail(MC_RT_PARAM, "EE1003", function, MC_TEXT("%zu x %zu", r->width, r->height), "width, height",
                   "at most 5000000 x 5242880");
  }
  return MC_OK;
}

aclError aclrtMemcpy2d(void *dst, size_t dpitch, const void *src, size_t spitch, size_t width, size_t height,
                       aclrtMemcpyKind kind) {
  mc_context *context = NULL;
  const mc_rect rect = {dst, src, dpitch, spitch, width, height};
  if (width == 0 || height == 0) {
    return MC_OK;
  }
  TRY(check_rect(__func__, &rect, kind));
  FAIL_UNLESS(kind != ACL_MEMCPY_DEVICE_TO_DEVICE, MC_RT_NOT_SUPPORTED, kind, "kind",
              "host to device or device to host in a synchronous copy");
  TRY(mc_context_require(__func__, &context));
  const bool to_device = mc_memory_place(dst) == MC_PLACE_DEVICE, from_device = mc_memory_place(src) == MC_PLACE_DEVICE;
  if (to_device == from_device) {
    return mc_fail(MC_RT_PARAM, "EE1017", __func__, "kind", "exactly one end must be device memory");
  }
  return mc_transfer_now(__func__, &rect);
}

aclError aclrtMemcpy2dAsync(void *dst, size_t dpitch, const void *src, size_t spitch, size_t width, size_t height,
                            aclrtMemcpyKind kind, aclrtStream stream) {
  mc_stream *s = NULL;
  bool blocking = false;
  const mc_rect rect = {dst, src, dpitch, spitch, width, height};
  if (width == 0 || height == 0) {
    return MC_OK;
  }
  TRY(check_rect(__func__, &rect, kind));
  TRY(mc_stream_from_handle(__func__, stream, &s));
  TRY(mc_transfer_kind(__func__, dst, src, (int)kind, &blocking));
  if (blocking) {
    TRY(mc_stream_synchronize(__func__, s, -1));
    return mc_transfer_now(__func__, &rect);
  }
  return mc_transfer_on(__func__, &rect, s);
}

typedef struct batch {
  void **dsts, **srcs;
  const size_t *dest_maxs, *sizes, *indexes;
  size_t count, attr_count;
  const aclrtMemcpyBatchAttr *attrs;
} batch;

static bool reserved_is_clear(const aclrtMemcpyBatchAttr *attr) {
  for (size_t i = 0; i < sizeof attr->rsv; ++i) {
    if (attr->rsv[i] != 0) {
      return false;
    }
  }
  return true;
}

/* The acl layer's part; *done: nothing is to be copied. */
static int check_batch(const char *function, const batch *b, size_t *fail_index, bool *done) {
  if (b->sizes == NULL || b->count == 0) {
    return mc_refuse(MC_INVALID_PARAM, "EH0012", function, "sizes, numBatches", "at least one size must be given");
  }
  size_t total = 0;
  for (size_t i = 0; i < b->count; ++i) {
    total |= b->sizes[i];
  }
  *fail_index = SIZE_MAX;
  *done = total == 0;
  if (*done) {
    return MC_OK;
  }
  if (b->dsts == NULL || b->srcs == NULL || b->dest_maxs == NULL || b->attrs == NULL || b->indexes == NULL) {
    return mc_refuse(MC_INVALID_PARAM, "EH0008", function, "dsts, srcs, destMaxs, attrs or attrsIndexes");
  }
  for (size_t i = 0; i < b->count; ++i) {
    if (b->sizes[i] > b->dest_maxs[i]) {
      *fail_index = i;
      return mc_refuse(MC_INVALID_PARAM, "EH0007", function, MC_TEXT("%zu", b->sizes[i]), MC_TEXT("sizes[%zu]", i),
                       MC_TEXT("at most destMaxs, %zu", b->dest_maxs[i]));
    }
  }
  for (size_t i = 0; i < b->attr_count; ++i) {
    if (!reserved_is_clear(&b->attrs[i])) {
      return mc_refuse(MC_INVALID_PARAM, "EH0012", function, "attrs[].rsv", "it is reserved and must be zero");
    }
  }
  return MC_OK;
}

/* The runtime layer's part: one direction for the whole batch. */
static int check_directions(const char *function, const batch *b, size_t *fail_index) {
  if (b->attr_count == 0 || b->attr_count > b->count || b->count > MAX_BATCHES || b->indexes[0] != 0) {
    return mc_fail(MC_RT_PARAM, "EE1003", function, MC_TEXT("%zu of %zu", b->attr_count, b->count),
                   "numAttrs, numBatches", "1 to numBatches attributes, at most 4096 copies, attrsIndexes from 0");
  }
  for (size_t i = 1; i < b->attr_count; ++i) {
    if (b->indexes[i] <= b->indexes[i - 1] || b->indexes[i] >= b->count) {
      return mc_fail(MC_RT_PARAM, "EE1003", function, MC_TEXT("%zu", b->indexes[i]), MC_TEXT("attrsIndexes[%zu]", i),
                     "increasing and below numBatches");
    }
  }
  const bool first_up = mc_memory_place(b->dsts[0]) == MC_PLACE_DEVICE;
  for (size_t i = 0; i < b->count; ++i) {
    const bool to_device = mc_memory_place(b->dsts[i]) == MC_PLACE_DEVICE;
    const bool from_device = mc_memory_place(b->srcs[i]) == MC_PLACE_DEVICE;
    if (b->dsts[i] == NULL || b->srcs[i] == NULL || to_device == from_device || to_device != first_up) {
      *fail_index = i;
      return mc_fail(MC_RT_PARAM, "EE1011", function, MC_TEXT("%p from %p", b->dsts[i], b->srcs[i]),
                     MC_TEXT("copy %zu", i), "all copies of a batch go between host and device in one direction");
    }
  }
  return MC_OK;
}

static int run_batch(const char *function, const batch *b, size_t *fail_index, bool async, aclrtStream stream) {
  mc_stream *s = NULL;
  mc_context *context = NULL;
  bool done = false;
  TRY(check_batch(function, b, fail_index, &done));
  if (done) {
    return MC_OK;
  }
  TRY(async ? mc_stream_from_handle(function, stream, &s) : mc_context_require(function, &context));
  TRY(check_directions(function, b, fail_index));
  for (size_t i = 0; i < b->count; ++i) {
    const mc_rect rect = {b->dsts[i], b->srcs[i], b->sizes[i], b->sizes[i], b->sizes[i], 1};
    if (b->sizes[i] == 0) {
      continue;
    }
    const int status = async ? mc_transfer_on(function, &rect, s) : mc_transfer_now(function, &rect);
    if (status != MC_OK) {
      *fail_index = i;
      return status;
    }
  }
  return MC_OK;
}

aclError aclrtMemcpyBatch(void **dsts, size_t *destMaxs, void **srcs, size_t *sizes, size_t numBatches,
                          aclrtMemcpyBatchAttr *attrs, size_t *attrsIndexes, size_t numAttrs, size_t *failIndex) {
  const batch b = {dsts, srcs, destMaxs, sizes, attrsIndexes, numBatches, numAttrs, attrs};
  REQUIRE(failIndex);
  return run_batch(__func__, &b, failIndex, false, NULL);
}

aclError aclrtMemcpyBatchV2(void **dsts, size_t *destMaxs, void **srcs, size_t *sizes, size_t numBatches,
                            aclrtMemcpyBatchAttr *attrs, size_t *attrsIndexes, size_t numAttrs) {
  const batch b = {dsts, srcs, destMaxs, sizes, attrsIndexes, numBatches, numAttrs, attrs};
  size_t ignored = 0;
  return run_batch(__func__, &b, &ignored, false, NULL);
}

aclError aclrtMemcpyBatchAsync(void **dsts, size_t *destMaxs, void **srcs, size_t *sizes, size_t numBatches,
                               aclrtMemcpyBatchAttr *attrs, size_t *attrsIndexes, size_t numAttrs, size_t *failIndex,
                               aclrtStream stream) {
  const batch b = {dsts, srcs, destMaxs, sizes, attrsIndexes, numBatches, numAttrs, attrs};
  REQUIRE(failIndex);
  return run_batch(__func__, &b, failIndex, true, stream);
}

aclError aclrtMemcpyBatchAsyncV2(void **dsts, size_t *destMaxs, void **srcs, size_t *sizes, size_t numBatches,
                                 aclrtMemcpyBatchAttr *attrs, size_t *attrsIndexes, size_t numAttrs,
                                 aclrtStream stream) {
  const batch b = {dsts, srcs, destMaxs, sizes, attrsIndexes, numBatches, numAttrs, attrs};
  size_t ignored = 0;
  return run_batch(__func__, &b, &ignored, true, stream);
}
