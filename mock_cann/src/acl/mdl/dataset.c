/* Datasets: the buffers of one run, in the order of the model's inputs or outputs. Plain host objects. */
#include "acl/mdl/dims.h"

enum { FIRST_ROOM = 8 };

aclmdlDataset *aclmdlCreateDataset(void) {
  aclmdlDataset *dataset = calloc(1, sizeof *dataset);
  if (dataset == NULL) {
    (void)no_host_memory(sizeof *dataset);
  }
  return dataset;
}

aclError aclmdlDestroyDataset(const aclmdlDataset *dataset) {
  REQUIRE(dataset);
  for (size_t i = 0; i < dataset->count; ++i) {
    aclDestroyTensorDesc(dataset->items[i].desc);
  }
  free(dataset->items);
  free(dataset->gear.values);
  free((void *)(uintptr_t)dataset);
  return MC_OK;
}

aclError aclmdlAddDatasetBuffer(aclmdlDataset *dataset, aclDataBuffer *dataBuffer) {
  REQUIRE(dataset);
  REQUIRE(dataBuffer);
  if (dataset->count == dataset->room) {
    const size_t room = dataset->room == 0 ? FIRST_ROOM : dataset->room * 2;
    mc_dataset_item *items = realloc(dataset->items, room * sizeof *items);
    if (items == NULL) {
      return no_host_memory(room * sizeof *items);
    }
    dataset->items = items;
    dataset->room = room;
  }
  dataset->items[dataset->count++] = (mc_dataset_item){dataBuffer, NULL};
  return MC_OK;
}

size_t aclmdlGetDatasetNumBuffers(const aclmdlDataset *dataset) {
  return dataset == NULL ? 0 : dataset->count;
}

aclDataBuffer *aclmdlGetDatasetBuffer(const aclmdlDataset *dataset, size_t index) {
  return dataset == NULL || index >= dataset->count ? NULL : dataset->items[index].buffer;
}

aclError aclmdlSetDatasetTensorDesc(aclmdlDataset *dataset, aclTensorDesc *tensorDesc, size_t index) {
  aclTensorDesc *copy = NULL;
  REQUIRE(dataset);
  REFUSE_UNLESS(index < dataset->count, index, "index", "less than the dataset's number of buffers");
  if (tensorDesc != NULL) {
    copy = mc_acl_tensor_desc_copy(tensorDesc);
    if (copy == NULL) {
      return ACL_ERROR_BAD_ALLOC;
    }
  }
  aclDestroyTensorDesc(dataset->items[index].desc);
  dataset->items[index].desc = copy;
  return MC_OK;
}

aclTensorDesc *aclmdlGetDatasetTensorDesc(const aclmdlDataset *dataset, size_t index) {
  return dataset == NULL || index >= dataset->count ? NULL : dataset->items[index].desc;
}
