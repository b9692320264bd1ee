/* Operators that run for what they do: Assert ends the run when its condition is false, PrintV3 hands x on and writes a
 * line to standard error. Both show tensors as TensorFlow's do: the first `summarize` elements, the rest as dots. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/memory.h"

#define SHOWN_TYPES (MC_T_NUMBERS & ~MC_DTYPE_BIT(MC_BF16))

typedef struct shown {
  FILE *to;
  const mc_desc *desc;
  const char *data;
  int64_t at, limit;
} shown;

static void show_element(shown *s) {
  const int dtype = s->desc->dtype;
  const char *from = s->data + (size_t)s->at++ * mc_dtype_size(dtype);
  if (mc_dtype_is_float(dtype)) {
    double value = 0;
    mc_convert_for(dtype, MC_DOUBLE)(from, &value, 1);
    fprintf(s->to, "%g", value);
  } else if (dtype == MC_UINT64) {
    uint64_t value = 0;
    memcpy(&value, from, sizeof value);
    fprintf(s->to, "%llu", (unsigned long long)value);
  } else {
    int64_t value = 0;
    mc_convert_for(dtype, MC_INT64)(from, &value, 1);
    fprintf(s->to, "%lld", (long long)value);
  }
}

static void show_dim(shown *s, int axis) {
  const mc_shape *shape = &s->desc->shape;
  const bool last = axis == shape->rank - 1;
  for (int64_t i = 0; i < shape->dims[axis] && s->at < s->limit; ++i) {
    if (last) {
      fputs(i > 0 ? " " : "", s->to);
      show_element(s);
    } else {
      fputc('[', s->to);
      show_dim(s, axis + 1);
      fputc(']', s->to);
    }
  }
}

/* "[1 2 3...]" */
static void show(FILE *to, const mc_desc *desc, const void *data, int64_t limit) {
  const int64_t count = mc_shape_count(&desc->shape);
  shown s = {.to = to, .desc = desc, .data = data, .limit = limit < 0 || limit > count ? count : limit};
  fputc('[', to);
  if (desc->shape.rank > 0 && count > 0) {
    show_dim(&s, 0);
  } else if (s.limit > 0) {
    show_element(&s);
  }
  fputs(s.limit < count ? "...]" : "]", to);
}

/* Begins with `head`, then every tensor behind the first input; NULL without memory, else to be freed. */
static char *describe(const mc_op_call *call, const void *const *in, const char *head, const char *between) {
  const int64_t limit = mc_attrs_int(call->attrs, "summarize", 3);
  char *text = NULL;
  size_t size = 0;
  FILE *to = open_memstream(&text, &size);
  if (to == NULL) {
    return NULL;
  }
  fputs(head, to);
  for (int i = 1; i < call->n_in; ++i) {
    fputs(i > 1 ? between : "", to);
    show(to, &call->in[i].desc, in[i], limit);
  }
  return fclose(to) == 0 ? text : (free(text), NULL);
}

static int run_assert(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)out;
  (void)scratch;
  if (*(const uint8_t *)in[0] != 0) {
    return 0;
  }
  char *text = describe(call, in, "assertion failed: ", " ");
  const int status = mc_op_error(call, "%.240s", text == NULL ? "assertion failed" : text);
  free(text);
  return status;
}

static int run_print(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const int64_t first = mc_attrs_int(call->attrs, "first_n", -1);
  const int64_t bytes = mc_desc_bytes(&call->out[0].desc);
  if (bytes > 0) {
    memmove(out[0], in[0], (size_t)bytes);
  }
  if (first >= 0 && atomic_fetch_add(&call->memory->used, 1) >= (uint64_t)first) {
    return 0;
  }
  char *text = describe(call, in, mc_attrs_string(call->attrs, "message", ""), "");
  if (text == NULL) {
    return mc_op_error(call, "out of memory for the line to print");
  }
  fprintf(stderr, "%s\n", text); /* one call: lines of several streams do not mix */
  free(text);
  return 0;
}

static int check_shown(const mc_op_call *call, uint64_t types) {
  for (int i = 1; i < call->n_in; ++i) {
    if ((types >> call->in[i].desc.dtype & 1) == 0) {
      return mc_op_error(call, "tensor %d to be shown has dtype %s, which is not emulated", i - 1,
                         mc_dtype_name(call->in[i].desc.dtype));
    }
  }
  return 0;
}

static int infer_assert(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  if (mc_shape_count(&call->in[0].desc.shape) != 1) {
    return mc_op_error(call, "input input_condition has shape %.100s; it must hold one bool",
                       mc_shape_text(&call->in[0].desc.shape, text));
  }
  return check_shown(call, SHOWN_TYPES | MC_T_BOOL);
}

static int infer_print(mc_op_call *call) {
  const int status = check_shown(call, SHOWN_TYPES);
  return status == 0 ? mc_infer_same(call) : status;
}

static const mc_op_def kOps[] = {
    {.type = "Assert", .inputs = "input_condition input_data*", .outputs = "", .dtypes = MC_T_BOOL,
     .flags = MC_OP_EFFECT, .infer = infer_assert, .kernel = run_assert},
    {.type = "PrintV3", .inputs = "x data*", .outputs = "y", .dtypes = SHOWN_TYPES, .flags = MC_OP_EFFECT,
     .inplace = 1, .infer = infer_print, .kernel = run_print},
};

MC_OP_FAMILY(print, kOps);
