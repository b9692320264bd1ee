/* FileConstant: weights that stay in a file, mapped when the graph is compiled and unmapped with its program. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "graph/program_build.h"

struct mc_mapped_file {
  mc_mapped_file *next;
  char *path;
  void *address;
  size_t size;
};

static mc_mapped_file *map_file(mc_program *program, const char *path) {
  for (mc_mapped_file *file = program->files; file != NULL; file = file->next) {
    if (strcmp(file->path, path) == 0) {
      return file;
    }
  }
  mc_mapped_file *file = mc_arena_alloc(&program->arena, sizeof *file);
  char *copy = mc_arena_strdup(&program->arena, path);
  const int handle = file == NULL || copy == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  void *address = MAP_FAILED;
  if (handle >= 0 && fstat(handle, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
    address = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, handle, 0);
  }
  if (handle >= 0) {
    close(handle);
  }
  if (address == MAP_FAILED) {
    return NULL;
  }
  *file = (mc_mapped_file){program->files, copy, address, (size_t)status.st_size};
  program->files = file;
  return file;
}

void mc_mapped_files_close(mc_program *program) {
  for (mc_mapped_file *file = program->files; file != NULL; file = file->next) {
    munmap(file->address, file->size);
  }
  program->files = NULL;
}

static bool describe(const mc_node *node, mc_desc *desc) {
  size_t rank;
  const int64_t *dims = mc_attrs_ints(&node->attrs, "shape", &rank);
  *desc = (mc_desc){.dtype = mc_attrs_dtype(&node->attrs, "dtype", MC_UNDEFINED), .format = MC_FORMAT_ND};
  if (dims == NULL || rank > MC_MAX_RANK) {
    return false;
  }
  desc->shape.rank = (int)rank;
  for (size_t i = 0; i < rank; ++i) {
    desc->shape.dims[i] = dims[i];
  }
  return mc_desc_bytes(desc) >= 0;
}

void mc_builder_file_constant(mc_builder *b, mc_node *node) {
  const char *path = mc_attrs_string(&node->attrs, "file_path", "");
  const int64_t offset = mc_attrs_int(&node->attrs, "offset", 0);
  mc_desc desc;
  char text[200 + PATH_MAX];
  if (node->n_out == 0 || path[0] == 0 || !describe(node, &desc)) {
    mc_builder_reject(b, node, "needs its attributes 'file_path', 'shape' and 'dtype', and an output");
    return;
  }
  if (offset < 0 || (size_t)offset % mc_dtype_size(desc.dtype) != 0) {
    mc_builder_reject(b, node, "has an attribute 'offset' that is no multiple of its element's size");
    return;
  }
  const mc_mapped_file *file = map_file(b->program, path);
  const int64_t bytes = mc_desc_bytes(&desc);
  if (file == NULL || (uint64_t)offset > file->size || file->size - (size_t)offset < (size_t)bytes) {
    snprintf(text, sizeof text, "takes %lld bytes from place %lld of '%.200s', which %s", (long long)bytes,
             (long long)offset, path, file == NULL ? "cannot be read" : "is too short");
    mc_builder_reject(b, node, text);
    return;
  }
  b->ports[mc_node_position(node)][0] = mc_builder_value(
      b, (mc_value){.kind = MC_VALUE_CONST, .desc = desc, .data = (const char *)file->address + offset});
}
