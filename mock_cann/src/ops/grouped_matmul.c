/*
 * GroupedMatmul: products of several pairs of matrices in one operator, in floats. Groups are separate
 * tensors, or stretches of the rows of one x (group_type 0) whose ends group_list holds, with a weight each.
 */
#include <string.h>

#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/gemm.h"

enum { X, WEIGHT, BIAS, GROUP_LIST = 7 };

typedef struct group_state {
  bool turn, by_rows; /* weights transposed; groups are rows of one x */
  int64_t groups;
} group_state;

/* One group's product. */
typedef struct pair {
  const void *x, *w, *bias;
  void *y;
  int64_t m, n, k;
  int dtype, bias_dtype;
  bool turn;
} pair;

static void select_pair(const void *context, int64_t batch, mc_gemm *gemm, mc_matrix storage[2]) {
  (void)batch;
  const pair *p = context;
  storage[0] = (mc_matrix){p->x, p->k, 1, p->dtype};
  storage[1] = (mc_matrix){p->w, p->turn ? 1 : p->n, p->turn ? p->k : 1, p->dtype};
  gemm->a = (mc_operand){mc_pack_rows, &storage[0], NULL};
  gemm->b = (mc_operand){mc_pack_columns, &storage[1], NULL};
  gemm->c = (mc_result){.data = p->y, .row = p->n, .dtype = p->dtype, .alpha = 1, .beta = 1};
  if (p->bias != NULL) {
    gemm->c.addend = (mc_matrix){p->bias, 0, 1, p->bias_dtype};
  }
}

static const mc_op_value *member(const mc_op_call *call, int slot, int64_t index) {
  const int64_t count = call->slot_count[slot];
  return index < count && call->in[call->slot_first[slot] + index].present
             ? &call->in[call->slot_first[slot] + index]
             : NULL;
}

static int64_t rows_of(const mc_shape *x) {
  return mc_dims_product(x, 0, x->rank - 1);
}

/* Columns of the weight of a group; `turn`: it is stored transposed. */
static int64_t columns_of(const mc_shape *w, bool turn) {
  return w->dims[w->rank - (turn ? 2 : 1)];
}
static int64_t depth_of(const mc_shape *w, bool turn) {
  return w->dims[w->rank - (turn ? 1 : 2)];
}

static const char *at(const void *data, int64_t element, int dtype) {
  return (const char *)data + (size_t)element * mc_dtype_size(dtype);
}

static int multiply(const mc_op_call *call, const pair *p) {
  return p->m == 0 || p->n == 0 || mc_gemm_run(1, p->m, p->n, p->k, select_pair, p)
             ? 0
             : mc_op_error(call, "out of host memory for packing matrices");
}

/* The weight (and bias) of a group: a tensor of its own, or a slice of the only one. */
static void take_weight(const mc_op_call *call, const void *const *in, const group_state *s, int64_t group,
                        pair *p) {
  const bool one = call->slot_count[WEIGHT] == 1 && s->by_rows;
  const int place = call->slot_first[WEIGHT] + (one ? 0 : (int)group);
  const mc_shape *w = &call->in[place].desc.shape;
  p->n = columns_of(w, s->turn);
  p->k = depth_of(w, s->turn);
  p->w = at(in[place], one && w->rank == 3 ? group * p->n * p->k : 0, p->dtype);
  const bool one_bias = call->slot_count[BIAS] == 1 && s->by_rows;
  const mc_op_value *bias = member(call, BIAS, one_bias ? 0 : group);
  if (bias != NULL) {
    p->bias_dtype = bias->desc.dtype;
    p->bias = at(in[call->slot_first[BIAS] + (one_bias ? 0 : group)],
                 one_bias && bias->desc.shape.rank == 2 ? group * p->n : 0, p->bias_dtype);
  }
}

static int run_groups(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const group_state *s = call->state;
  const int dtype = call->in[0].desc.dtype;
  const int64_t *ends = mc_op_input(call, GROUP_LIST) == NULL ? NULL : in[call->slot_first[GROUP_LIST]];
  const bool counts = mc_attrs_int(call->attrs, "group_list_type", 0) == 1;
  const int64_t total = rows_of(&call->in[0].desc.shape);
  int64_t row = 0;
  int status = 0;
  if (s->by_rows) { /* rows of no group are zero */
    memset(out[0], 0, (size_t)mc_desc_bytes(&call->out[0].desc));
  }
  for (int64_t g = 0; g < s->groups && status == 0; ++g) {
    pair p = {.dtype = dtype, .turn = s->turn, .x = in[s->by_rows ? 0 : g], .y = out[s->by_rows ? 0 : g]};
    take_weight(call, in, s, g, &p);
    if (!s->by_rows) {
      p.m = rows_of(&call->in[g].desc.shape);
    } else {
      const int64_t end = counts ? row + ends[g] : ends[g];
      if (end < row || end > total) {
        return mc_op_error(call,
                           "input group_list makes group %lld end at row %lld; it must be in [%lld, %lld]",
                           (long long)g, (long long)end, (long long)row, (long long)total);
      }
      p.m = end - row;
      p.x = at(p.x, row * p.k, dtype);
      p.y = (char *)p.y + (size_t)(row * p.n) * mc_dtype_size(dtype);
      row = end;
    }
    status = multiply(call, &p);
  }
  return status;
}

