/* Small graphs as serialized ModelDef bytes, written by hand from the format's field numbers, so that a
 * program can build a graph with nothing but Graph::LoadFromSerializedModelArray. */
#ifndef TESTS_NATIVE_SUPPORT_AIR_H
#define TESTS_NATIVE_SUPPORT_AIR_H

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace air {
typedef std::vector<int64_t> Dims;
typedef std::string Bytes;

/* Numbers of TensorDescriptor.dtype, which are not ge::DataType's. */
enum ProtoType { kFloat = 1, kInt32 = 7, kInt64 = 8 };

inline void Varint(Bytes &to, uint64_t value) {
  for (; value > 127; value >>= 7) {
    to.push_back(static_cast<char>(value | 128));
  }
  to.push_back(static_cast<char>(value));
}

inline void Number(Bytes &to, int field, int64_t value) {
  Varint(to, static_cast<uint64_t>(field) << 3);
  Varint(to, static_cast<uint64_t>(value));
}

inline void Chunk(Bytes &to, int field, const Bytes &value) {
  Varint(to, (static_cast<uint64_t>(field) << 3) | 2);
  Varint(to, value.size());
  to += value;
}

inline Bytes Entry(const Bytes &key, const Bytes &attr) {
  Bytes entry;
  Chunk(entry, 1, key);
  Chunk(entry, 2, attr);
  return entry;
}

inline Bytes IntAttr(int64_t value) {
  Bytes attr;
  Number(attr, 3, value);
  return attr;
}

/* TensorDescriptor. A scalar has no dims; -1 is unknown. */
inline Bytes Desc(int type, const Dims &dims) {
  Bytes packed, shape, desc;
  for (int64_t dim : dims) {
    Varint(packed, static_cast<uint64_t>(dim));
  }
  Number(desc, 2, type);
  if (!dims.empty()) {
    Chunk(shape, 1, packed);
  }
  Chunk(desc, 3, shape);
  Chunk(desc, 4, "ND");
  return desc;
}

struct Input {
  std::string name, source; /* "x1" <- "a:0"; an empty source is unconnected */
};

class Model {
public:
  explicit Model(const std::string &name) : name_(name), next_input_(0) {}

  Model &Data(const std::string &name, int type, const Dims &dims) {
    return Data(name, type, dims, next_input_);
  }

  Model &Data(const std::string &name, int type, const Dims &dims, int64_t index) {
    next_input_++;
    return Op(name, "Data", {{"x", ""}}, {Desc(type, dims)}, {{"y", Desc(type, dims)}},
              {{"index", IntAttr(index)}});
  }

  Model &Const(const std::string &name, int type, const Dims &dims, const void *data, size_t size) {
    Bytes tensor, attr;
    Chunk(tensor, 1, Desc(type, dims));
    Chunk(tensor, 2, Bytes(static_cast<const char *>(data), size));
    Chunk(attr, 12, tensor);
    return Op(name, "Const", {}, {}, {{"y", Desc(type, dims)}}, {{"value", attr}});
  }

  Model &Variable(const std::string &name, int type, const Dims &dims) {
    return Op(name, "Variable", {{"x", ""}}, {Desc(type, dims)}, {{"y", Desc(type, dims)}}, {});
  }

  /* One output, whose shape is left to inference. */
  Model &Op(const std::string &name, const std::string &type, const std::vector<Input> &inputs, int element,
            const std::string &output = "y") {
    return Op(name, type, inputs, std::vector<Bytes>(inputs.size(), Desc(element, {-2})),
              {{output, Desc(element, {-2})}}, {});
  }

  Model &Op(const std::string &name, const std::string &type, const std::vector<Input> &inputs,
            const std::vector<Bytes> &input_descs, const std::vector<std::pair<std::string, Bytes>> &outputs,
            const std::vector<std::pair<std::string, Bytes>> &attrs) {
    Bytes op;
    std::vector<std::string> input_names, output_names;
    Chunk(op, 1, name);
    Chunk(op, 2, type);
    for (const Input &input : inputs) {
      Chunk(op, 5, input.source);
      input_names.push_back(input.name);
    }
    for (const auto &attr : attrs) {
      Chunk(op, 10, Entry(attr.first, attr.second));
    }
    for (const auto &output : outputs) {
      output_names.push_back(output.first);
    }
    Names(op, "_input_name", input_names);
    Names(op, "_output_name", output_names);
    for (const Bytes &desc : input_descs) {
      Chunk(op, 33, desc);
    }
    for (const auto &output : outputs) {
      Chunk(op, 34, output.second);
    }
    Chunk(ops_, 6, op);
    return *this;
  }

  Model &Output(const std::string &source) {
    Chunk(outputs_, 5, source);
    return *this;
  }

  Bytes Serialize() const {
    Bytes graph, model;
    Chunk(graph, 1, name_);
    graph += outputs_;
    graph += ops_;
    Chunk(model, 7, graph);
    return model;
  }

private:
  /* The reserved maps from names to positions. */
  static void Names(Bytes &op, const std::string &prefix, const std::vector<std::string> &names) {
    Bytes keys, values, key_attr, value_attr;
    for (size_t i = 0; i < names.size(); ++i) {
      Chunk(keys, 2, names[i]);
      Number(values, 3, static_cast<int64_t>(i));
    }
    Chunk(key_attr, 1, keys);
    Chunk(value_attr, 1, values);
    Chunk(op, 10, Entry(prefix + "_key", key_attr));
    Chunk(op, 10, Entry(prefix + "_value", value_attr));
  }

  std::string name_;
  Bytes ops_, outputs_;
  int64_t next_input_;
};

/* z = x + y, the smallest graph worth running. */
inline Bytes Add(const std::string &name, const Dims &dims) {
  return Model(name)
      .Data("x", kFloat, dims)
      .Data("y", kFloat, dims)
      .Op("add", "Add", {{"x1", "x:0"}, {"x2", "y:0"}}, kFloat)
      .Output("add:0")
      .Serialize();
}

/* y = x + w with w in the model. */
inline Bytes AddConst(const std::string &name, const Dims &dims, const std::vector<float> &weights) {
  return Model(name)
      .Data("x", kFloat, dims)
      .Const("w", kFloat, {static_cast<int64_t>(weights.size())}, weights.data(),
             weights.size() * sizeof(float))
      .Op("add", "Add", {{"x1", "x:0"}, {"x2", "w:0"}}, kFloat)
      .Output("add:0")
      .Serialize();
}
} // namespace air

#endif
