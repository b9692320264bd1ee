/* Attention, one query at a time: scores of all keys, softmax, sum of values. Operands become floats once. */
#include "ops/attention.h"

#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "ops/convert.h"

typedef struct job {
  const mc_att *a;
  const float *q, *k, *v;
  char *y;
  float *scores; /* a row for each query */
  mc_att_stats stats;
} job;

bool mc_att_layout(const char *layout, const mc_shape *shape, int64_t heads, int64_t dims[4],
                   mc_att_view *view) {
  const int64_t *d = shape->dims;
  const bool flat = strcmp(layout, "BSH") == 0 || strcmp(layout, "SBH") == 0;
  if (flat) {
    if (shape->rank != 3 || heads <= 0 || d[2] % heads != 0) {
      return false;
    }
    const bool batch_first = layout[0] == 'B';
    const int64_t size = d[2] / heads;
    memcpy(dims, (const int64_t[]){d[batch_first ? 0 : 1], heads, d[batch_first ? 1 : 0], size},
           4 * sizeof *dims);
    *view = (mc_att_view){batch_first ? d[1] * d[2] : d[2], size, batch_first ? d[2] : d[1] * d[2]};
    return true;
  }
  const bool heads_first = strcmp(layout, "BNSD") == 0;
  if ((!heads_first && strcmp(layout, "BSND") != 0) || shape->rank != 4) {
    return false;
  }
  const int64_t n = d[heads_first ? 1 : 2], s = d[heads_first ? 2 : 1];
  memcpy(dims, (const int64_t[]){d[0], n, s, d[3]}, 4 * sizeof *dims);
  *view = (mc_att_view){n * s * d[3], heads_first ? s * d[3] : d[3], heads_first ? d[3] : n * d[3]};
  return heads == 0 || heads == n;
}

bool mc_att_plane_make(const mc_att *a, const mc_desc *desc, mc_att_plane *plane) {
  const int64_t whole[4] = {a->batches, a->heads, a->queries, a->keys};
  int64_t steps[4] = {0};
  int64_t stride = 1;
  const int rank = desc->shape.rank;
  if (rank < 2 || rank > 4) {
    return false;
  }
  for (int i = 0; i < rank; ++i) {
    const int64_t size = desc->shape.dims[rank - 1 - i];
    /* Three dims are a batch of planes. */
    const int at = rank == 3 && i == 2 ? 0 : 3 - i;
    if (size != 1 && size != whole[at]) {
      return false;
    }
    steps[at] = size == 1 ? 0 : stride;
    stride *= size;
  }
  *plane = (mc_att_plane){desc, NULL, steps[0], steps[1], steps[2], steps[3]};
  return true;
}

static float plane_at(const mc_att_plane *p, int64_t batch, int64_t head, int64_t query, int64_t key) {
  const int64_t at = batch * p->batch + head * p->head + query * p->query + key * p->key;
  float value;
  mc_convert_for(p->desc->dtype, MC_FLOAT)((const char *)p->data + (size_t)at * mc_dtype_size(p->desc->dtype),
                                           &value, 1);
  return value;
}

static bool hidden(const mc_att *a, int64_t batch, int64_t head, int64_t query, int64_t key) {
  const int64_t distance = key - query - a->shift;
  return (a->kv_lengths != NULL && key >= a->kv_lengths[batch]) ||
         (a->band && (distance < -a->before || distance > a->after)) ||
         (a->mask.desc != NULL && plane_at(&a->mask, batch, head, query, key) != 0);
}

