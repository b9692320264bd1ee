/* The serialized form: bytes composed by hand from the format's description, round trips, and bytes nobody should
 * send. */
#include <unistd.h>

#include "check.h"
#include "graph/ir.h"

/* Small helpers to build messages whose lengths are right by construction. */
typedef struct buffer {
  uint8_t data[8192];
  size_t size;
} buffer;

static void put(buffer *to, const void *data, size_t size) {
  CHECK(to->size + size <= sizeof to->data);
  memcpy(to->data + to->size, data, size);
  to->size += size;
}

static void put_varint(buffer *to, uint64_t value) {
  for (; value > 127; value >>= 7) {
    put(to, (uint8_t[]){(uint8_t)(value | 128)}, 1);
  }
  put(to, (uint8_t[]){(uint8_t)value}, 1);
}

static void put_number(buffer *to, int field, int64_t value) {
  put_varint(to, (uint64_t)field << 3);
  put_varint(to, (uint64_t)value);
}

static void put_bytes(buffer *to, int field, const void *data, size_t size) {
  put_varint(to, (uint64_t)field << 3 | 2);
  put_varint(to, size);
  put(to, data, size);
}

static void put_text(buffer *to, int field, const char *text) { put_bytes(to, field, text, strlen(text)); }

static void put_message(buffer *to, int field, const buffer *message) {
  put_bytes(to, field, message->data, message->size);
}

static void put_attr(buffer *to, int field, const char *name, const buffer *value) {
  buffer entry = {0};
  put_text(&entry, 1, name);
  put_message(&entry, 2, value);
  put_message(to, field, &entry);
}

static void put_int_attr(buffer *to, int field, const char *name, int64_t number) {
  buffer value = {0};
  put_number(&value, 3, number);
  put_attr(to, field, name, &value);
}

/* The reserved index maps: lists without val_type. */
static void put_name_map(buffer *to, const char *key, const char *value, const char *const *names, int n) {
  buffer attr = {0}, list = {0};
  for (int i = 0; i < n; ++i) {
    put_text(&list, 2, names[i]);
  }
  put_message(&attr, 1, &list);
  put_attr(to, 10, key, &attr);
  attr.size = list.size = 0;
  for (int i = 0; i < n; ++i) {
    put_number(&list, 3, i); /* not packed: both forms are legal */
  }
  put_message(&attr, 1, &list);
  put_attr(to, 10, value, &attr);
}

/* dtype is the proto number. */
static buffer desc_of(int dtype, const int64_t *dims, int rank, const char *layout) {
  buffer desc = {0}, shape = {0}, packed = {0};
  for (int i = 0; i < rank; ++i) {
    put_varint(&packed, (uint64_t)dims[i]);
  }
  put_number(&desc, 2, dtype);
  if (rank > 0) {
    put_message(&shape, 1, &packed);
  }
  put_message(&desc, 3, &shape);
  put_text(&desc, 4, layout);
  return desc;
}

/* x: float16 [2,-1] NCHW Data; y = Relu(x) and a control edge; z = If(y) with subgraph "then"; bf16 dtype attribute. */
static buffer golden(void) {
  buffer model = {0}, graph = {0}, op = {0}, attr = {0};
  const buffer desc = desc_of(2, (int64_t[]){2, -1}, 2, "NCHW"), unknown = desc_of(27, (int64_t[]){-2}, 1, "ND");
  put_text(&graph, 1, "main");
  put_text(&graph, 4, "x:0");
  put_text(&graph, 5, "y:0");

  put_text(&op, 1, "x");
  put_text(&op, 2, "Data");
  put_text(&op, 5, "");
  put_int_attr(&op, 10, "index", 0);
  put_message(&op, 33, &desc);
  put_message(&op, 34, &desc);
  put_message(&graph, 6, &op);

  op.size = 0;
  put_text(&op, 1, "y");
  put_text(&op, 2, "Relu");
  put_text(&op, 5, "x:0");
  put_text(&op, 5, "x:-1");
  put_name_map(&op, "_input_name_key", "_input_name_value", (const char *const[]){"x"}, 1);
  put_name_map(&op, "_output_name_key", "_output_name_value", (const char *const[]){"y"}, 1);
  put_number(&attr, 15, 27);
  put_attr(&op, 10, "kind", &attr);
  buffer list = {0};
  put_number(&list, 3, 5);
  attr.size = 0;
  put_message(&attr, 1, &list); /* val_type is missing: such a list counts as absent */
  put_attr(&op, 10, "ghost", &attr);
  attr.size = 0;
  put_bytes(&attr, 10, "\x0a\x01q", 3); /* NamedAttrs: no kind of its own, kept as it is */
  put_attr(&op, 10, "named", &attr);
  put_message(&op, 33, &desc);
  put_message(&op, 34, &unknown);
  put_text(&op, 35, "then");
  put_message(&graph, 6, &op);
  put_message(&model, 7, &graph);

  graph.size = 0;
  put_text(&graph, 1, "then");
  put_message(&model, 7, &graph);
  return model;
}

