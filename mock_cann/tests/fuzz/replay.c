/* Runs the fuzz target on the files that are named, without a fuzzer: the corpus is a test of every compiler. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void replay(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
    perror(path);
    exit(1);
  }
  const size_t size = (size_t)ftell(file);
  uint8_t *bytes = malloc(size + 1);
  rewind(file);
  if (bytes == NULL || fread(bytes, 1, size, file) != size) {
    perror(path);
    exit(1);
  }
  fclose(file);
  LLVMFuzzerTestOneInput(bytes, size);
  free(bytes);
}

int main(int count, char **paths) {
  for (int i = 1; i < count; ++i) {
    replay(paths[i]);
  }
  printf("%d files\n", count - 1);
  return count < 2;
}
