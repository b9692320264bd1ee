/* Choosing a gear for the next execution: the values go into the model's extra input, the dataset and the
 * model. */
#include "acl/mdl/models.h"

enum { SMALL_WORD = 4, LARGE_WORD = 8 };

typedef struct gear_request {
  const char *function;
  uint32_t id;
  aclmdlDataset *dataset;
  size_t index;
  mc_gear_kind kind;
  const int64_t *values; /* as the program gave them */
  int count;
} gear_request;

static int wrong_length(const char *what, size_t given, const char *reason) {
  return REFUSE_GE(ACL_ERROR_GE_DYNAMIC_INPUT_LENGTH_INVALID, "E10001", MC_TEXT("%zu", given), what, reason);
}

/* The extra input's buffer, with room for this many small words. */
static int check_buffer(const gear_request *r, aclDataBuffer **buffer) {
  *buffer = aclmdlGetDatasetBuffer(r->dataset, r->index);
  REFUSE_UNLESS(*buffer != NULL, r->index, "index", "less than the dataset's number of buffers");
  if ((*buffer)->data == NULL) {
    return mc_refuse(MC_INVALID_PARAM, "EH0008", r->function, "the buffer's data");
  }
  return need_executor(r->function);
}

static int check_room(const aclDataBuffer *buffer, int words) {
  const size_t needed = (size_t)words * SMALL_WORD;
  return buffer->size >= needed
             ? MC_OK
             : wrong_length("the buffer's size", buffer->size, MC_TEXT("the gear takes %zu bytes", needed));
}

/* The gear these values name, in the gear's own form. */
static int find_gear(const gear_request *r, const mc_model *model, const int64_t **values, int *width) {
  int gear = 0;
  int status = mc_model_gear_kind(model) == r->kind && mc_model_gear_count(model) > 0
                   ? mc_model_gear_index(model, r->values, r->count, &gear)
                   : (int)ACL_ERROR_GE_DYNAMIC_BATCH_SIZE_INVALID;
  if (status != 0) {
    return REFUSE_GE(status, "E10001", MC_TEXT("%lld%s", (long long)r->values[0], r->count > 1 ? ",..." : ""),
                     "the gear", MC_TEXT("model %u was not built with it", r->id));
  }
  *values = mc_model_gear(model, gear, width);
  return MC_OK;
}

/* Synchronous, as in CANN: 8-byte words when they fit. */
static int write_values(const gear_request *r, const aclDataBuffer *buffer, const int64_t *values,
                        int width) {
  const size_t word = buffer->size >= (size_t)width * LARGE_WORD ? LARGE_WORD : SMALL_WORD;
  void *view = NULL;
  char why[192];
  const int status = mc_memory_view(buffer->data, (size_t)width * word, &view, why);
  if (status != MC_OK) {
    return mc_fail(status, "EE1011", r->function, MC_TEXT("%p", buffer->data), "the buffer's data", why);
  }
  for (int i = 0; i < width; ++i) {
    const int32_t small = (int32_t)values[i];
    memcpy((char *)view + (size_t)i * word,
           word == LARGE_WORD ? (const void *)&values[i] : (const void *)&small, word);
  }
  return MC_OK;
}

static int remember(const gear_request *r, mc_model_entry *entry, const int64_t *values, int width) {
  const size_t size = (size_t)width * sizeof *values;
  int64_t *copy = malloc(size);
  if (copy == NULL || !mc_model_entry_set_gear(entry, values, width)) {
    free(copy);
    return no_host_memory(size);
  }
  memcpy(copy, values, size);
  free(r->dataset->gear.values);
  r->dataset->gear = (mc_dataset_gear){copy, width};
  return MC_OK;
}

static int set_gear(const gear_request *r, mc_model_entry *entry, const aclDataBuffer *buffer) {
  const int64_t *values = NULL;
  int width = 0;
  TRY(find_gear(r, model_of(entry), &values, &width));
  TRY(check_room(buffer, width));
  TRY(write_values(r, buffer, values, width));
  return remember(r, entry, values, width);
}

/* `words`: what the buffer must hold before the model is looked at. */
static int choose(const gear_request *r, int words) {
  aclDataBuffer *buffer = NULL;
  mc_model_entry *entry = NULL;
  TRY(check_buffer(r, &buffer));
  TRY(check_room(buffer, words));
  TRY(find_model(r->function, r->id, &entry));
  const int status = set_gear(r, entry, buffer);
  mc_model_entry_release(entry);
  return status;
}

aclError aclmdlSetDynamicBatchSize(uint32_t modelId, aclmdlDataset *dataset, size_t index,
                                   uint64_t batchSize) {
  REQUIRE(dataset);
  REQUIRE_SIZE(batchSize);
  const int64_t values[] = {(int64_t)batchSize};
  const gear_request r = {__func__, modelId, dataset, index, MC_GEAR_BATCH, values, 1};
  return choose(&r, 1);
}

aclError aclmdlSetDynamicHWSize(uint32_t modelId, aclmdlDataset *dataset, size_t index, uint64_t height,
                                uint64_t width) {
  REQUIRE(dataset);
  REQUIRE_SIZE(height);
  REQUIRE_SIZE(width);
  const int64_t values[] = {(int64_t)height, (int64_t)width};
  const gear_request r = {__func__, modelId, dataset, index, MC_GEAR_IMAGE, values, 2};
  return choose(&r, 2);
}

/* The gear is given as all dims of all inputs, fixed ones included. */
static int check_dims(const mc_model *model, const aclmdlIODims *dims) {
  const int inputs = mc_model_input_count(model) - (has_gear_input(model) ? 1 : 0);
  size_t total = 0;
  for (int i = 0; i < inputs; ++i) {
    const int rank = mc_model_input(model, i)->desc.shape.rank;
    total += rank < 0 ? 0 : (size_t)rank;
  }
  return dims->dimCount == total ? MC_OK
                                 : wrong_length("dims", dims->dimCount,
                                                MC_TEXT("the model's inputs have %zu dims together", total));
}

aclError aclmdlSetInputDynamicDims(uint32_t modelId, aclmdlDataset *dataset, size_t index,
                                   const aclmdlIODims *dims) {
  aclDataBuffer *buffer = NULL;
  mc_model_entry *entry = NULL;
  REQUIRE(dataset);
  REQUIRE(dims);
  REFUSE_UNLESS(dims->dimCount > 0 && dims->dimCount <= ACL_MAX_DIM_CNT, dims->dimCount, "dims->dimCount",
                "1 to 128");
  const gear_request r = {__func__, modelId, dataset, index, MC_GEAR_DIMS, dims->dims, (int)dims->dimCount};
  TRY(check_buffer(&r, &buffer));
  TRY(find_model(__func__, modelId, &entry));
  int status =
      mc_model_gear_kind(model_of(entry)) == MC_GEAR_DIMS ? check_dims(model_of(entry), dims) : MC_OK;
  status = status != MC_OK ? status : set_gear(&r, entry, buffer);
  mc_model_entry_release(entry);
  return status;
}
