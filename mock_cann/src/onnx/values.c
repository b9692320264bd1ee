/* Values: constants that become nodes where they are used, inputs, what nested graphs take from outside. */
#include <stdio.h>
#include <string.h>

#include "onnx/import.h"

static const mc_desc kNothing = {.dtype = MC_UNDEFINED, .format = MC_FORMAT_ND, .shape = {.rank = MC_RANK_UNKNOWN}};

mc_val *mc_val_new(mc_import *import, const char *name) {
  mc_val *value = mc_arena_alloc(&import->arena, sizeof *value);
  mc_val_body *body = mc_arena_alloc(&import->arena, sizeof *body);
  if (value == NULL || body == NULL) {
    return NULL;
  }
  body->name = name;
  body->sample[0].desc = body->sample[1].desc = kNothing;
  *value = (mc_val){.dtype = MC_UNDEFINED, .shape = {.rank = MC_RANK_UNKNOWN}, .body = body};
  return value;
}

mc_val *mc_val_constant(mc_import *import, const mc_onnx_tensor *tensor, const char *name) {
  mc_val *value = mc_val_new(import, name);
  if (value != NULL) {
    value->body->constant = tensor;
    value->body->sample[0] =
        (mc_sample){.desc = {.dtype = tensor->dtype, .format = MC_FORMAT_ND, .shape = tensor->shape}, .data = tensor->data};
    mc_val_settle(value);
  }
  return value;
}

/* Two sizes far apart with many divisors: reshapes, splits and stacks of convolutions fit both. Dims of one symbol are
 * equal; those without a symbol are told apart by nothing, so that they fit each other. */
int64_t mc_sample_dim(const char *symbol, int axis, int which) {
  (void)axis;
  unsigned number = 0;
  for (; symbol != NULL && *symbol != 0; ++symbol) {
    number = number * 31 + (uint8_t)*symbol;
  }
  return (which == 0 ? 192 : 384) + (int64_t)(number % 5) * 1152;
}

static void describe_node(mc_val *value) {
  mc_val_body *body = value->body;
  if (body->node != NULL) {
    mc_tensor_desc *desc = &body->node->out[body->port].desc;
    desc->desc.dtype = value->dtype;
    desc->desc.shape = value->shape;
    desc->origin_format = desc->desc.format;
    desc->origin_shape = value->shape;
    desc->origin_shape_set = value->shape.rank != MC_RANK_UNKNOWN;
  }
}

void mc_val_settle(mc_val *value) {
  const mc_val_body *body = value->body;
  const mc_desc *a = &body->sample[0].desc, *b = &body->sample[body->sampled].desc;
  value->dtype = a->dtype != MC_UNDEFINED ? a->dtype : b->dtype;
  value->shape = a->shape;
  if (a->shape.rank != b->shape.rank) {
    value->shape.rank = MC_RANK_UNKNOWN;
  }
  for (int i = 0; i < value->shape.rank; ++i) {
    value->shape.dims[i] = a->shape.dims[i] == b->shape.dims[i] ? a->shape.dims[i] : -1;
  }
  describe_node(value);
}

void mc_val_declare(mc_val *value, int dtype, const mc_shape *shape, const char **symbols) {
  mc_val_body *body = value->body;
  for (int which = 0; which < 2; ++which) {
    mc_desc *desc = &body->sample[which].desc;
    if (desc->dtype == MC_UNDEFINED) {
      desc->dtype = dtype;
    }
    if (desc->shape.rank == MC_RANK_UNKNOWN && shape->rank != MC_RANK_UNKNOWN) {
      desc->shape = *shape;
      for (int axis = 0; axis < shape->rank; ++axis) {
        if (shape->dims[axis] < 0) {
          desc->shape.dims[axis] = mc_sample_dim(symbols == NULL ? NULL : symbols[axis], axis, which);
          body->sampled = true;
        }
      }
    }
  }
  mc_val_settle(value);
}

