/* External data: files beside the model, mapped once and read in place. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "onnx/read.h"

static const char *say(mc_onnx_source *source, const char *location, const char *reason) {
  char text[300];
  snprintf(text, sizeof text, "external data '%.120s': %.120s", location, reason);
  const char *copy = mc_arena_strdup(&source->model->arena, text);
  return copy == NULL ? "out of memory" : copy;
}

/* Files are below the model's own folder: no absolute path, no step up. */
static bool is_below(const char *location) {
  if (location[0] == 0 || location[0] == '/') {
    return false;
  }
  for (const char *part = location; part != NULL; part = strchr(part, '/')) {
    part += *part == '/';
    if (strncmp(part, "..", 2) == 0 && (part[2] == 0 || part[2] == '/')) {
      return false;
    }
  }
  return true;
}

/* Opened part by part without following links: what a model names stays below its folder. */
static int open_below(const char *directory, const char *location) {
  int at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  char part[256];
  while (at >= 0) {
    const size_t length = strcspn(location, "/");
    const bool last = location[length] == 0;
    if (length >= sizeof part) {
      close(at);
      errno = ENAMETOOLONG;
      return -1;
    }
    memcpy(part, location, length);
    part[length] = 0;
    location += length + !last;
    const int next = length == 0 ? dup(at) : openat(at, part, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | (last ? 0 : O_DIRECTORY));
    const int reason = errno;
    close(at);
    errno = reason;
    at = next;
    if (last) {
      break;
    }
  }
  return at;
}

static mc_onnx_map *map_file(mc_onnx_source *source, const char *location, const char **why) {
  for (mc_onnx_map *map = source->model->maps; map != NULL; map = map->next) {
    if (strcmp(map->path, location) == 0) {
      return map;
    }
  }
  mc_onnx_map *map = MC_ONNX_ARRAY(source, 1, mc_onnx_map);
  const int file = map == NULL ? -1 : open_below(source->directory, location);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
    *why = say(source, location, file < 0 ? strerror(errno) : "it is no regular file");
    if (file >= 0) {
      close(file);
    }
    return NULL;
  }
  void *address = status.st_size == 0 ? MAP_FAILED : mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
  close(file);
  if (address == MAP_FAILED) {
    *why = say(source, location, status.st_size == 0 ? "the file is empty" : "it cannot be mapped");
    return NULL;
  }
  *map = (mc_onnx_map){source->model->maps, address, (size_t)status.st_size, location};
  source->model->maps = map;
  return map;
}

const void *mc_onnx_external(mc_onnx_source *source, const mc_onnx_place *place, size_t size, const char **why) {
  const char *location = place->location == NULL ? "" : place->location;
  if (source->directory == NULL) {
    *why = say(source, location, "the model came from memory, without a folder to look in; give its file");
    return NULL;
  }
  if (!is_below(location)) {
    *why = say(source, location, "it must name a file below the model's folder");
    return NULL;
  }
  if (place->length >= 0 && (uint64_t)place->length != size) {
    *why = say(source, location, "its length is not what the tensor's shape and type need");
    return NULL;
  }
  if (size == 0) {
    return mc_onnx_array(source, 1, 1);
  }
  const mc_onnx_map *map = map_file(source, location, why);
  if (map == NULL) {
    return NULL;
  }
  if ((uint64_t)place->offset > map->size || map->size - (size_t)place->offset < size) {
    *why = say(source, location, "the file is shorter than the tensor");
    return NULL;
  }
  return (const char *)map->address + place->offset;
}
