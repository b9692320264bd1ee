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
/* Takes over what *attr owns. */
void mc_ge_set_attr(mc_ge *ge, const char *name, mc_attr *attr);

#endif
