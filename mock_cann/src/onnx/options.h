/* What the parser's options say. */
#ifndef MC_ONNX_OPTIONS_H
#define MC_ONNX_OPTIONS_H

#include "graph/model.h"
#include "onnx/import.h"

typedef struct mc_onnx_wanted {
  const char *node; /* name of an ONNX node, or of a value when index is -1 */
  int index;
} mc_onnx_wanted;

typedef struct mc_onnx_settings {
  const char *graph_name;          /* NULL: the model's */
  const mc_onnx_wanted *outputs;   /* NULL: the model's */
  int n_outputs;
  const char *const *input_order;  /* names in the order that the graph's inputs shall have; NULL: the model's */
  int n_input_order;
  struct mc_onnx_input_shape {
    const char *name;
    mc_shape shape;
    bool used;
  } *shapes; /* instead of those in the model */
  int n_shapes;
} mc_onnx_settings;

/* false after a report. Texts live in the import's arena. */
bool mc_onnx_settings_read(mc_import *import, mc_options options, mc_onnx_settings *settings);

#endif
