/* A compiled model on a stream: load, describe, bind device buffers, execute, wait. Plain C, AscendCL only.
 *
 *   om digits.om [digits-test.bin [acl.json]]
 */
#include <string.h>

#include "acl/acl.h"
#include "digits.h"

/* The only input or output of a model: a dataset of one buffer in device memory. */
static aclmdlDataset *dataset_of(void *memory, size_t size) {
  aclmdlDataset *dataset = aclmdlCreateDataset();
  ACL(aclmdlAddDatasetBuffer(dataset, aclCreateDataBuffer(memory, size)));
  return dataset;
}

static void destroy(aclmdlDataset *dataset) {
  ACL(aclDestroyDataBuffer(aclmdlGetDatasetBuffer(dataset, 0)));
  ACL(aclmdlDestroyDataset(dataset));
}

/* The model must be built for what this program feeds. */
static void require_shape(uint32_t model) {
  aclmdlDesc *desc = aclmdlCreateDesc();
  ACL(aclmdlGetDesc(desc, model));
  const size_t in = aclmdlGetInputSizeByIndex(desc, 0), out = aclmdlGetOutputSizeByIndex(desc, 0);
  if (aclmdlGetNumInputs(desc) != 1 || aclmdlGetNumOutputs(desc) != 1 || in < IMAGE_BYTES ||
      out < SCORE_BYTES) {
    fprintf(stderr, "the model takes %zu and gives %zu bytes; it must be built for %d images\n", in, out,
            DIGITS);
    exit(1);
  }
  ACL(aclmdlDestroyDesc(desc));
}

static void classify(uint32_t model, const digits *data) {
  static float scores[DIGITS * CLASSES];
  void *images = NULL, *results = NULL;
  aclrtStream stream = NULL;
  ACL(aclrtCreateStream(&stream));
  ACL(aclrtMalloc(&images, IMAGE_BYTES, ACL_MEM_MALLOC_HUGE_FIRST));
  ACL(aclrtMalloc(&results, SCORE_BYTES, ACL_MEM_MALLOC_HUGE_FIRST));
  ACL(aclrtMemcpy(images, IMAGE_BYTES, data->images, IMAGE_BYTES, ACL_MEMCPY_HOST_TO_DEVICE));
  aclmdlDataset *input = dataset_of(images, IMAGE_BYTES), *output = dataset_of(results, SCORE_BYTES);

  ACL(aclmdlExecuteAsync(model, input, output, stream)); /* one stream at a time for one model */
  ACL(aclrtSynchronizeStream(stream));

  ACL(aclrtMemcpy(scores, sizeof scores, results, SCORE_BYTES, ACL_MEMCPY_DEVICE_TO_HOST));
  print_accuracy(scores, data->labels);
  destroy(output);
  destroy(input);
  ACL(aclrtFree(results));
  ACL(aclrtFree(images));
  ACL(aclrtDestroyStream(stream));
}

int main(int argc, char **argv) {
  static digits data;
  uint32_t model = 0;
  if (argc < 2) {
    fprintf(stderr, "usage: om digits.om [digits-test.bin [acl.json]]\n");
    return 2;
  }
  read_digits(argc > 2 ? argv[2] : "../digits/digits-test.bin", &data);
  ACL(aclInit(argc > 3 ? argv[3] : "acl.json"));
  ACL(aclrtSetDevice(0));
  ACL(aclmdlLoadFromFile(argv[1], &model));
  require_shape(model);
  classify(model, &data);
  ACL(aclmdlUnload(model));
  ACL(aclrtResetDevice(0));
  ACL(aclFinalize());
  return 0;
}
