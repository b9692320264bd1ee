/* The ONNX importer behind aclgrphParseONNX: bytes in, a graph of GE operators out. */
#ifndef MC_ONNX_ONNX_H
#define MC_ONNX_ONNX_H

#include "graph/ir.h"
#include "graph/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ge::graphStatus */
enum { MC_ONNX_OK = 0, MC_ONNX_PARAM_INVALID = 50331649 };
#define MC_ONNX_FAILED 0xFFFFFFFFu

/*
 * 0 and a graph that belongs to the caller, or a reported status: everything that is wrong is reported, not only the first
 * thing. External data is found below `directory`; NULL: the model came from memory. The bytes are not needed afterwards.
 */
uint32_t mc_onnx_import(const void *bytes, size_t size, const char *directory, mc_options options, mc_graph **graph);
/* The same from a file. */
uint32_t mc_onnx_import_file(const char *path, mc_options options, mc_graph **graph);

#ifdef __cplusplus
}
#endif
#endif
