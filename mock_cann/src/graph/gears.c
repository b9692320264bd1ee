/* Gears: the few concrete values that unknown dims of an otherwise static model may take. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/compiled.h"

enum { LEAST = 2 };

static const struct {
  mc_gear_kind kind;
  const char *keys[2];
} kOptions[] = {{MC_GEAR_BATCH, {"ge.dynamicBatchSize", "dynamic_batch_size"}},
                {MC_GEAR_IMAGE, {"ge.dynamicImageSize", "dynamic_image_size"}},
                {MC_GEAR_DIMS, {"ge.dynamicDims", "dynamic_dims"}}};

static int refuse(const char *code, const char *a, const char *b, const char *c) {
  mc_report(code, a, b, c, (char *)NULL);
  return MC_GE_PARAM_INVALID;
}

/* ---- reading ---- */

/* The numbers up to the separator; -1 when something is not a number or there is no room. */
static int read_numbers(const char *text, char separator, int64_t *values, int room) {
  int count = 0;
  while (*text != 0 && *text != separator) {
    char *end;
    const int64_t value = strtoll(text, &end, 10);
    if (end == text || count == room || (*end != 0 && *end != ',' && *end != separator)) {
      return -1;
    }
    values[count++] = value;
    text = end + (*end == ',' && separator != ',');
  }
  return count;
}

static int unknown_dims(const mc_shape *shape) {
  int count = 0;
  for (int i = 0; i < shape->rank; ++i) {
    count += shape->dims[i] < 0;
  }
  return count;
}

static int check_batch(const mc_program *program, const mc_desc *inputs) {
  for (int i = 0; i < program->n_inputs; ++i) {
    const int unknown = unknown_dims(&inputs[i].shape);
    if (unknown > 1 || (unknown == 1 && inputs[i].shape.dims[0] >= 0)) {
      char shape[MC_SHAPE_TEXT];
      return refuse("E10018", mc_shape_text(&inputs[i].shape, shape), program->input_io[i].name,
                    "with a dynamic batch size only the first dim may be -1");
    }
  }
  return 0;
}

/* H and W are axes 2, 3 of NCHW and 1, 2 of NHWC. */
static int check_image(const mc_program *program, mc_options options, const mc_desc *inputs) {
  const char *format = mc_option(options, "input_format");
  const int height = format == NULL ? -1 : strcmp(format, "NCHW") == 0 ? 2 : strcmp(format, "NHWC") == 0 ? 1 : -1;
  if (height < 0) {
    return refuse("E10001", format == NULL ? "" : format, "input_format",
                  "a dynamic image size needs input_format NCHW or NHWC");
  }
  for (int i = 0; i < program->n_inputs; ++i) {
    const mc_shape *shape = &inputs[i].shape;
    const int unknown = unknown_dims(shape);
    if (unknown != 0 && (unknown != 2 || shape->rank != 4 || shape->dims[height] >= 0 || shape->dims[height + 1] >= 0)) {
      char text[MC_SHAPE_TEXT];
      return refuse("E10018", mc_shape_text(shape, text), program->input_io[i].name,
                    "with a dynamic image size exactly height and width of a 4-dim input are -1");
    }
  }
  return 0;
}

static int check_values(const mc_gears *gears) {
  for (int i = 0; i < gears->count * gears->width; ++i) {
    if (gears->values[i] <= 0) {
      return refuse("E10038", MC_TEXT("%lld", (long long)gears->values[i]), NULL, NULL);
    }
  }
  for (int i = 0; i < gears->count; ++i) {
    const int64_t *gear = gears->values + (size_t)i * (size_t)gears->width;
    if (mc_gear_index(gears, gear) != i) {
      return refuse("E10039", MC_TEXT("%d (first value %lld)", i, (long long)gear[0]), NULL, NULL);
    }
  }
  return 0;
}

