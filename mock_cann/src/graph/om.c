/*
 * The .om container: a header with a magic of our own, a version and a checksum, then the graph, the options it was
 * compiled with and the SoC. Compiling again at load keeps it independent of this build's kernels.
 */
#include <stdlib.h>
#include <string.h>

#include "graph/codec.h"
#include "graph/compiled.h"

/* Offsets in the 64-byte header; numbers are little-endian. */
enum { HEADER = 64, AT_VERSION = 8, AT_HEADER = 12, AT_SIZE = 16, AT_SUM = 24, AT_HEADER_SUM = 56, VERSION = 1 };
enum { FIELD_SOC = 1, FIELD_KEY = 2, FIELD_VALUE = 3, FIELD_GRAPH = 4 };
static const unsigned char kMagic[8] = {'M', 'O', 'C', 'K', '-', 'O', 'M', 0x1a};
static const unsigned char kSilicon[4] = {'I', 'M', 'O', 'D'};

enum { GE_SIZE = 145006, GE_FAILURE = 500002, GE_PARTITION = 545005 };

static uint64_t checksum(const uint8_t *bytes, size_t size) {
  uint64_t sum = UINT64_C(0xcbf29ce484222325) ^ size;
  size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    uint64_t word = 0;
    for (int k = 0; k < 8; ++k) {
      word |= (uint64_t)bytes[i + (size_t)k] << (8 * k);
    }
    sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    sum ^= sum >> 29;
  }
  for (; i < size; ++i) {
    sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
  }
  return sum ^ sum >> 32;
}

static void put(uint8_t *at, int bytes, uint64_t value) {
  for (int i = 0; i < bytes; ++i) {
    at[i] = (uint8_t)(value >> (8 * i));
  }
}

static uint64_t get(const uint8_t *at, int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) {
    value |= (uint64_t)at[i] << (8 * i);
  }
  return value;
}

void *mc_model_save(const mc_model *model, size_t *size) {
  size_t graph_size;
  void *graph = mc_graph_serialize(model->graph, &graph_size);
  mc_writer writer = {0};
  const uint8_t empty[HEADER] = {0};
  mc_write_raw(&writer, empty, HEADER);
  mc_write_string(&writer, FIELD_SOC, model->soc);
  for (int i = 0; model->options[i] != NULL; i += 2) {
    mc_write_string(&writer, FIELD_KEY, model->options[i]);
    mc_write_string(&writer, FIELD_VALUE, model->options[i + 1]);
  }
  if (graph != NULL) {
    mc_write_bytes(&writer, FIELD_GRAPH, graph, graph_size);
  }
  free(graph);
  if (graph == NULL || writer.failed) {
    free(writer.data);
    return NULL;
  }
  memcpy(writer.data, kMagic, sizeof kMagic);
  put(writer.data + AT_VERSION, 4, VERSION);
  put(writer.data + AT_HEADER, 4, HEADER);
  put(writer.data + AT_SIZE, 8, writer.size - HEADER);
  put(writer.data + AT_SUM, 8, checksum(writer.data + HEADER, writer.size - HEADER));
  put(writer.data + AT_HEADER_SUM, 8, checksum(writer.data, AT_HEADER_SUM));
  *size = writer.size;
  return writer.data;
}

/* ---- reading ---- */

static int refuse(int status, const char *from, const char *reason) {
  mc_report("E10041", from, reason, (char *)NULL);
  return status;
}

