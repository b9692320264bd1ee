/* See transfer.h. One description serves linear and pitched copies: a linear one is a rectangle of height 1. */
#include "engine/transfer.h"

#include <stdlib.h>
#include <string.h>

enum { PEER_ERROR = 507899, BYTES_PER_NS = 8 };

static size_t extent(size_t pitch, size_t width, size_t height) { return pitch * (height - 1) + width; }

/* Copies between devices need access that somebody enabled, in either direction. */
static bool may_cross(const mc_rect *r) {
  mc_device *to = mc_heap_owner((uintptr_t)r->dst), *from = mc_heap_owner((uintptr_t)r->src);
  if (to == NULL || from == NULL || to == from) {
    return true;
  }
  pthread_mutex_lock(&to->lock);
  const bool pulls = (to->peers >> from->id & 1) != 0;
  pthread_mutex_unlock(&to->lock);
  pthread_mutex_lock(&from->lock);
  const bool pushes = (from->peers >> to->id & 1) != 0;
  pthread_mutex_unlock(&from->lock);
  return pulls || pushes;
}

static int copy_rect(const mc_rect *r, char why[192]) {
  void *dst = NULL, *src = NULL;
  if (!may_cross(r)) {
    mc_text_format(why, 192, "peer access between the two devices is not enabled; call aclrtDeviceEnablePeerAccess");
    return PEER_ERROR;
  }
  int status = mc_memory_view(r->dst, extent(r->dst_pitch, r->width, r->height), &dst, why);
  if (status == MC_OK) {
    status = mc_memory_view(r->src, extent(r->src_pitch, r->width, r->height), &src, why);
  }
  if (status != MC_OK) {
    return status;
  }
  if (r->height == 1) {
    mc_copy(dst, src, r->width);
    return MC_OK;
  }
  for (size_t row = 0; row < r->height; ++row) {
    memcpy((char *)dst + row * r->dst_pitch, (const char *)src + row * r->src_pitch, r->width);
  }
  return MC_OK;
}

int mc_transfer_now(const char *function, const mc_rect *rect) {
  char why[192];
  const int status = copy_rect(rect, why);
  return status == MC_OK ? MC_OK : mc_fail(status == PEER_ERROR ? status : MC_RT_PARAM, "EE1020", function, why);
}

static mc_rect rect_of(const mc_task *task) {
  const uint64_t *p = task->payload;
  return (mc_rect){(void *)(uintptr_t)p[0], (const void *)(uintptr_t)p[1], p[2], p[3], p[4], p[5]};
}

static int run_copy(mc_task *task, mc_stream *stream) {
  char why[192];
  const mc_rect rect = rect_of(task);
  const int status = copy_rect(&rect, why);
  if (status != MC_OK) {
    mc_task_fail(stream, "asynchronous copy of %zu bytes on stream %d: %s", rect.width * rect.height,
                 mc_stream_id(stream), why);
  }
  return status;
}

static uint32_t cost_of(size_t bytes) {
  const size_t cost = 30 + bytes / BYTES_PER_NS;
  return cost > UINT32_MAX ? UINT32_MAX : (uint32_t)cost;
}

int mc_transfer_on(const char *function, const mc_rect *r, mc_stream *stream) {
  const mc_task task = {
      .run = run_copy,
      .name = "copy",
      .cost_ns = cost_of(r->width * r->height),
      .payload = {(uintptr_t)r->dst, (uintptr_t)r->src, r->dst_pitch, r->src_pitch, r->width, r->height},
  };
  return mc_stream_launch(function, stream, &task);
}

static int fill(void *address, uint32_t value, size_t unit, size_t count, char why[192]) {
  void *view = NULL;
  const int status = mc_memory_view(address, unit * count, &view, why);
  if (status != MC_OK) {
    return status;
  }
  if (unit == 1) {
    memset(view, (int)(value & 0xff), count);
  } else {
    for (size_t i = 0; i < count; ++i) {
      ((uint32_t *)view)[i] = value;
    }
  }
  return MC_OK;
}

int mc_fill_now(const char *function, void *address, uint32_t value, size_t unit, size_t count) {
  char why[192];
  return fill(address, value, unit, count, why) == MC_OK ? MC_OK : mc_fail(MC_RT_PARAM, "EE1020", function, why);
}

static int run_fill(mc_task *task, mc_stream *stream) {
  char why[192];
  const uint64_t *p = task->payload;
  const int status = fill((void *)(uintptr_t)p[0], (uint32_t)p[1], p[2], p[3], why);
  if (status != MC_OK) {
    mc_task_fail(stream, "asynchronous fill of %zu bytes on stream %d: %s", (size_t)(p[2] * p[3]),
                 mc_stream_id(stream), why);
  }
  return status;
}

int mc_fill_on(const char *function, void *address, uint32_t value, size_t unit, size_t count, mc_stream *stream) {
  const mc_task task = {
      .run = run_fill,
      .name = "memset",
      .cost_ns = cost_of(unit * count),
      .payload = {(uintptr_t)address, value, unit, count},
  };
  return mc_stream_launch(function, stream, &task);
}

int mc_transfer_kind(const char *function, const void *dst, const void *src, int kind, bool *blocking) {
  const mc_place to = mc_memory_place(dst), from = mc_memory_place(src);
  *blocking = to == MC_PLACE_PAGEABLE || from == MC_PLACE_PAGEABLE;
  const bool to_device = to == MC_PLACE_DEVICE, from_device = from == MC_PLACE_DEVICE;
  int meant = kind;
  if (!*blocking || kind == MC_COPY_DEFAULT || kind == MC_COPY_BUFFER) {
    /* Both ends are known (or the kind leaves it open): the locations decide. */
    meant = from_device ? (to_device ? MC_D2D : MC_D2H) : (to_device ? MC_H2D : MC_H2H);
  } else if (to_device != from_device) {
    /* One end is pageable, the other is the device; unified addresses also allow calling it device to device. */
    const int direction = to_device ? MC_H2D : MC_D2H;
    if (kind != direction && kind != MC_D2D) {
      return mc_fail(MC_RT_PARAM, "EE1017", function, "kind",
                     to_device ? "the destination is device memory and the source is not"
                               : "the source is device memory and the destination is not");
    }
    meant = direction;
  } else if (from == MC_PLACE_HOST || to == MC_PLACE_HOST) {
    const int other = from == MC_PLACE_HOST ? MC_H2D : MC_D2H;
    if (kind != MC_H2H && kind != other) {
      return mc_fail(MC_RT_PARAM, "EE1017", function, "kind", "neither end is device memory");
    }
    meant = MC_H2H;
  }
  if (meant == MC_H2H) {
    return mc_fail(MC_RT_NOT_SUPPORTED, "EE1016", function, "asynchronous copies from host to host are not supported");
  }
  return MC_OK;
}
