/* Base of the resources that operators share during shape inference. */
#ifndef GRAPH_RESOURCE_CONTEXT_H_
#define GRAPH_RESOURCE_CONTEXT_H_

namespace ge {
class ResourceContext {
 public:
  virtual ~ResourceContext() {}
};
}  // namespace ge

#endif  // GRAPH_RESOURCE_CONTEXT_H_
