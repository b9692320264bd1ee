/* What tells one single operator from another, as bytes: type, tensors, attributes. Lengths come before contents, so that
 * two requests never run into the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "graph/single.h"

typedef struct writer {
  char *bytes;
  size_t size, room;
  bool failed;
} writer;

static void put(writer *w, const void *data, size_t size) {
  if (w->failed) {
    return;
  }
  if (w->room - w->size < size) {
    const size_t room = 2 * w->room + size + 256;
    char *grown = realloc(w->bytes, room);
    if (grown == NULL) {
      w->failed = true;
      return;
    }
    w->bytes = grown;
    w->room = room;
  }
  if (size > 0) {
    memcpy(w->bytes + w->size, data, size);
  }
  w->size += size;
}

static void put_number(writer *w, int64_t number) { put(w, &number, sizeof number); }

static void put_block(writer *w, const void *data, size_t size) {
  put_number(w, (int64_t)size);
  put(w, data, size);
}

static void put_text(writer *w, const char *text) { put_block(w, text, text == NULL ? 0 : strlen(text)); }

static void put_desc(writer *w, const mc_desc *desc) {
  put_number(w, desc->dtype);
  put_number(w, desc->format);
  put_number(w, desc->shape.rank);
  put(w, desc->shape.dims, desc->shape.rank > 0 ? (size_t)desc->shape.rank * sizeof desc->shape.dims[0] : 0);
}

static void put_tensors(writer *w, const mc_single_tensor *tensors, int count) {
  put_number(w, count);
  for (int i = 0; i < count; ++i) {
    const mc_single_tensor *tensor = &tensors[i];
    put_number(w, tensor->present);
    if (tensor->present) {
      put_text(w, tensor->name);
      put_desc(w, &tensor->desc);
      put_number(w, tensor->computed);
      put_block(w, tensor->constant, tensor->constant == NULL ? 0 : (size_t)mc_desc_bytes(&tensor->desc));
    }
  }
}

static void put_attr(writer *w, const mc_attr *attr) {
  put_text(w, attr->name);
  put_number(w, attr->kind);
  switch (attr->kind) {
  case MC_ATTR_INT:
  case MC_ATTR_DTYPE:
    put_number(w, attr->i);
    break;
  case MC_ATTR_FLOAT:
    put(w, &attr->f, sizeof attr->f);
    break;
  case MC_ATTR_BOOL:
    put_number(w, attr->b);
    break;
  case MC_ATTR_STRING:
  case MC_ATTR_BYTES:
  case MC_ATTR_RAW:
    put_block(w, attr->bytes.data, attr->bytes.size);
    break;
  case MC_ATTR_TENSOR:
    put_desc(w, &attr->tensor.desc);
    put_block(w, attr->tensor.data.data, attr->tensor.data.size);
    break;
  case MC_ATTR_LIST_INT:
  case MC_ATTR_LIST_DTYPE:
    put_block(w, attr->ints, attr->count * sizeof *attr->ints);
    break;
  case MC_ATTR_LIST_FLOAT:
    put_block(w, attr->floats, attr->count * sizeof *attr->floats);
    break;
  case MC_ATTR_LIST_BOOL:
    put_block(w, attr->bools, attr->count * sizeof *attr->bools);
    break;
  case MC_ATTR_LIST_STRING:
    put_number(w, (int64_t)attr->count);
    for (size_t i = 0; i < attr->count; ++i) {
      put_block(w, attr->strings[i].data, attr->strings[i].size);
    }
    break;
  case MC_ATTR_LIST_LIST_INT:
    put_number(w, (int64_t)attr->count);
    for (size_t i = 0; i < attr->count; ++i) {
      put_block(w, attr->int_lists[i].values, attr->int_lists[i].count * sizeof *attr->int_lists[i].values);
    }
    break;
  }
}

char *mc_single_key(const mc_single_request *request, size_t *size) {
  writer w = {0};
  put_text(&w, request->type);
  put_tensors(&w, request->in, request->n_in);
  put_tensors(&w, request->out, request->n_out);
  for (size_t i = 0; request->attrs != NULL && i < request->attrs->count; ++i) {
    put_attr(&w, &request->attrs->items[i]);
  }
  if (w.failed) {
    free(w.bytes);
    return NULL;
  }
  *size = w.size;
  return w.bytes;
}