static int check_header(const char *from, const uint8_t *bytes, size_t size) {
  if (bytes == NULL || size < HEADER) {
    return refuse(GE_SIZE, from, MC_TEXT("%zu bytes are less than a model's header", size));
  }
  if (memcmp(bytes, kSilicon, sizeof kSilicon) == 0) {
    return refuse(GE_FAILURE, from,
                  "it was compiled by CANN for a real Ascend chip and holds device code that cannot be emulated; build "
                  "the model again from its .air or ONNX with this library's aclgrphBuildModel, or run it on hardware");
  }
  if (memcmp(bytes, kMagic, sizeof kMagic) != 0) {
    return refuse(GE_FAILURE, from, "it is not a model: the magic number is wrong");
  }
  if (get(bytes + AT_HEADER_SUM, 8) != checksum(bytes, AT_HEADER_SUM)) {
    return refuse(GE_PARTITION, from, "its header is damaged");
  }
  if (get(bytes + AT_VERSION, 4) != VERSION || get(bytes + AT_HEADER, 4) != HEADER) {
    return refuse(GE_FAILURE, from,
                  MC_TEXT("it has format version %llu, this library reads %d; build the model again",
                          (unsigned long long)get(bytes + AT_VERSION, 4), VERSION));
  }
  if (get(bytes + AT_SIZE, 8) != size - HEADER) {
    return refuse(GE_SIZE, from, MC_TEXT("the header speaks of %llu bytes, %zu are there",
                                   (unsigned long long)get(bytes + AT_SIZE, 8), size - HEADER));
  }
  if (get(bytes + AT_SUM, 8) != checksum(bytes + HEADER, size - HEADER)) {
    return refuse(GE_PARTITION, from, "its contents are damaged: the checksum is wrong");
  }
  return 0;
}

typedef struct contents {
  char **options;
  int n_options;
  char *soc;
  mc_field graph;
} contents;

static void add_option_text(mc_wire *wire, contents *c, char *text) {
  char **options = text == NULL ? NULL : realloc(c->options, ((size_t)c->n_options + 2) * sizeof *options);
  if (options == NULL) {
    free(text);
    mc_wire_fail(wire, "out of memory");
    return;
  }
  c->options = options;
  c->options[c->n_options++] = text;
  c->options[c->n_options] = NULL;
}

static void read_contents(mc_reader reader, contents *c) {
  mc_field field;
  while (mc_read_field(&reader, &field)) {
    if (field.number == FIELD_SOC) {
      free(c->soc);
      c->soc = mc_read_string(&reader, &field);
    } else if (field.number == FIELD_KEY || field.number == FIELD_VALUE) {
      if ((c->n_options % 2 == 0) != (field.number == FIELD_KEY)) {
        mc_wire_fail(reader.wire, "options are not pairs");
      } else {
        add_option_text(reader.wire, c, mc_read_string(&reader, &field));
      }
    } else if (field.number == FIELD_GRAPH && field.type == MC_WIRE_BYTES) {
      c->graph = field;
    }
  }
  if (c->n_options % 2 != 0) {
    mc_wire_fail(reader.wire, "options are not pairs");
  }
}

static int restore(const char *from, const contents *c, mc_model **model) {
  char why[256];
  mc_graph *graph = mc_graph_parse(c->graph.data, c->graph.size, NULL, why);
  if (graph == NULL) {
    return refuse(GE_PARTITION, from, why);
  }
  const int status = mc_model_compile(graph, (mc_options)(uintptr_t)c->options, NULL, 0, model);
  mc_graph_destroy(graph);
  if (status != 0) {
    return GE_FAILURE;
  }
  if (c->soc != NULL) {
    char *soc = strdup(c->soc);
    if (soc != NULL) {
      free((*model)->soc);
      (*model)->soc = soc;
    }
  }
  return 0;
}

int mc_model_restore(const char *from, const void *bytes, size_t size, mc_model **model) {
  *model = NULL;
  int status = check_header(from, bytes, size);
  if (status != 0) {
    return status;
  }
  mc_wire wire = {0};
  contents c = {0};
  read_contents(mc_reader_of(&wire, (const uint8_t *)bytes + HEADER, size - HEADER), &c);
  status = wire.failed ? refuse(GE_PARTITION, from, wire.why) : restore(from, &c, model);
  for (int i = 0; i < c.n_options; ++i) {
    free(c.options[i]);
  }
  free(c.options);
  free(c.soc);
  return status;
}
