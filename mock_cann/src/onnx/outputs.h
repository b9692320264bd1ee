/* The end of a graph: its NetOutput. */
#ifndef MC_ONNX_OUTPUTS_H
#define MC_ONNX_OUTPUTS_H

#include "onnx/import.h"

/* Makes the values the outputs of the area's graph, in order, and drops nodes that lead nowhere. `names` (may be NULL) are
 * the outputs' own. false: memory is exhausted. */
bool mc_import_outputs(mc_import *import, mc_on_area *area, mc_val *const *values, const char *const *names, int count);

#endif
