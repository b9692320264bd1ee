/* Shapes and tensor descriptions, shared by graphs, operators and models. */
#ifndef MC_BASE_TENSOR_H
#define MC_BASE_TENSOR_H

#include "base/dtype.h"

/* gert::Shape's own limit. */
#define MC_MAX_RANK 25

typedef enum mc_format {
  MC_FORMAT_NCHW = 0,
  MC_FORMAT_NHWC = 1,
  MC_FORMAT_ND = 2,
  MC_FORMAT_HWCN = 16,
  MC_FORMAT_NDHWC = 27,
  MC_FORMAT_NCDHW = 30
} mc_format;

/* A dim of -1 is unknown. rank == MC_RANK_UNKNOWN: nothing is known (serialized as the one dim -2). */
#define MC_RANK_UNKNOWN (-1)

typedef struct mc_shape {
  int rank;
  int64_t dims[MC_MAX_RANK];
} mc_shape;

typedef struct mc_desc {
  int dtype;  /* mc_dtype */
  int format; /* ge::Format */
  mc_shape shape;
} mc_desc;

#ifdef __cplusplus
extern "C" {
#endif

/* True when the rank and every dim are known. */
bool mc_shape_known(const mc_shape *shape);
bool mc_shape_equal(const mc_shape *a, const mc_shape *b);

/* Number of elements; -1 when unknown or when the product overflows int64_t. */
int64_t mc_shape_count(const mc_shape *shape);

/* Bytes of a dense tensor, packed types rounded up to whole bytes; -1 when unknown, overflowing, or of a type
 * without a size. */
int64_t mc_desc_bytes(const mc_desc *desc);

/* "[2,3]" ("[-2]" for an unknown rank) into text; returns text. */
#define MC_SHAPE_TEXT 256
char *mc_shape_text(const mc_shape *shape, char text[MC_SHAPE_TEXT]);

#ifdef __cplusplus
}
#endif

#endif
