/* Emitting, between its files. */
#ifndef MC_ONNX_EMIT_H
#define MC_ONNX_EMIT_H

#include "graph/program.h"
#include "onnx/import.h"

/* A word of a prototype string: "x", "bias?", "x*". */
typedef struct mc_ge_word {
  const char *name;
  int length;
  char suffix; /* 0, '?' or '*' */
} mc_ge_word;

bool mc_ge_slot(const char *names, int index, mc_ge_word *word);

/* Input number `slot` of the prototype; NULL is left out. */
void mc_ge_at(mc_ge *ge, int slot, mc_val *value);
/* Describes outputs whose dims hang on contents that are not known; false: not even the rank is. */
bool mc_on_guess_rank(mc_op_call *call, int which);
/* Takes over what *attr owns. */
void mc_ge_set_attr(mc_ge *ge, const char *name, mc_attr *attr);

#endif
