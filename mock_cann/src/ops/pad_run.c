/* Building the rows of a padded tensor: a piece before, a run of x and a piece behind, or the constant
 * throughout. */
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/pad.h"

enum { ROW_WORK = 64 << 10 };

static void repeat(char *dst, const void *element, size_t size, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    memcpy(dst + i * (int64_t)size, element, size);
  }
}

typedef struct job {
  const mc_pad *state;
  const char *x;
  char *y;
} job;

/* Places [from, to) of one row; `row` is NULL where an outer axis shows the constant. */
static void fill_places(const mc_pad *s, char *y, const char *row, int64_t from, int64_t to) {
  const int64_t size = (int64_t)s->size;
  const int64_t *table = s->from[s->y.rank - 1];
  for (int64_t i = from; i < to; ++i) {
    memcpy(y + i * size, row == NULL || table[i] < 0 ? (const char *)s->constant : row + table[i], s->size);
  }
}

static void pad_rows(void *arg, int64_t begin, int64_t end) {
  const job *work = arg;
  const mc_pad *s = work->state;
  const int last = s->y.rank - 1;
  const int64_t width = s->y.dims[last];
  const int64_t size = (int64_t)s->size;
  for (int64_t r = begin; r < end; ++r) {
    int64_t rest = r;
    int64_t offset = 0;
    bool constant = false;
    for (int axis = last - 1; axis >= 0; --axis) {
      const int64_t at = s->from[axis][rest % s->y.dims[axis]];
      rest /= s->y.dims[axis];
      constant |= at < 0;
      offset += at;
    }
    char *y = work->y + r * width * size;
    if (constant) {
      repeat(y, s->constant, s->size, width);
      continue;
    }
    const char *row = s->run == 0 ? NULL : work->x + offset;
    fill_places(s, y, row, 0, s->before);
    if (s->run != 0) {
      memcpy(y + s->before * size, row, (size_t)(s->run * size));
    }
    fill_places(s, y, row, s->before + s->run, width);
  }
}

int mc_pad_run(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  mc_pad *s = call->state;
  if (s->rows == 0) {
    return MC_OK;
  }
  mc_pad filled;
  if (call->n_in > 2 && call->in[2].present && in[2] != NULL) {
    filled = *s; /* the plan may be running elsewhere with another constant */
    memcpy(filled.constant, in[2], s->size);
    s = &filled;
  }
  job work = {s, in[0], out[0]};
  const int64_t bytes = s->y.dims[s->y.rank - 1] * (int64_t)s->size;
  mc_parallel_for(s->rows, ROW_WORK / (bytes + 1) + 1, pad_rows, &work);
  return MC_OK;
}