static mc_graph *parse(const buffer *bytes, char why[256]) { return mc_graph_parse(bytes->data, bytes->size, NULL, why); }

static void check_golden(const mc_graph *graph) {
  CHECK_TEXT(graph->name, "main");
  CHECK_INT(graph->n_nodes, 2);
  CHECK_INT(graph->n_outputs, 1);
  const mc_node *x = mc_graph_find(graph, "x"), *y = mc_graph_find(graph, "y");
  CHECK(graph->outputs[0].node == y);
  CHECK(x->in[0].from == NULL && y->in[0].from == x);
  CHECK_INT(y->n_control, 1);
  CHECK_INT(x->out[0].desc.desc.dtype, MC_FLOAT16);
  CHECK_INT(x->out[0].desc.desc.format, MC_FORMAT_NCHW);
  CHECK_INT(x->out[0].desc.desc.shape.rank, 2);
  CHECK_INT(x->out[0].desc.desc.shape.dims[1], -1);
  CHECK_INT(y->out[0].desc.desc.dtype, MC_BF16);
  CHECK_INT(y->out[0].desc.desc.shape.rank, MC_RANK_UNKNOWN);
  CHECK_TEXT(y->in[0].name, "x");
  CHECK_TEXT(y->out[0].name, "y");
  CHECK_INT(mc_attrs_int(&x->attrs, "index", -1), 0);
  CHECK_INT(mc_attrs_dtype(&y->attrs, "kind", -1), MC_BF16);
  CHECK(mc_attrs_find(&y->attrs, "ghost") == NULL);
  CHECK(mc_attrs_find(&y->attrs, "_input_name_key") == NULL);
  const mc_attr *named = mc_attrs_find(&y->attrs, "named");
  CHECK(named != NULL && named->kind == MC_ATTR_RAW);
  CHECK_INT(named->bytes.size, 5);
  CHECK(mc_graph_subgraph(graph, "then") != NULL);
  CHECK_TEXT(y->subgraphs[0], "then");
}

static void known_bytes_are_read(void) {
  char why[256];
  const buffer bytes = golden();
  mc_graph *graph = parse(&bytes, why);
  CHECK(graph != NULL);
  check_golden(graph);

  /* Saved and loaded again it is the same graph; saved twice it is the same bytes. */
  size_t size, again;
  void *saved = mc_graph_serialize(graph, &size);
  mc_graph *loaded = mc_graph_parse(saved, size, NULL, why);
  CHECK(loaded != NULL);
  check_golden(loaded);
  void *twice = mc_graph_serialize(loaded, &again);
  CHECK_INT(again, size);
  CHECK(memcmp(saved, twice, size) == 0);
  mc_graph *copy = mc_graph_clone(graph);
  check_golden(copy);
  free(twice);
  twice = mc_graph_serialize(copy, &again);
  CHECK(again == size && memcmp(saved, twice, size) == 0);
  free(saved);
  free(twice);
  mc_graph_destroy(copy);
  mc_graph_destroy(loaded);
  mc_graph_destroy(graph);
}

static void expect_refusal(const buffer *bytes, const char *part) {
  char why[256] = "";
  CHECK(parse(bytes, why) == NULL);
  if (strstr(why, part) == NULL) {
    fprintf(stderr, "\"%s\" does not say \"%s\"\n", why, part);
    abort();
  }
}

static buffer model_with_op(const buffer *op, const char *output) {
  buffer graph = {0}, model = {0};
  put_text(&graph, 1, "g");
  if (output != NULL) {
    put_text(&graph, 5, output);
  }
  put_message(&graph, 6, op);
  put_message(&model, 7, &graph);
  return model;
}

static void wrong_graphs_are_refused_with_the_reason(void) {
  buffer model = {0}, op = {0};
  expect_refusal(&model, "no graph");
  put_text(&op, 1, "n");
  put_text(&op, 2, "Relu");
  model = model_with_op(&op, "m:0");
  expect_refusal(&model, "output 'm'");
  put_text(&op, 5, "nobody:0");
  model = model_with_op(&op, NULL);
  expect_refusal(&model, "'nobody'");
  op.size = 0;
  put_text(&op, 1, "n");
  put_text(&op, 2, "Const");
  buffer value = {0}, tensor = {0};
  put_message(&value, 12, &tensor);
  put_attr(&op, 10, "value", &value);
  value.size = 0;
  put_text(&value, 2, "air_weight/w");
  put_attr(&op, 10, "location", &value);
  put_int_attr(&op, 10, "length", 4);
  model = model_with_op(&op, NULL);
  expect_refusal(&model, "loaded from a file");
  const buffer many = desc_of(1, (int64_t[26]){1}, 26, "ND");
  put_message(&op, 34, &many);
  model = model_with_op(&op, NULL);
  expect_refusal(&model, "at most 25");
  model.size = 0;
  put(&model, "\x0b", 1); /* a group: wire type 3 */
  expect_refusal(&model, "wire type 3");
}

