/* The runtime tensor, by the name under which programs include it. */
#ifndef EXE_GRAPH_RUNTIME_TENSOR_H_
#define EXE_GRAPH_RUNTIME_TENSOR_H_

#include "exe_graph/runtime/runtime_tensor.h"

#endif  // EXE_GRAPH_RUNTIME_TENSOR_H_
