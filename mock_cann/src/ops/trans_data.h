/* TransData: which orders there are, and what a conversion is between. */
#ifndef MC_OPS_TRANS_DATA_H
#define MC_OPS_TRANS_DATA_H

#include "ops/op.h"

enum { MC_FRACTAL = 16 };

typedef enum mc_layout_kind { NCHW, NHWC, HWCN, ND, NC1HWC0, FRACTAL_NZ, FRACTAL_Z, LAYOUTS } mc_layout_kind;

typedef struct mc_trans_data {
  mc_layout_kind from, to;
  int64_t c0;         /* elements in 32 bytes */
  int64_t n, c, h, w; /* what is moved: of matrices rows, columns, the batch and 1 */
} mc_trans_data;

/* Reads attributes and the input's shape; says the output's. */
int mc_trans_data_read(const mc_op_call *call, mc_trans_data *t, mc_shape *y);
/* ge::Format */
int mc_trans_data_format(mc_layout_kind layout);

#endif
