/* Random graphs of matrices that mix fusible operators with views, transposes and joins: whatever is fused, aliased,
 * overwritten or reused, the numbers are those of the loops below. */
#include "graph_maker.h"

enum { MOST = 60, LARGEST = 1024 };

typedef struct matrix {
  mc_node *node;
  int64_t rows, cols;
  float at[LARGEST];
} matrix;

typedef struct world {
  mc_graph *graph;
  random_state random;
  matrix m[MOST];
  int count;
} world;

static void name_of(const world *w, char name[16], const char *prefix) { snprintf(name, 16, "%s%d", prefix, w->count); }

static mc_node *pair_const(world *w, const char *prefix, int64_t a, int64_t b) {
  char name[16];
  name_of(w, name, prefix);
  return make_const(w->graph, name, MC_INT64, DIMS(2), (int64_t[]){a, b});
}

/* Another matrix of the same shape, or the same one. */
static int partner(world *w, int first) {
  for (int tries = 0; tries < 10; ++tries) {
    const int other = (int)random_below(&w->random, (uint64_t)w->count);
    if (w->m[other].rows == w->m[first].rows && w->m[other].cols == w->m[first].cols) {
      return other;
    }
  }
  return first;
}

static void grow(world *w) {
  matrix *m = &w->m[w->count];
  const int first = random_below(&w->random, 2) == 0 ? w->count - 1 : (int)random_below(&w->random, (uint64_t)w->count);
  const matrix *a = &w->m[first], *b = &w->m[partner(w, first)];
  const int64_t n = a->rows * a->cols;
  char name[16];
  name_of(w, name, "n");
  m->rows = a->rows;
  m->cols = a->cols;
  switch (random_below(&w->random, 7)) {
  case 0:
    m->node = OP2(w->graph, name, "Add", a->node, b->node);
    for (int64_t i = 0; i < n; ++i) {
      m->at[i] = a->at[i] + b->at[i];
    }
    break;
  case 1:
    m->node = OP2(w->graph, name, "Sub", a->node, b->node);
    for (int64_t i = 0; i < n; ++i) {
      m->at[i] = a->at[i] - b->at[i];
    }
    break;
  case 2:
    m->node = OP1(w->graph, name, "Relu", a->node);
    for (int64_t i = 0; i < n; ++i) {
      m->at[i] = a->at[i] > 0 ? a->at[i] : 0;
    }
    break;
  case 3:
    m->node = OP1(w->graph, name, "Identity", a->node);
    memcpy(m->at, a->at, sizeof m->at);
    break;
  case 4:
    m->rows = a->cols;
    m->cols = a->rows;
    m->node = OP2(w->graph, name, "Reshape", a->node, pair_const(w, "s", m->rows, m->cols));
    memcpy(m->at, a->at, sizeof m->at);
    break;
  case 5:
    m->rows = a->cols;
    m->cols = a->rows;
    m->node = OP2(w->graph, name, "Transpose", a->node, pair_const(w, "p", 1, 0));
    for (int64_t r = 0; r < m->rows; ++r) {
      for (int64_t c = 0; c < m->cols; ++c) {
        m->at[r * m->cols + c] = a->at[c * a->cols + r];
      }
    }
    break;
  default: {
    if (2 * n > LARGEST) {
      m->node = OP1(w->graph, name, "Neg", a->node);
      for (int64_t i = 0; i < n; ++i) {
        m->at[i] = -a->at[i];
      }
      break;
    }
    char axis[16];
    name_of(w, axis, "a");
    m->rows = 2 * a->rows;
    m->node = make_op(w->graph, name, "ConcatV2", 1, 3,
                      (mc_node *const[]){a->node, b->node, make_const(w->graph, axis, MC_INT32, SCALAR, &(int32_t){0})});
    memcpy(m->at, a->at, (size_t)n * 4);
    memcpy(m->at + n, b->at, (size_t)n * 4);
  }
  }
  w->count += 1;
}

static void one_world(uint64_t seed) {
  world *w = calloc(1, sizeof *w);
  w->random.value = seed * 2 + 1;
  w->graph = mc_graph_create("random");
  mc_binding in[2], out[5] = {{0}};
  for (int i = 0; i < 2; ++i) {
    char name[16];
    name_of(w, name, "x");
    matrix *m = &w->m[w->count++];
    m->rows = 1 + (int64_t)random_below(&w->random, 12);
    m->cols = 1 + (int64_t)random_below(&w->random, 12);
    m->node = make_input(w->graph, name, i, MC_FLOAT, DIMS(m->rows, m->cols));
    for (int64_t k = 0; k < m->rows * m->cols; ++k) {
      m->at[k] = (float)random_below(&w->random, 9) - 4;
    }
    in[i] = bind(m->at, (size_t)(m->rows * m->cols) * 4);
  }
  const int nodes = 5 + (int)random_below(&w->random, MOST - 6);
  while (w->count < nodes) {
    grow(w);
  }
  int outputs[5];
  const int n_out = 1 + (int)random_below(&w->random, 5);
  for (int i = 0; i < n_out; ++i) {
    outputs[i] = i == 0 ? w->count - 1 : (int)random_below(&w->random, (uint64_t)w->count);
    CHECK(mc_graph_add_output(w->graph, w->m[outputs[i]].node, 0));
  }
  mc_model *model = compiled(w->graph, NULL);
  mc_loaded *loaded = loaded_with(model, NULL);
  CHECK_INT(mc_loaded_run_host(loaded, in, 2, out, n_out), 0);
  for (int i = 0; i < n_out; ++i) {
    const matrix *m = &w->m[outputs[i]];
    CHECK_INT(out[i].shape.dims[0], m->rows);
    CHECK_INT(out[i].shape.dims[1], m->cols);
    if (memcmp(out[i].address, m->at, out[i].size) != 0) {
      for (size_t k = 0; k < out[i].size / 4; ++k) {
        CHECK(((float *)out[i].address)[k] == m->at[k]); /* -0 equals 0 */
      }
    }
    free(out[i].address);
  }
  mc_loaded_unload(loaded);
  mc_model_release(model);
  mc_graph_destroy(w->graph);
  free(w);
}

int main(void) {
  CHECK_INT(mc_device_set("test", 0), 0);
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    one_world(seed);
  }
  CHECK_INT(mc_device_reset("test", 0), 0);
  return 0;
}
