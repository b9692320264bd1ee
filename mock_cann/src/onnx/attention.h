/* Shapes as values, for mappings that take tensors apart by heads. */
#ifndef MC_ONNX_ATTENTION_H
#define MC_ONNX_ATTENTION_H

#include "onnx/map.h"

/* Dim `axis`, counted from the front, of a value as an int64 scalar: a constant where it is known. */
mc_val *mc_att_dim(mc_on *on, mc_val *value, int axis);

/* The value with its first `keep` dims as they are and `count` others behind them. */
mc_val *mc_att_reshape(mc_on *on, mc_val *value, int keep, const int64_t *dims, int count);

/* [batch, length, heads * size] as [batch, heads, length, size], and back. */
mc_val *mc_att_heads(mc_on *on, mc_val *value, int64_t heads);
mc_val *mc_att_flat(mc_on *on, mc_val *value);

/* Each head `times` times in a row, axis 1. */
mc_val *mc_att_repeat(mc_on *on, mc_val *value, int64_t heads, int64_t times);

/* 0, 1, ... below an int64 scalar. */
mc_val *mc_att_range(mc_on *on, mc_val *limit);

/* -inf where the condition is false, 0 elsewhere. */
mc_val *mc_att_bias(mc_on *on, mc_val *allowed, int dtype);

#endif