static void deep_nesting_is_refused(void) {
  /* AttrDef.t -> TensorDef.desc -> TensorDescriptor.attr -> AttrDef ..., three levels each. */
  static buffer inner, outer;
  inner.size = 0;
  for (int i = 0; i < 40; ++i) {
    buffer desc = {0}, value = {0};
    put_attr(&desc, 5, "a", &inner);
    outer.size = 0;
    put_message(&outer, 1, &desc);
    put_message(&value, 12, &outer);
    inner = value;
  }
  buffer op = {0};
  put_text(&op, 1, "n");
  put_attr(&op, 10, "a", &inner);
  const buffer model = model_with_op(&op, NULL);
  expect_refusal(&model, "nested deeper");
}

static void external_weights_are_read_from_the_directory(void) {
  char directory[] = "/tmp/unit_air_XXXXXX", path[64], why[256];
  CHECK(mkdtemp(directory) != NULL);
  snprintf(path, sizeof path, "%s/w", directory);
  FILE *file = fopen(path, "wb");
  CHECK(file != NULL && fwrite("\1\2\3\4\5", 1, 5, file) == 5 && fclose(file) == 0);
  static const char *const kLocations[] = {"w", "../w", "missing", "/etc/hostname"};
  for (int i = 0; i < 4; ++i) {
    buffer op = {0}, value = {0}, tensor = {0};
    put_text(&op, 1, "c");
    put_text(&op, 2, "Const");
    put_message(&value, 12, &tensor);
    put_attr(&op, 10, "value", &value);
    value.size = 0;
    put_text(&value, 2, kLocations[i]);
    put_attr(&op, 10, "location", &value);
    put_int_attr(&op, 10, "length", 4);
    const buffer model = model_with_op(&op, NULL);
    mc_graph *graph = mc_graph_parse(model.data, model.size, directory, why);
    CHECK((graph != NULL) == (i == 0));
    if (graph != NULL) {
      const mc_attr *read = mc_attrs_find(&graph->nodes[0]->attrs, "value");
      CHECK_INT(read->tensor.data.size, 4);
      CHECK(memcmp(read->tensor.data.data, "\1\2\3\4", 4) == 0);
      CHECK(mc_attrs_find(&graph->nodes[0]->attrs, "location") == NULL);
    }
    mc_graph_destroy(graph);
  }
  CHECK(unlink(path) == 0 && rmdir(directory) == 0);
}

/* Whatever the bytes: a graph that can be saved, or a reason. Sanitizers see the rest. */
static void try_bytes(const uint8_t *bytes, size_t size) {
  char why[256] = "";
  mc_graph *graph = mc_graph_parse(bytes, size, NULL, why);
  if (graph == NULL) {
    CHECK(why[0] != 0);
    return;
  }
  size_t saved_size;
  void *saved = mc_graph_serialize(graph, &saved_size);
  CHECK(saved != NULL);
  mc_graph *loaded = mc_graph_parse(saved, saved_size, NULL, why);
  CHECK(loaded != NULL);
  mc_graph_destroy(loaded);
  mc_graph_destroy(graph);
  free(saved);
}

static void mutated_and_truncated_bytes_never_crash(void) {
  const buffer bytes = golden();
  for (size_t size = 0; size < bytes.size; ++size) {
    uint8_t *exact = malloc(size + 1); /* its own allocation, so that a sanitizer sees one byte too far */
    memcpy(exact, bytes.data, size);
    exact = realloc(exact, size == 0 ? 1 : size);
    try_bytes(exact, size);
    free(exact);
  }
  random_state random = {20240229};
  for (int round = 0; round < 20000; ++round) {
    buffer mutated = bytes;
    for (uint64_t n = random_below(&random, 4) + 1; n > 0; --n) {
      const size_t at = random_below(&random, mutated.size);
      switch (random_below(&random, 3)) {
      case 0:
        mutated.data[at] = (uint8_t)random_next(&random);
        break;
      case 1:
        mutated.data[at] ^= (uint8_t)(1u << random_below(&random, 8));
        break;
      default:
        mutated.size -= 1;
        memmove(&mutated.data[at], &mutated.data[at + 1], mutated.size - at);
      }
    }
    try_bytes(mutated.data, mutated.size);
  }
}

int main(void) {
  known_bytes_are_read();
  wrong_graphs_are_refused_with_the_reason();
  deep_nesting_is_refused();
  external_weights_are_read_from_the_directory();
  mutated_and_truncated_bytes_never_crash();
  return 0;
}