mc_val *mc_val_data_node(mc_import *import, mc_on_area *area, const char *name) {
  mc_val *value = mc_val_new(import, name);
  const char *unique = mc_import_name(import, area->graph, name[0] == 0 ? "Data" : name);
  mc_node *node = value == NULL || unique == NULL ? NULL : mc_graph_add_node(area->graph, unique, "Data", 1, 1);
  if (node == NULL || (node->in[0].name = strdup("x")) == NULL || (node->out[0].name = strdup("y")) == NULL ||
      !mc_attrs_set_int(&node->attrs, "index", area->n_data)) {
    return NULL;
  }
  area->n_data += 1;
  value->body->graph = area->graph;
  value->body->node = node;
  return value;
}

static mc_val *capture(mc_import *import, mc_on_area *area, mc_val *outer) {
  for (int i = 0; i < area->n_captured; ++i) {
    if (area->captured[i].outer->body == outer->body) {
      return area->captured[i].inner;
    }
  }
  mc_val *inner = mc_val_capture_unseen(import, area, outer);
  if (inner != NULL) {
    inner->body->sampled = outer->body->sampled;
    memcpy(inner->body->sample, outer->body->sample, sizeof inner->body->sample);
    mc_val_settle(inner);
    inner->body->node->in[0].desc.desc = inner->body->node->out[0].desc.desc;
  }
  return inner;
}

mc_val *mc_val_capture_unseen(mc_import *import, mc_on_area *area, mc_val *outer) {
  if ((area->n_captured & (area->n_captured + 1)) == 0) { /* one less than a power of two: full */
    const size_t room = ((size_t)area->n_captured + 1) * 2;
    mc_on_captured *grown = mc_arena_alloc(&import->arena, room * sizeof *grown);
    if (grown == NULL) {
      return NULL;
    }
    if (area->n_captured > 0) {
      memcpy(grown, area->captured, (size_t)area->n_captured * sizeof *grown);
    }
    area->captured = grown;
  }
  mc_val *inner = mc_val_data_node(import, area, outer->body->name);
  if (inner != NULL) {
    area->captured[area->n_captured++] = (mc_on_captured){outer, inner};
  }
  return inner;
}

static mc_val *constant_in(mc_import *import, mc_on_area *area, mc_val *value) {
  mc_val_body *body = value->body;
  for (int i = 0; i < body->n_copies; ++i) {
    if (body->copies[i]->body->graph == area->graph) {
      return body->copies[i];
    }
  }
  mc_val *copy = mc_val_new(import, body->name);
  mc_val **copies = mc_arena_alloc(&import->arena, ((size_t)body->n_copies + 1) * sizeof *copies);
  mc_node *node = copy == NULL || copies == NULL ? NULL : mc_constant_node(import, area->graph, value);
  if (node == NULL) {
    return NULL;
  }
  copy->body->sample[0] = body->sample[0];
  copy->body->graph = area->graph;
  copy->body->node = node;
  mc_val_settle(copy);
  for (int i = 0; i < body->n_copies; ++i) {
    copies[i] = body->copies[i];
  }
  copies[body->n_copies++] = copy;
  body->copies = copies;
  return copy;
}

/* What was computed while importing needs no way into a nested graph: it is a constant there. NULL: it is not known. */
static mc_val *known_constant(mc_import *import, mc_val *value) {
  mc_val_body *body = value->body;
  const int64_t bytes = mc_desc_bytes(&body->sample[0].desc);
  if (body->known != NULL || body->sampled || body->sample[0].data == NULL || bytes < 0) {
    return body->known;
  }
  mc_onnx_tensor *tensor = mc_arena_alloc(&import->arena, sizeof *tensor);
  if (tensor != NULL) {
    *tensor = (mc_onnx_tensor){.name = body->name, .dtype = value->dtype, .shape = value->shape,
                               .data = body->sample[0].data, .size = (size_t)bytes};
    body->known = mc_val_constant(import, tensor, body->name);
  }
  return body->known;
}

mc_graph_end mc_val_end(mc_import *import, mc_on_area *area, mc_val *value) {
  mc_val *here = value;
  if (value->body->constant != NULL) {
    here = constant_in(import, area, value);
  } else if (value->body->graph != area->graph) {
    mc_val *known = known_constant(import, value);
    here = known != NULL ? constant_in(import, area, known) : capture(import, area, value);
  }
  return here == NULL ? (mc_graph_end){NULL, 0} : (mc_graph_end){here->body->node, here->body->port};
}