/* Scores of one query; returns the largest, -inf when every key is hidden. */
static float score(const job *j, int64_t batch, int64_t head, int64_t query, float *scores) {
  const mc_att *a = j->a;
  const float *q = j->q + batch * a->q.batch + head * a->q.head + query * a->q.position;
  const float *k = j->k + batch * a->k.batch + head / (a->heads / a->kv_heads) * a->k.head;
  float most = -INFINITY;
  for (int64_t key = 0; key < a->keys; ++key) {
    if (hidden(a, batch, head, query, key)) {
      scores[key] = -INFINITY;
      continue;
    }
    float sum = 0;
    for (int64_t i = 0; i < a->size; ++i) {
      sum += q[i] * k[key * a->k.position + i];
    }
    const float bias = a->bias.desc == NULL ? 0.0f : plane_at(&a->bias, batch, head, query, key);
    scores[key] = a->bias_first ? (sum + bias) * a->scale : sum * a->scale + bias;
    most = scores[key] > most || isnan(scores[key]) ? scores[key] : most;
  }
  return most;
}

static void note(const job *j, int64_t row, float most, float sum) {
  const mc_att_stats *s = &j->stats;
  for (int64_t i = 0; i < s->repeat && s->most != NULL; ++i) {
    s->most[row * s->repeat + i] = most;
    s->sum[row * s->repeat + i] = sum;
  }
  if (s->log_sum != NULL) {
    s->log_sum[row] = sum == 0 ? INFINITY : most + logf(sum);
  }
}

static void take_queries(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const mc_att *a = j->a;
  mc_convert *store = mc_convert_for(MC_FLOAT, a->dtype);
  const size_t size = mc_dtype_size(a->dtype);
  for (int64_t row = begin; row < end; ++row) {
    const int64_t query = row % a->queries, head = row / a->queries % a->heads;
    const int64_t batch = row / a->queries / a->heads;
    float *scores = j->scores + row * (a->keys + a->value_size), *y = scores + a->keys;
    const float *v = j->v + batch * a->v.batch + head / (a->heads / a->kv_heads) * a->v.head;
    const bool padding = a->q_lengths != NULL && query >= a->q_lengths[batch];
    const float most = padding ? -INFINITY : score(j, batch, head, query, scores);
    float sum = 0;
    memset(y, 0, (size_t)a->value_size * sizeof(float));
    for (int64_t key = 0; key < a->keys && most != -INFINITY; ++key) {
      const float p = expf(scores[key] - most);
      sum += p;
      for (int64_t i = 0; i < a->value_size && p != 0; ++i) {
        y[i] += p * v[key * a->v.position + i];
      }
    }
    for (int64_t i = 0; i < a->value_size && sum != 0; ++i) {
      y[i] /= sum;
    }
    note(j, row, most, sum);
    store(y, j->y + (size_t)(batch * a->y.batch + head * a->y.head + query * a->y.position) * size,
          a->value_size);
  }
}

static int64_t query_rows(const mc_att *a) {
  return a->batches * a->heads * a->queries;
}

size_t mc_att_scratch(const mc_att *a) {
  const int64_t q = query_rows(a) * a->size, keys = a->batches * a->kv_heads * a->keys;
  return (size_t)(q + keys * (a->size + a->value_size) + query_rows(a) * (a->keys + a->value_size) + 16) *
         sizeof(float);
}

uint32_t mc_att_cost(const mc_att *a) {
  const double ns = 200 + (double)query_rows(a) * (double)a->keys * (double)(a->size + a->value_size + 10);
  return ns > 4e9 ? UINT32_MAX : (uint32_t)ns;
}

void mc_att_run(const mc_att *a, const void *q, const void *k, const void *v, void *y,
                const mc_att_stats *stats, void *scratch) {
  const int64_t rows = query_rows(a), keys = a->batches * a->kv_heads * a->keys;
  mc_convert *load = mc_convert_for(a->dtype, MC_FLOAT);
  float *room = scratch;
  float *wide_k = room + rows * a->size, *wide_v = wide_k + keys * a->size;
  load(q, room, rows * a->size);
  load(k, wide_k, keys * a->size);
  load(v, wide_v, keys * a->value_size);
  job j = {.a = a,
           .q = room,
           .k = wide_k,
           .v = wide_v,
           .y = y,
           .scores = wide_v + keys * a->value_size,
           .stats = *stats};
  const int64_t work = a->keys * (a->size + a->value_size) + 1;
  mc_parallel_for(rows, (1 << 16) / work + 1, take_queries, &j);
}
