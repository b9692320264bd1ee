/* The held-out digits, and what both programs share: checks that name the call, and the accuracy. Plain C. */
#ifndef DIGITS_H
#define DIGITS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "acl/acl.h"

enum { DIGITS = 400, PIXELS = 64, CLASSES = 10 };
enum { IMAGE_BYTES = DIGITS * PIXELS, SCORE_BYTES = DIGITS * CLASSES * 4 };

/* Stops with CANN's own words when an AscendCL call fails. */
#define ACL(call)                                                                                            \
  do {                                                                                                       \
    const aclError status_ = (call);                                                                         \
    if (status_ != ACL_SUCCESS) {                                                                            \
      const char *text_ = aclGetRecentErrMsg();                                                              \
      fprintf(stderr, "%s: %d\n%s\n", #call, (int)status_, text_ == NULL ? "" : text_);                      \
      exit(1);                                                                                               \
    }                                                                                                        \
  } while (0)

/* 400 images of 8 x 8 pixels (0 to 16), then their 400 labels; a byte each. */
typedef struct {
  uint8_t images[IMAGE_BYTES];
  uint8_t labels[DIGITS];
} digits;

static inline void read_digits(const char *path, digits *out) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fread(out, sizeof *out, 1, file) != 1 || fgetc(file) != EOF) {
    fprintf(stderr, "%s: it must hold %zu bytes: images, then labels\n", path, sizeof *out);
    exit(1);
  }
  fclose(file);
}

/* `scores`: a row of ten probabilities per image. */
static inline void print_accuracy(const float *scores, const uint8_t *labels) {
  int right = 0;
  for (int i = 0; i < DIGITS; ++i) {
    const float *row = scores + i * CLASSES;
    int best = 0;
    for (int c = 1; c < CLASSES; ++c) {
      best = row[c] > row[best] ? c : best;
    }
    right += best == labels[i];
  }
  printf("accuracy %.2f %% on %d held-out images\n", 100.0 * right / DIGITS, DIGITS);
}

#endif
