/* The input_shape options: "x:1,3,224,224;y:-1,8" and, for dims within a range, "x:1~16,64". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/compiled.h"

static int refuse(const char *key, const char *text, const char *reason) {
  mc_report("E10002", text, key, reason, (char *)NULL);
  return MC_GE_PARAM_INVALID;
}

static int find_input(const mc_program *program, const char *name, size_t length) {
  for (int i = 0; i < program->n_inputs; ++i) {
    if (strlen(program->input_io[i].name) == length && memcmp(program->input_io[i].name, name, length) == 0) {
      return i;
    }
  }
  return -1;
}

/* One dim: "8", "-1", "1~16" or "1~-1". Returns what follows, NULL when malformed. */
static const char *parse_dim(const char *text, int64_t *dim, int64_t *upper) {
  char *end;
  *dim = *upper = strtoll(text, &end, 10);
  if (end == text || *dim < -1) {
    return NULL;
  }
  if (*end == '~') {
    const char *high = end + 1;
    const int64_t low = *dim;
    *upper = strtoll(high, &end, 10);
    if (end == high || low < 0 || *upper < -1 || (*upper >= 0 && *upper < low)) {
      return NULL;
    }
    *dim = low == *upper ? low : -1;
  }
  return end;
}

/* Dims up to the end of the entry; brackets are allowed around them. */
static const char *parse_dims(const char *text, mc_shape *shape, mc_shape *upper) {
  text += *text == '[';
  shape->rank = 0;
  while (*text != 0 && *text != ';' && *text != ']') {
    if (shape->rank == MC_MAX_RANK) {
      return NULL;
    }
    text = parse_dim(text, &shape->dims[shape->rank], &upper->dims[shape->rank]);
    if (text == NULL) {
      return NULL;
    }
    shape->rank += 1;
    if (*text == ',') {
      ++text;
    } else if (*text != 0 && *text != ';' && *text != ']') {
      return NULL;
    }
  }
  upper->rank = shape->rank;
  return text + (*text == ']');
}

static int apply(const mc_program *program, const char *key, const char *text, mc_desc *inputs, mc_shape *upper,
                 int *order) {
  int listed = 0;
  bool *seen = calloc((size_t)program->n_inputs + 1, sizeof *seen);
  int status = seen == NULL ? MC_GE_NO_MEMORY : 0;
  for (const char *at = text; status == 0 && *at != 0;) {
    const size_t length = strcspn(at, ";");
    const char *colon = NULL;
    for (size_t i = 0; i < length; ++i) {
      colon = at[i] == ':' ? &at[i] : colon; /* node names may hold colons: the last one counts */
    }
    const int input = colon == NULL ? -1 : find_input(program, at, (size_t)(colon - at));
    if (input < 0 || seen[input]) {
      status = refuse(key, text, colon == NULL ? "an entry is not name:dim,dim..."
                                 : input < 0  ? "the graph has no input of that name"
                                              : "an input is named twice");
      break;
    }
    seen[input] = true;
    order[listed++] = input;
    const char *end = parse_dims(colon + 1, &inputs[input].shape, &upper[input]);
    if (end != at + length) {
      status = refuse(key, text, "dims are numbers from -1 on, or ranges like 1~16, separated by commas");
    }
    at += length;
    at += *at == ';';
  }
  for (int i = 0; i < program->n_inputs && status == 0; ++i) {
    if (!seen[i]) {
      order[listed++] = i;
    }
  }
  free(seen);
  return status;
}

int mc_shape_options(const mc_program *program, mc_options options, mc_desc *inputs, mc_shape *upper, int *order) {
  static const char *const kKeys[] = {"input_shape", "ge.inputShape", "input_shape_range"};
  int status = 0;
  for (int i = 0; i < program->n_inputs; ++i) {
    order[i] = i;
    upper[i] = inputs[i].shape;
  }
  for (size_t i = 0; i < sizeof kKeys / sizeof kKeys[0] && status == 0; ++i) {
    const char *text = mc_option(options, kKeys[i]);
    if (text != NULL && text[0] != 0) {
      status = apply(program, kKeys[i], text, inputs, upper, order);
    }
  }
  return status;
}
