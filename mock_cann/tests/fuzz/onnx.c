/* The ONNX importer on any bytes: a graph or an error that was reported, never more. libFuzzer's entry; replay.c calls the
 * same function for the files of the corpus. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "engine/report.h"
#include "onnx/onnx.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  mc_graph *graph = NULL;
  const uint32_t status = mc_onnx_import(bytes, size, NULL, NULL, &graph);
  char *text = mc_report_take();
  assert((status == MC_ONNX_OK) == (graph != NULL));
  assert(status == MC_ONNX_OK || text != NULL);
  if (graph != NULL) { /* what was made can be written and read again */
    char why[256];
    size_t length = 0;
    void *content = mc_graph_serialize(graph, &length);
    assert(content != NULL);
    mc_graph *again = mc_graph_parse(content, length, NULL, why);
    assert(again != NULL);
    mc_graph_destroy(again);
    free(content);
  }
  mc_graph_destroy(graph);
  free(text);
  return 0;
}
