/* Linear copies and fills. */
#include "acl/acl_rt.h"

#include "acl/check.h"
#include "engine/transfer.h"

enum { LAST_KIND = ACL_MEMCPY_HOST_TO_BUF_TO_DEVICE };

static mc_rect linear(void *dst, const void *src, size_t count) {
  return (mc_rect){.dst = dst, .src = src, .dst_pitch = count, .src_pitch = count, .width = count, .height = 1};
}

static int check_room(const char *function, size_t dest_max, size_t count) {
  if (dest_max == 0 || count > dest_max) {
    return mc_fail(MC_RT_PARAM, "EE1003", function, MC_TEXT("%zu", count), "count",
                   MC_TEXT("at most destMax, which is %zu", dest_max));
  }
  return MC_OK;
}

aclError aclrtMemcpy(void *dst, size_t destMax, const void *src, size_t count, aclrtMemcpyKind kind) {
  mc_context *context = NULL;
  if (count == 0) {
    return MC_OK;
  }
  REQUIRE(dst);
  REQUIRE(src);
  REFUSE_UNLESS((unsigned)kind <= LAST_KIND, kind, "kind", "0 to 5");
  TRY(check_room(__func__, destMax, count));
  if (dst == src) {
    return MC_OK;
  }
  TRY(mc_context_require(__func__, &context));
  const mc_rect rect = linear(dst, src, count);
  return mc_transfer_now(__func__, &rect);
}

/* The common road of asynchronous copies: the kind is judged by the locations; pageable ends make the copy wait for
 * the stream and happen at once. */
static int copy_on(const char *function, const mc_rect *rect, int kind, aclrtStream stream) {
  mc_stream *s = NULL;
  bool blocking = false;
  TRY(mc_stream_from_handle(function, stream, &s));
  TRY(mc_transfer_kind(function, rect->dst, rect->src, kind, &blocking));
  if (rect->dst == rect->src) {
    return MC_OK;
  }
  if (blocking) {
    TRY(mc_stream_synchronize(function, s, -1));
    return mc_transfer_now(function, rect);
  }
  return mc_transfer_on(function, rect, s);
}

aclError aclrtMemcpyAsync(void *dst, size_t destMax, const void *src, size_t count, aclrtMemcpyKind kind,
                          aclrtStream stream) {
  if (count == 0) {
    return MC_OK;
  }
  REQUIRE(dst);
  REQUIRE(src);
  REFUSE_UNLESS((unsigned)kind <= LAST_KIND, kind, "kind", "0 to 5");
  TRY(check_room(__func__, destMax, count));
  const mc_rect rect = linear(dst, src, count);
  return copy_on(__func__, &rect, (int)kind, stream);
}

aclError aclrtMemcpyAsyncWithCondition(void *dst, size_t destMax, const void *src, size_t count, aclrtMemcpyKind kind,
                                       aclrtStream stream) {
  REQUIRE(dst);
  REQUIRE(src);
  return aclrtMemcpyAsync(dst, destMax, src, count, kind, stream);
}

aclError aclrtMemcpyAsyncWithOffset(void **dst, size_t destMax, size_t dstDataOffset, const void **src, size_t count,
                                    size_t srcDataOffset, aclrtMemcpyKind kind, aclrtStream stream) {
  FAIL_UNLESS(dst != NULL && src != NULL && *dst != NULL && *src != NULL, MC_RT_PARAM, 0, "dst or src", "an address");
  FAIL_UNLESS(dstDataOffset < destMax, MC_RT_PARAM, dstDataOffset, "dstDataOffset", "below destMax");
  TRY(check_room(__func__, destMax - dstDataOffset, count));
  const mc_rect rect = linear((char *)*dst + dstDataOffset, (const char *)*src + srcDataOffset, count);
  return copy_on(__func__, &rect, (int)kind, stream);
}

aclError aclrtMemset(void *devPtr, size_t maxCount, int32_t value, size_t count) {
  if (count == 0) {
    return MC_OK;
  }
  mc_context *context = NULL;
  REQUIRE(devPtr);
  TRY(check_room(__func__, maxCount, count));
  TRY(mc_context_require(__func__, &context));
  FAIL_UNLESS(mc_memory_place(devPtr) != MC_PLACE_PAGEABLE, MC_RT_PARAM, (intptr_t)devPtr, "devPtr",
              "device memory, or host memory of aclrtMallocHost");
  return mc_fill_now(__func__, devPtr, (uint32_t)value, 1, count);
}

aclError aclrtMemsetAsync(void *devPtr, size_t maxCount, int32_t value, size_t count, aclrtStream stream) {
  mc_stream *s = NULL;
  if (count == 0) {
    return MC_OK;
  }
  REQUIRE(devPtr);
  TRY(check_room(__func__, maxCount, count));
  TRY(mc_stream_from_handle(__func__, stream, &s));
  return mc_fill_on(__func__, devPtr, (uint32_t)value, 1, count, s);
}

static int check_words(const char *function, const void *address, size_t bytes, size_t count) {
  if ((uintptr_t)address % 4 != 0 || bytes / 4 < count) {
    return mc_refuse(MC_INVALID_PARAM, "EH0007", function, MC_TEXT("%p, %zu bytes", address, bytes), "ptr, memSize",
                     MC_TEXT("an address that is a multiple of 4 with room for %zu words", count));
  }
  if (mc_memory_place(address) == MC_PLACE_PAGEABLE) {
    return mc_refuse(MC_INVALID_PARAM, "EH0007", function, MC_TEXT("%p", address), "ptr",
                     "device memory, or host memory of aclrtMallocHost");
  }
  return MC_OK;
}

aclError aclrtMemsetD32(void *ptr, size_t memSize, uint32_t value, size_t N) {
  if (N == 0) {
    return MC_OK;
  }
  REQUIRE(ptr);
  TRY(check_words(__func__, ptr, memSize, N));
  return mc_fill_now(__func__, ptr, value, 4, N);
}

aclError aclrtMemsetD32Async(void *ptr, size_t memSize, uint32_t value, size_t N, aclrtStream stream) {
  mc_stream *s = NULL;
  if (N == 0) {
    return MC_OK;
  }
  REQUIRE(ptr);
  TRY(check_words(__func__, ptr, memSize, N));
  TRY(mc_stream_from_handle(__func__, stream, &s));
  return mc_fill_on(__func__, ptr, value, 4, N, s);
}
