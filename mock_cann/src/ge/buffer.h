/* The bytes behind a ge::GraphBuffer. Two libraries see this: libgraph_base owns the class, libgraph fills
 * it. */
#ifndef MC_GE_BUFFER_H
#define MC_GE_BUFFER_H

#include <cstdint>
#include <cstdlib>
#include <memory>

#include "ge/hidden.h"
#include "graph/graph_buffer.h"

namespace ge {
class MC_HIDDEN Buffer {
 public:
  /* Takes malloc'ed bytes. */
  Buffer(void *bytes, std::size_t length) : data(static_cast<std::uint8_t *>(bytes)), size(length) {}
  ~Buffer() { free(data); }
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;

  std::uint8_t *const data;
  const std::size_t size;
};
}  // namespace ge

#endif