static int check_pair(const mc_op_call *call, int64_t g, const mc_desc *x, const mc_desc *w, bool turn) {
  char text_x[MC_SHAPE_TEXT];
  char text_w[MC_SHAPE_TEXT];
  if (x->shape.rank < 2 || w->shape.rank < 2 || x->dtype != w->dtype ||
      x->shape.dims[x->shape.rank - 1] != depth_of(&w->shape, turn)) {
    return mc_op_error(call, "group %lld: x is %s %.60s and weight %s %.60s; they do not multiply",
                       (long long)g, mc_dtype_name(x->dtype), mc_shape_text(&x->shape, text_x),
                       mc_dtype_name(w->dtype), mc_shape_text(&w->shape, text_w));
  }
  return 0;
}

static int check_bias(const mc_op_call *call, int64_t g, const mc_op_value *bias, int64_t n) {
  char text[MC_SHAPE_TEXT];
  if (bias != NULL &&
      ((MC_T_FLOATS >> bias->desc.dtype & 1) == 0 || mc_shape_count(&bias->desc.shape) != n)) {
    return mc_op_error(call, "group %lld: bias is %s %.80s; it must hold %lld floats", (long long)g,
                       mc_dtype_name(bias->desc.dtype), mc_shape_text(&bias->desc.shape, text), (long long)n);
  }
  return 0;
}

/* Which form the call has; other forms and quantised operands are refused. */
static int read_form(const mc_op_call *call, group_state *s) {
  char name[MC_OP_NAME];
  const int64_t type = mc_attrs_int(call->attrs, "group_type", -1);
  for (int slot = 3; slot < 9; ++slot) {
    if (slot != GROUP_LIST && member(call, slot, 0) != NULL) {
      return mc_op_error(call, "input %s is connected; that is not emulated",
                         mc_op_input_name(call, slot, name));
    }
  }
  s->turn = mc_attrs_bool(call->attrs, "transpose_weight", false);
  s->by_rows = type == 0;
  if ((type != -1 && type != 0) || mc_attrs_bool(call->attrs, "transpose_x", false) ||
      mc_attrs_int(call->attrs, "act_type", 0) != 0) {
    return mc_op_error(call,
                       "group_type is %lld; only -1 and 0 without transpose_x and act_type are emulated",
                       (long long)type);
  }
  const mc_op_value *list = mc_op_input(call, GROUP_LIST);
  if (s->by_rows != (list != NULL) || (list != NULL && list->desc.dtype != MC_INT64) ||
      (s->by_rows && call->slot_count[X] != 1) ||
      (!s->by_rows && call->slot_count[X] != call->slot_count[WEIGHT])) {
    return mc_op_error(call, "group_type %lld does not fit %d tensors x, %d weights and group_list %s",
                       (long long)type, call->slot_count[X], call->slot_count[WEIGHT],
                       list == NULL ? "left out" : "given");
  }
  s->groups = s->by_rows ? mc_shape_count(&list->desc.shape) : call->slot_count[X];
  return 0;
}

static int infer_groups(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  group_state s;
  int status = read_form(call, &s);
  if (status != 0) {
    return status;
  }
  const mc_op_value *first = member(call, WEIGHT, 0);
  const bool one = call->slot_count[WEIGHT] == 1 && s.by_rows;
  if (s.by_rows && (one ? first->desc.shape.rank != 3 || first->desc.shape.dims[0] != s.groups
                        : call->slot_count[WEIGHT] != s.groups)) {
    return mc_op_error(call, "%d weights, the first %.80s, do not fit %lld groups", call->slot_count[WEIGHT],
                       mc_shape_text(&first->desc.shape, text), (long long)s.groups);
  }
  for (int64_t g = 0; g < s.groups && status == 0; ++g) {
    const mc_desc *x = &call->in[s.by_rows ? 0 : g].desc;
    const mc_desc *w = &member(call, WEIGHT, one ? 0 : g)->desc;
    const int64_t n = columns_of(&w->shape, s.turn);
    const bool one_bias = call->slot_count[BIAS] == 1 && s.by_rows;
    status = check_pair(call, g, x, w, s.turn);
    status = status != 0
                 ? status
                 : check_bias(call, g, member(call, BIAS, one_bias ? 0 : g), one_bias ? n * s.groups : n);
    if (status == 0 && (!s.by_rows || g == 0)) {
      call->out[g].desc = *x;
      call->out[g].desc.shape.dims[x->shape.rank - 1] = n;
    } else if (status == 0 && call->out[0].desc.shape.dims[x->shape.rank - 1] != n) {
      status = mc_op_error(call, "group %lld has %lld columns; all must have as many as the first",
                           (long long)g, (long long)n);
    }
  }
  if (status == 0 && call->n_out != (s.by_rows ? 1 : (int)s.groups)) {
    return mc_op_error(call, "it has %d outputs; it must have %lld", call->n_out,
                       (long long)(s.by_rows ? 1 : s.groups));
  }
  return status != 0 ? status : mc_check_sizes(call);
}

static int prepare_groups(mc_op_call *call) {
  group_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL || read_form(call, s) != 0) {
    return mc_op_error(call, "out of memory while preparing");
  }
  call->cost_ns = 100000;
  call->state = s;
  call->run = run_groups;
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "GroupedMatmul",
     .inputs =
         "x* weight* bias* scale* offset* antiquant_scale* antiquant_offset* group_list? per_token_scale?",
     .outputs = "y*",
     .dtypes = MC_T_FLOATS,
     .infer = infer_groups,
     .prepare = prepare_groups},
};

MC_OP_FAMILY(grouped_matmul, kOps);
