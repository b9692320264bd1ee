/* What mappings of quantised operators share: zero points, scales along an axis, integers back to a type. */
#ifndef MC_ONNX_QUANT_H
#define MC_ONNX_QUANT_H

#include "onnx/map.h"

/* A scale or zero point shaped to broadcast against `like`: a scalar or vector of one as it is, a vector along `axis`,
 * with block > 0 one number for so many neighbours along the axis. NULL stays NULL. */
mc_val *mc_quant_spread(mc_on *on, mc_val *parameter, mc_val *like, int64_t axis, int64_t block);

/* value - zero, in int32 for integers and in float else; zero may be NULL. */
mc_val *mc_quant_centred(mc_on *on, mc_val *value, mc_val *zero);

/* rint(value) + zero, brought into the range of dtype and converted; zero may be NULL. `value` is float. */
mc_val *mc_quant_store(mc_on *on, mc_val *value, mc_val *zero, int dtype);

/* a @ b as numpy multiplies, also for vectors. */
mc_val *mc_quant_matmul(mc_on *on, mc_val *a, mc_val *b);

/* The int32 convolution of an ONNX ConvInteger or QLinearConv node's attributes; x and w have no zero points left. */
mc_val *mc_quant_conv(mc_on *on, mc_val *x, mc_val *w);

#endif
