/* ge::GraphBuffer: the bytes of a serialized graph. */
#include "graph/graph_buffer.h"

#include "ge/buffer.h"

namespace ge {
GraphBuffer::GraphBuffer() = default;
GraphBuffer::~GraphBuffer() = default;

const std::uint8_t *GraphBuffer::GetData() const { return (buffer_ == nullptr) ? nullptr : buffer_->data; }

std::size_t GraphBuffer::GetSize() const { return (buffer_ == nullptr) ? 0U : buffer_->size; }
}  // namespace ge
