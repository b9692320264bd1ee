/*
 * aclmdlExecuteAsync, as an application uses it: load from a file or memory, datasets over device buffers, execution on
 * a stream; one model id stays on one stream at a time, threads that share it lock around refresh-and-execute.
 * Argument: the folder of the models.
 */
#include "../models/session.h"

#include <pthread.h>
#include <stdatomic.h>

enum { ROWS = 4, COLUMNS = 8, RESULTS = 3, THREADS = 4, ROUNDS = 25 };

/* relu(x @ w + b) with w[k][j] = k - j and b = {1, 2, 3}: whole numbers, exact in float32. */
static void affine(float x[ROWS][COLUMNS], float y[ROWS][RESULTS]) {
  for (int i = 0; i < ROWS; ++i) {
    for (int j = 0; j < RESULTS; ++j) {
      float sum = (float)(j + 1);
      for (int k = 0; k < COLUMNS; ++k) {
        sum += x[i][k] * (float)(k - j);
      }
      y[i][j] = sum > 0.0F ? sum : 0.0F;
    }
  }
}

static void fill(float x[ROWS][COLUMNS], int seed) {
  for (int i = 0; i < ROWS * COLUMNS; ++i) {
    ((float *)x)[i] = (float)((i * 7 + seed * 13) % 23 - 11);
  }
}

/* One request: host memory, device memory, and the datasets over it. */
typedef struct request {
  float *x, *y; /* pinned */
  void *device_x, *device_y;
  aclmdlDataset *input, *output;
} request;

static request new_request(void) {
  request r;
  MUST(aclrtMallocHost((void **)&r.x, sizeof(float) * ROWS * COLUMNS));
  MUST(aclrtMallocHost((void **)&r.y, sizeof(float) * ROWS * RESULTS));
  r.device_x = device_memory(sizeof(float) * ROWS * COLUMNS);
  r.device_y = device_memory(sizeof(float) * ROWS * RESULTS);
  r.input = dataset_of(r.device_x, sizeof(float) * ROWS * COLUMNS);
  r.output = dataset_of(r.device_y, sizeof(float) * ROWS * RESULTS);
  return r;
}

static void drop_request(request *r) {
  drop_dataset(r->input);
  drop_dataset(r->output);
  MUST(aclrtFree(r->device_x));
  MUST(aclrtFree(r->device_y));
  MUST(aclrtFreeHost(r->x));
  MUST(aclrtFreeHost(r->y));
}

static void queue(request *r, uint32_t id, aclrtStream stream) {
  const size_t in = sizeof(float) * ROWS * COLUMNS, out = sizeof(float) * ROWS * RESULTS;
  MUST(aclrtMemcpyAsync(r->device_x, in, r->x, in, ACL_MEMCPY_HOST_TO_DEVICE, stream));
  MUST(aclmdlExecuteAsync(id, r->input, r->output, stream));
  MUST(aclrtMemcpyAsync(r->y, out, r->device_y, out, ACL_MEMCPY_DEVICE_TO_HOST, stream));
}

static void check(const request *r) {
  float expected[ROWS][RESULTS];
  affine((float(*)[COLUMNS])r->x, expected);
  CHECK(memcmp(r->y, expected, sizeof expected) == 0);
}

static void run_once(uint32_t id, int seed) {
  request r = new_request();
  aclrtStream stream = new_stream();
  fill((float(*)[COLUMNS])r.x, seed);
  queue(&r, id, stream);
  MUST(aclrtSynchronizeStream(stream));
  check(&r);
  MUST(aclrtDestroyStream(stream));
  drop_request(&r);
}

