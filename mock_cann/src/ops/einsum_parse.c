/*
 * Equations of letters: "ij,jk->ik", with "..." for dims without names, a result that is left out (all labels
 * that occur once, in alphabetical order) and repeated labels (diagonals).
 */
#include <ctype.h>
#include <string.h>

#include "ops/checks.h"
#include "ops/einsum.h"
#include "ops/strided.h"

enum { LETTERS = 52, NAMED = -1 };

typedef struct term {
  int count; /* labels; -1 in the text stands for the dims of an ellipsis */
  int labels[MC_MAX_RANK + 1];
  bool ellipsis;
} term;

typedef struct reader {
  const mc_op_call *call;
  term terms[MC_EINSUM_OPERANDS + 1]; /* the last: the result */
  int unnamed;                        /* most dims an ellipsis stands for */
  int uses[LETTERS];
  int64_t sizes[MC_EINSUM_LABELS]; /* by label: letters, then dims of ellipses */
} reader;

static int letter_of(char c) {
  return c >= 'a' ? c - 'a' + 26 : c - 'A';
}

/* Reads one term up to ',', '-' or the end; NULL after mc_op_error. */
static const char *read_term(reader *r, const char *text, term *t) {
  for (; *text != '\0' && *text != ',' && *text != '-'; ++text) {
    if (*text == ' ') {
      continue;
    }
    const bool dots = strncmp(text, "...", 3) == 0;
    if ((!dots && !isalpha((unsigned char)*text)) || (dots && t->ellipsis) || t->count >= MC_MAX_RANK) {
      mc_op_error(r->call, "attribute equation: '%.40s' is no label, a second '...' or one label too many",
                  text);
      return NULL;
    }
    t->labels[t->count++] = dots ? NAMED : letter_of(*text);
    t->ellipsis |= dots;
    text += dots ? 2 : 0;
  }
  return text;
}

/* The labels of operand `index`, the ellipsis replaced by its dims, which are aligned at the right. */
static int spread(reader *r, term *t, int unnamed) {
  int labels[2 * MC_MAX_RANK];
  int count = 0;
  for (int i = 0; i < t->count; ++i) {
    for (int d = 0; t->labels[i] == NAMED && d < unnamed; ++d) {
      labels[count++] = LETTERS + r->unnamed - unnamed + d;
    }
    if (t->labels[i] != NAMED) {
      labels[count++] = t->labels[i];
    }
    if (count > MC_MAX_RANK) {
      return mc_op_error(r->call, "attribute equation: a term has more than %d dims", MC_MAX_RANK);
    }
  }
  memcpy(t->labels, labels, (size_t)count * sizeof(int));
  t->count = count;
  return 0;
}

static int read_sizes(reader *r, int operands) {
  char text[MC_SHAPE_TEXT];
  for (int k = 0; k < operands; ++k) {
    const mc_shape *x = &r->call->in[k].desc.shape;
    term *t = &r->terms[k];
    const int unnamed = t->ellipsis ? x->rank - (t->count - 1) : 0;
    const int status = unnamed < 0 ? 0 : spread(r, t, unnamed);
    if (status != 0 || t->count != x->rank) {
      return status != 0
                 ? status
                 : mc_op_error(r->call, "attribute equation: term %d does not fit input %d of shape %.100s",
                               k, k, mc_shape_text(x, text));
    }
    for (int d = 0; d < t->count; ++d) {
      int64_t *size = &r->sizes[t->labels[d]];
      if (*size >= 0 && *size != x->dims[d] && *size != 1 && x->dims[d] != 1) {
        return mc_op_error(r->call,
                           "a label of the equation has size %lld and, in input %d of shape %.80s, %lld",
                           (long long)*size, k, mc_shape_text(x, text), (long long)x->dims[d]);
      }
      *size = *size < 0 || *size == 1 ? x->dims[d] : *size;
      r->uses[t->labels[d] < LETTERS ? t->labels[d] : 0] += t->labels[d] < LETTERS;
    }
  }
  return 0;
}

static int read_result(reader *r, const char *text, int operands) {
  term *out = &r->terms[operands];
  if (*text == '-') {
    const char *end = text[1] == '>' ? read_term(r, text + 2, out) : NULL;
    if (end == NULL || *end != '\0') {
      return mc_op_error(r->call, "attribute equation: '%.40s' is no result", text);
    }
    return spread(r, out, r->unnamed);
  }
  for (int d = 0; d < r->unnamed; ++d) {
    out->labels[out->count++] = LETTERS + d;
  }
  static const char kOrder[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (const char *c = kOrder; *c != '\0' && out->count < MC_MAX_RANK; ++c) {
    if (r->uses[letter_of(*c)] == 1) {
      out->labels[out->count++] = letter_of(*c);
    }
  }
  return 0;
}

/* Labels in order: the result's, then the others, which are summed over. */
static int order_labels(reader *r, mc_einsum *e) {
  const term *out = &r->terms[e->operands];
  int place[MC_EINSUM_LABELS];
  memset(place, -1, sizeof(place));
  for (int d = 0; d < out->count; ++d) {
    const int label = out->labels[d];
    if (place[label] >= 0 || r->sizes[label] < 0) {
      return mc_op_error(r->call,
                         "attribute equation: a label of the result occurs twice there or in no operand");
    }
    place[label] = d;
    e->sizes[d] = r->sizes[label];
  }
  e->out_rank = out->count;
  for (int label = 0; label < MC_EINSUM_LABELS; ++label) {
    if (place[label] < 0 && r->sizes[label] >= 0) {
      place[label] = e->out_rank + e->sums;
      e->sizes[e->out_rank + e->sums++] = r->sizes[label];
    }
  }
  for (int k = 0; k < e->operands; ++k) {
    const mc_shape *x = &r->call->in[k].desc.shape;
    int64_t strides[MC_MAX_RANK];
    mc_dense_strides(x, strides);
    for (int d = 0; d < x->rank; ++d) {
      e->steps[k][place[r->terms[k].labels[d]]] += x->dims[d] == 1 ? 0 : strides[d];
    }
  }
  return 0;
}

int mc_einsum_parse(const mc_op_call *call, mc_einsum *e) {
  reader r = {.call = call};
  const char *text = mc_attrs_string(call->attrs, "equation", NULL);
  memset(e, 0, sizeof(*e));
  memset(r.sizes, -1, sizeof(r.sizes));
  if (text == NULL) {
    return mc_op_error(call, "attribute equation is required and must be a string");
  }
  if (call->n_in < 1 || call->n_in > MC_EINSUM_OPERANDS) {
    return mc_op_error(call, "it has %d inputs; 1 to %d are emulated", call->n_in, MC_EINSUM_OPERANDS);
  }
  e->operands = call->n_in;
  for (int k = 0; k < e->operands; ++k) {
    if (k > 0 && *text++ != ',') {
      return mc_op_error(call, "attribute equation has %d terms for %d inputs", k, e->operands);
    }
    text = read_term(&r, text, &r.terms[k]);
    if (text == NULL) {
      return 1;
    }
    const int unnamed = call->in[k].desc.shape.rank - (r.terms[k].count - 1);
    r.unnamed = r.terms[k].ellipsis && unnamed > r.unnamed ? unnamed : r.unnamed;
  }
  if (*text == ',') {
    return mc_op_error(call, "attribute equation has more terms than the %d inputs", e->operands);
  }
  int status = read_sizes(&r, e->operands);
  status = status != 0 ? status : read_result(&r, text, e->operands);
  return status != 0 ? status : order_labels(&r, e);
}
