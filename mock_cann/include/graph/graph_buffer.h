/* Bytes of a serialized graph: Graph::SaveToMem fills one, Graph::LoadFromMem reads it. */
#ifndef GRAPH_GRAPH_BUFFER_H_
#define GRAPH_GRAPH_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <memory>

namespace ge {
class Buffer;
using BufferPtr = std::shared_ptr<Buffer>;

class GraphBuffer {
 public:
  GraphBuffer();
  GraphBuffer(const GraphBuffer &) = delete;
  GraphBuffer &operator=(const GraphBuffer &) = delete;
  ~GraphBuffer();
  const std::uint8_t *GetData() const;
  std::size_t GetSize() const;

 private:
  friend class Graph;
  std::shared_ptr<Buffer> buffer_;
};
}  // namespace ge

#endif  // GRAPH_GRAPH_BUFFER_H_