static void every_way_of_loading_gives_the_same_results_and_its_memory_back(void) {
  size_t size = 0, work = 0, weight = 0, work_again = 0, weight_again = 0;
  void *bytes = read_model("affine", &size);
  MUST(aclmdlQuerySize(model_path("affine"), &work, &weight));
  MUST(aclmdlQuerySizeFromMem(bytes, size, &work_again, &weight_again));
  CHECK(work == work_again && weight == weight_again);
  CHECK(weight >= sizeof(float) * (COLUMNS * RESULTS + RESULTS)); /* w and b */
  run_once(load("affine"), 0); /* whatever the process sets up once */

  const size_t before = free_memory();
  uint32_t ids[4];
  MUST(aclmdlLoadFromFile(model_path("affine"), &ids[0]));
  CHECK(free_memory() < before);
  MUST(aclmdlLoadFromMem(bytes, size, &ids[1]));
  void *memory[4];
  for (int i = 0; i < 4; ++i) {
    memory[i] = device_memory(i % 2 == 0 ? work + 1 : weight + 1);
  }
  const size_t given = free_memory();
  MUST(aclmdlLoadFromFileWithMem(model_path("affine"), &ids[2], memory[0], work + 1, memory[1], weight + 1));
  MUST(aclmdlLoadFromMemWithMem(bytes, size, &ids[3], memory[2], work + 1, memory[3], weight + 1));
  CHECK_INT(given, free_memory()); /* nothing of its own */
  memset(bytes, 0, size);
  free(bytes); /* loading copied it */
  for (int i = 0; i < 4; ++i) {
    CHECK(i == 0 || ids[i] > ids[i - 1]);
    run_once(ids[i], i);
  }
  for (int i = 0; i < 4; ++i) {
    MUST(aclmdlUnload(ids[i]));
    MUST(aclrtFree(memory[i])); /* the program's: still there */
  }
  CHECK_INT(before, free_memory());
  const uint32_t next = load("affine");
  CHECK(next > ids[3]); /* ids never come again */
  MUST(aclmdlUnload(next));
}

static void requests_in_a_row_on_one_stream_are_in_order(uint32_t id) {
  request r[16];
  aclrtStream stream = new_stream();
  for (int i = 0; i < 16; ++i) {
    r[i] = new_request();
    fill((float(*)[COLUMNS])r[i].x, i);
    queue(&r[i], id, stream);
  }
  MUST(aclrtSynchronizeStream(stream));
  for (int i = 0; i < 16; ++i) {
    check(&r[i]);
    drop_request(&r[i]);
  }
  MUST(aclrtDestroyStream(stream));
}

/* What onnxruntime does: everything on the host side goes right after the call. */
static void datasets_may_go_as_soon_as_the_call_returns(uint32_t id) {
  request r = new_request();
  aclrtStream stream = new_stream();
  fill((float(*)[COLUMNS])r.x, 3);
  queue(&r, id, stream);
  drop_dataset(r.input);
  drop_dataset(r.output);
  MUST(aclrtSynchronizeStream(stream));
  check(&r);
  r.input = dataset_of(NULL, 0);
  r.output = dataset_of(NULL, 0);
  drop_request(&r);
  MUST(aclrtDestroyStream(stream));
}

static void a_second_stream_without_order_fails_and_says_why(uint32_t id) {
  request a = new_request(), b = new_request();
  aclrtStream first = new_stream(), second = new_stream();
  int32_t first_id = 0, second_id = 0;
  MUST(aclrtStreamGetId(first, &first_id));
  MUST(aclrtStreamGetId(second, &second_id));
  fill((float(*)[COLUMNS])a.x, 1);
  fill((float(*)[COLUMNS])b.x, 2);
  queue(&a, id, first);
  queue(&b, id, second); /* the call itself succeeds, as in CANN */
  CHECK_INT(507011, aclrtSynchronizeStream(second));
  const char *text = aclGetRecentErrMsg();
  char name[32];
  CHECK(text != NULL && strstr(text, "two streams at once") != NULL);
  snprintf(name, sizeof name, "stream %d ", first_id);
  CHECK(strstr(text, name) != NULL);
  snprintf(name, sizeof name, "stream %d ", second_id);
  CHECK(strstr(text, name) != NULL);
  MUST(aclrtSynchronizeStream(first));
  check(&a); /* the earlier one is not harmed */
  queue(&b, id, second); /* the host has waited for both: ordered */
  MUST(aclrtSynchronizeStream(second));
  check(&b);

  aclrtEvent event = NULL;
  MUST(aclrtCreateEvent(&event));
  for (int i = 0; i < 4; ++i) { /* handed over by events */
    fill((float(*)[COLUMNS])a.x, i);
    fill((float(*)[COLUMNS])b.x, i + 50);
    queue(&a, id, first);
    MUST(aclrtRecordEvent(event, first));
    MUST(aclrtStreamWaitEvent(second, event));
    queue(&b, id, second);
    MUST(aclrtSynchronizeStream(second));
    check(&a);
    check(&b);
  }
  MUST(aclrtDestroyEvent(event));
  MUST(aclrtDestroyStream(first));
  MUST(aclrtDestroyStream(second));
  drop_request(&a);
  drop_request(&b);
}

