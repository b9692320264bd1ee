/* What the programs over single operators share: a device, tensors on it, and one way to call. */
#ifndef OPERATORS_CHECK_H
#define OPERATORS_CHECK_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl/acl.h"
#include "acl/acl_op_compiler.h"

#define NEED(call)                                                                                            \
  do {                                                                                                        \
    const int need_status = (int)(call);                                                                      \
    if (need_status != 0) {                                                                                   \
      const char *need_text = aclGetRecentErrMsg();                                                           \
      fprintf(stderr, "%s:%d: %s answered %d: %s\n", __FILE__, __LINE__, #call, need_status,                  \
              need_text == NULL ? "" : need_text);                                                            \
      exit(1);                                                                                                \
    }                                                                                                         \
  } while (0)

#define EXPECT(condition)                                                                                     \
  do {                                                                                                        \
    if (!(condition)) {                                                                                       \
      fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                               \
      exit(1);                                                                                                \
    }                                                                                                         \
  } while (0)

/* The call answers `code` and the recent text contains `part`. */
#define REFUSED(call, code, part)                                                                             \
  do {                                                                                                        \
    const int refused_status = (int)(call);                                                                   \
    const char *refused_text = aclGetRecentErrMsg();                                                          \
    if (refused_status != (code) || refused_text == NULL || strstr(refused_text, part) == NULL) {             \
      fprintf(stderr, "%s:%d: %s answered %d, not %d, or the text does not say \"%s\": %s\n", __FILE__,       \
              __LINE__, #call, refused_status, (int)(code), part, refused_text == NULL ? "" : refused_text);  \
      exit(1);                                                                                                \
    }                                                                                                         \
  } while (0)

#define DIMS(...) (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (int64_t[]){__VA_ARGS__}

/* A description with memory on the device. */
typedef struct tensor {
  aclTensorDesc *desc;
  aclDataBuffer *buffer;
  void *memory;
  size_t size;
} tensor;

static inline tensor make_tensor(aclDataType type, aclFormat format, int rank, const int64_t *dims, const void *data) {
  tensor t = {.desc = aclCreateTensorDesc(type, rank, dims, format)};
  EXPECT(t.desc != NULL);
  t.size = aclGetTensorDescSize(t.desc);
  NEED(aclrtMalloc(&t.memory, t.size + 1, ACL_MEM_MALLOC_HUGE_FIRST));
  if (data != NULL) {
    NEED(aclrtMemcpy(t.memory, t.size, data, t.size, ACL_MEMCPY_HOST_TO_DEVICE));
  }
  t.buffer = aclCreateDataBuffer(t.memory, t.size);
  return t;
}

static inline tensor make_placeholder(void) {
  return (tensor){.desc = aclCreateTensorDesc(ACL_DT_UNDEFINED, 0, NULL, ACL_FORMAT_UNDEFINED),
                  .buffer = aclCreateDataBuffer(NULL, 0)};
}

/* What describes the tensor goes, its memory stays. */
static inline void drop_description(tensor *t) {
  aclDestroyTensorDesc(t->desc);
  NEED(aclDestroyDataBuffer(t->buffer));
  t->desc = NULL;
  t->buffer = NULL;
}

static inline void drop_tensor(tensor *t) {
  drop_description(t);
  if (t->memory != NULL) {
    NEED(aclrtFree(t->memory));
  }
}

static inline void read_back(const tensor *t, void *to) {
  NEED(aclrtMemcpy(to, t->size, t->memory, t->size, ACL_MEMCPY_DEVICE_TO_HOST));
}

enum { MOST = 12 };

/* aclopCompileAndExecute over `n` inputs and one output. */
static inline aclError run_operator(const char *type, int n, const tensor *in, const tensor *out, const aclopAttr *attr,
                                    aclrtStream stream) {
  const aclTensorDesc *descs[MOST];
  const aclDataBuffer *buffers[MOST];
  for (int i = 0; i < n; ++i) {
    descs[i] = in[i].desc;
    buffers[i] = in[i].buffer;
  }
  const aclTensorDesc *out_desc[1] = {out->desc};
  aclDataBuffer *out_buffer[1] = {out->buffer};
  return aclopCompileAndExecute(type, n, descs, buffers, 1, out_desc, out_buffer, attr, ACL_ENGINE_SYS, ACL_COMPILE_SYS,
                                NULL, stream);
}

#endif
