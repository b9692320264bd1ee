/* ONNX's operators know more element types than GE's. Where a wider type of GE's gives the same results, the operator
 * is emitted in that type and its result converted back. */
#ifndef MC_ONNX_TYPED_H
#define MC_ONNX_TYPED_H

#include "onnx/map.h"

/* How far a type may be changed. */
typedef enum mc_typed_rule {
  MC_TYPED_EXACT,   /* every number of the type is one of the other */
  MC_TYPED_MODULAR, /* the low bits of integers are enough: sums, products, equality */
} mc_typed_rule;

/* The type in which GE's operator computes `dtype`: itself, a wider one, or MC_UNDEFINED. An undefined dtype stays so. */
int mc_typed_for(const char *type, int dtype, mc_typed_rule rule);

/* Emits `type` on values of one dtype and gives a result of that dtype; fails the node when no type of GE's fits. */
mc_val *mc_typed_1(mc_on *on, const char *type, mc_typed_rule rule, mc_val *a);
mc_val *mc_typed_2(mc_on *on, const char *type, mc_typed_rule rule, mc_val *a, mc_val *b);
/* The same for operators whose result has a type of its own (bool). */
mc_val *mc_typed_test(mc_on *on, const char *type, mc_typed_rule rule, mc_val *a, mc_val *b);
/* The operands in the type in which `type` computes; what was cast. */
mc_val *mc_typed_in(mc_on *on, const char *type, mc_typed_rule rule, mc_val *value);

/* A scalar of value's dtype. */
mc_val *mc_like(mc_on *on, const mc_val *value, double number);
/* condition ? a : b, broadcast. */
mc_val *mc_select(mc_on *on, mc_val *condition, mc_val *a, mc_val *b);

#endif