static int read_gears(const char *text, mc_gears *gears) {
  const char separator = gears->kind == MC_GEAR_BATCH ? ',' : ';';
  int count = text[0] != 0;
  for (const char *at = text; *at != 0; ++at) {
    count += *at == separator && at[1] != 0;
  }
  if (count < LEAST || count > MC_MAX_GEARS) {
    return refuse(count < LEAST ? "E10035" : "E10036", MC_TEXT("%d", count),
                  MC_TEXT("%d", count < LEAST ? LEAST : MC_MAX_GEARS), NULL);
  }
  gears->values = calloc((size_t)count * (size_t)gears->width + 1, sizeof *gears->values);
  if (gears->values == NULL) {
    return MC_GE_NO_MEMORY;
  }
  for (; gears->count < count; ++gears->count) {
    int64_t *gear = gears->values + (size_t)gears->count * (size_t)gears->width;
    const int n = read_numbers(text, separator, gear, gears->width);
    if (n != gears->width) {
      return refuse("E10037", n < 0 ? "other" : MC_TEXT("%d", n), MC_TEXT("%d", gears->width), NULL);
    }
    text += strcspn(text, (char[]){separator, 0});
    text += *text != 0;
  }
  return check_values(gears);
}

static const char *chosen(mc_options options, mc_gear_kind *kind, int *n) {
  const char *text = NULL;
  *n = 0;
  for (size_t i = 0; i < sizeof kOptions / sizeof kOptions[0]; ++i) {
    for (int k = 0; k < 2; ++k) {
      const char *value = mc_option(options, kOptions[i].keys[k]);
      if (value != NULL && value[0] != 0) {
        text = value;
        *kind = kOptions[i].kind;
        *n += 1;
        break;
      }
    }
  }
  return text;
}

int mc_gears_parse(const mc_program *program, mc_options options, const mc_desc *inputs, const int *order,
                   mc_gears *gears) {
  static const char *const kNames[] = {"", "dynamic_batch_size", "dynamic_image_size", "dynamic_dims"};
  int given = 0, unknown = 0;
  const char *text = chosen(options, &gears->kind, &given);
  if (given == 0) {
    return 0;
  }
  if (given > 1) {
    return refuse("E10009", MC_TEXT("%d of them are set.", given), NULL, NULL);
  }
  for (int i = 0; i < program->n_inputs; ++i) {
    unknown += unknown_dims(&inputs[i].shape);
  }
  if (unknown == 0) {
    return refuse("E10040", kNames[gears->kind], NULL, NULL);
  }
  int status = gears->kind == MC_GEAR_BATCH   ? check_batch(program, inputs)
               : gears->kind == MC_GEAR_IMAGE ? check_image(program, options, inputs)
                                              : 0;
  if (status != 0) {
    return status;
  }
  gears->width = gears->kind == MC_GEAR_DIMS ? unknown : gears->kind == MC_GEAR_IMAGE ? 2 : 1;
  gears->extra_input = mc_option(options, "input_shape") != NULL;
  gears->order = malloc(((size_t)program->n_inputs + 1) * sizeof *gears->order);
  if (gears->order == NULL) {
    return MC_GE_NO_MEMORY;
  }
  memcpy(gears->order, order, (size_t)program->n_inputs * sizeof *order);
  return read_gears(text, gears);
}

void mc_gears_free(mc_gears *gears) {
  free(gears->values);
  free(gears->order);
  *gears = (mc_gears){0};
}

/* ---- use ---- */

void mc_gear_apply(const mc_gears *gears, const int64_t *values, int n_inputs, mc_desc *concrete) {
  int next = 0;
  for (int i = 0; i < n_inputs; ++i) {
    mc_shape *shape = &concrete[gears->order[i]].shape;
    int within = 0; /* images repeat height and width for every input */
    for (int axis = 0; axis < shape->rank; ++axis) {
      if (shape->dims[axis] < 0) {
        const int at = gears->kind == MC_GEAR_BATCH ? 0 : gears->kind == MC_GEAR_IMAGE ? within++ : next++;
        shape->dims[axis] = values[at];
      }
    }
  }
}

int mc_gear_index(const mc_gears *gears, const int64_t *values) {
  for (int i = 0; i < gears->count; ++i) {
    if (memcmp(gears->values + (size_t)i * (size_t)gears->width, values, (size_t)gears->width * sizeof *values) == 0) {
      return i;
    }
  }
  return -1;
}