static void two_ids_of_one_file_run_on_two_streams(void) {
  const uint32_t ids[] = {load("affine"), load("affine")};
  request r[2] = {new_request(), new_request()};
  aclrtStream streams[] = {new_stream(), new_stream()};
  for (int i = 0; i < 2; ++i) {
    fill((float(*)[COLUMNS])r[i].x, 30 + i);
    queue(&r[i], ids[i], streams[i]);
  }
  for (int i = 0; i < 2; ++i) {
    MUST(aclrtSynchronizeStream(streams[i]));
    check(&r[i]);
    MUST(aclmdlUnload(ids[i]));
    MUST(aclrtDestroyStream(streams[i]));
    drop_request(&r[i]);
  }
}

typedef struct shared {
  pthread_mutex_t lock;
  uint32_t id;
  aclrtContext context;
  int number;
} shared;

typedef struct worker {
  shared *all;
  int number;
  pthread_t thread;
} worker;

static void *work(void *argument) {
  worker *w = argument;
  MUST(aclrtSetCurrentContext(w->all->context));
  aclrtStream stream = new_stream();
  request r = new_request();
  for (int round = 0; round < ROUNDS; ++round) {
    fill((float(*)[COLUMNS])r.x, w->number * ROUNDS + round);
    pthread_mutex_lock(&w->all->lock);
    queue(&r, w->all->id, stream);
    MUST(aclrtSynchronizeStream(stream)); /* before another thread's stream gets the model */
    pthread_mutex_unlock(&w->all->lock);
    check(&r);
  }
  drop_request(&r);
  MUST(aclrtDestroyStream(stream));
  return NULL;
}

static void threads_share_a_model_under_a_lock(uint32_t id) {
  shared all = {.lock = PTHREAD_MUTEX_INITIALIZER, .id = id};
  worker workers[THREADS];
  MUST(aclrtGetCurrentContext(&all.context));
  for (int i = 0; i < THREADS; ++i) {
    workers[i] = (worker){.all = &all, .number = i};
    CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
  }
  for (int i = 0; i < THREADS; ++i) {
    CHECK(pthread_join(workers[i].thread, NULL) == 0);
  }
}

/* ---- unloading ---- */

typedef struct gate {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool entered, unloading, open; /* unloading: aclmdlUnload is about to be called */
} gate;

static void hold(void *argument) {
  gate *g = argument;
  pthread_mutex_lock(&g->lock);
  g->entered = true;
  pthread_cond_broadcast(&g->changed);
  while (!g->open) {
    pthread_cond_wait(&g->changed, &g->lock);
  }
  pthread_mutex_unlock(&g->lock);
}

static _Atomic bool g_released;

static void *release(void *argument) {
  gate *g = argument;
  pthread_mutex_lock(&g->lock);
  while (!g->entered || !g->unloading) {
    pthread_cond_wait(&g->changed, &g->lock);
  }
  atomic_store(&g_released, true);
  g->open = true;
  pthread_cond_broadcast(&g->changed);
  pthread_mutex_unlock(&g->lock);
  return NULL;
}

static void unloading_waits_for_work_in_flight(void) {
  const uint32_t id = load("affine");
  gate g = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false, false};
  request r = new_request();
  aclrtStream stream = new_stream();
  pthread_t thread;
  fill((float(*)[COLUMNS])r.x, 77);
  MUST(aclrtLaunchHostFunc(stream, hold, &g)); /* what comes next cannot run yet */
  queue(&r, id, stream);
  CHECK(pthread_create(&thread, NULL, release, &g) == 0);
  pthread_mutex_lock(&g.lock);
  g.unloading = true;
  pthread_cond_broadcast(&g.changed);
  pthread_mutex_unlock(&g.lock);
  MUST(aclmdlUnload(id));
  CHECK(atomic_load(&g_released));
  CHECK_INT(145003, aclmdlUnload(id));
  MUST(aclrtSynchronizeStream(stream));
  check(&r);
  CHECK(pthread_join(thread, NULL) == 0);
  MUST(aclrtDestroyStream(stream));
  drop_request(&r);
}

int main(int argc, char **argv) {
  CHECK(argc == 2);
  g_folder = argv[1];
  MUST(aclInit(NULL));
  MUST(aclrtSetDevice(0));
  every_way_of_loading_gives_the_same_results_and_its_memory_back();
  const uint32_t id = load("affine");
  requests_in_a_row_on_one_stream_are_in_order(id);
  datasets_may_go_as_soon_as_the_call_returns(id);
  a_second_stream_without_order_fails_and_says_why(id);
  two_ids_of_one_file_run_on_two_streams();
  threads_share_a_model_under_a_lock(id);
  unloading_waits_for_work_in_flight();
  MUST(aclmdlUnload(id));
  MUST(aclrtResetDevice(0));
  MUST(aclFinalize());
  return 0;
}
