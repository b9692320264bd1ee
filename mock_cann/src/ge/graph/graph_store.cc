/* ge::Graph: loading and saving. The bytes are a ModelDef; what they say is the IR's business, the codes are
 * GE's. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <fstream>
#include <iterator>

#include "ge/buffer.h"
#include "ge/graph/graph_impl.h"
#include "ge/graph_access.h"
#include "ge/not_emulated.h"

namespace ge {
namespace {
const graphStatus kParamInvalid = 1343225857U; /* GE's own, not GRAPH_PARAM_INVALID */

/* Replaces `graph` by what the bytes say. */
bool Load(Graph &graph, const void *bytes, size_t size, const char *directory) {
  char why[256] = "";
  mc_graph *const content = mc_graph_parse(bytes, size, directory, why);
  if (content == nullptr) {
    mc_report_inner("E19999", "the graph cannot be loaded: %s", why);
    return false;
  }
  mc_graph_wrap(graph, content);
  return true;
}

graphStatus LoadBytes(Graph &graph, const void *bytes, size_t size) {
  if ((bytes == nullptr) || (size == 0U) || (size > static_cast<size_t>(INT_MAX))) {
    mc_report_inner("E19999", "the graph cannot be loaded: %s, %zu bytes",
                    (bytes == nullptr) ? "NULL" : "data", size);
    return kParamInvalid;
  }
  return Load(graph, bytes, size, nullptr) ? GRAPH_SUCCESS : kParamInvalid;
}

std::string DirectoryOf(const std::string &path) {
  const size_t slash = path.rfind('/');
  return (slash == std::string::npos) ? std::string() : path.substr(0U, slash + 1U);
}

bool MakeDirectories(const std::string &directory) {
  for (size_t at = directory.find('/', 1U); at != std::string::npos; at = directory.find('/', at + 1U)) {
    if ((mkdir(directory.substr(0U, at).c_str(), 0750) != 0) && (errno != EEXIST)) {
      return false;
    }
  }
  return true;
}

/* A bare file name goes to the work path, when there is one. */
std::string Placed(const std::string &path) {
  const char *const work = getenv("ASCEND_WORK_PATH");
  const bool bare = path.find('/') == std::string::npos;
  return (bare && (work != nullptr) && (*work != '\0')) ? std::string(work) + "/" + path : path;
}

graphStatus WriteFile(const std::string &path, const void *bytes, size_t size) {
  /* Owner read only, as CANN leaves it: whoever is not root cannot save over it. */
  const int file = MakeDirectories(DirectoryOf(path))
                       ? open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0400)
                       : -1;
  size_t done = 0U;
  while ((file >= 0) && (done < size)) {
    const ssize_t count = write(file, static_cast<const char *>(bytes) + done, size - done);
    if ((count < 0) && (errno == EINTR)) {
      continue;
    }
    if (count <= 0) {
      break;
    }
    done += static_cast<size_t>(count);
  }
  const int reason = errno;
  const bool closed = (file >= 0) && (close(file) == 0);
  if (!closed || (done < size)) {
    mc_report_inner("E19999", "the graph cannot be saved to '%.200s': %s", path.c_str(), strerror(reason));
    return GRAPH_FAILED;
  }
  return GRAPH_SUCCESS;
}

/* malloc'ed; nullptr after a report. */
void *Serialized(const Graph &graph, size_t &size) {
  mc_graph *const content = GraphUtilsEx::Ir(graph);
  if (content == nullptr) {
    mc_report_inner("E19999", "the graph cannot be saved: it has no nodes yet");
    return nullptr;
  }
  void *const bytes = mc_graph_serialize(content, &size);
  if (bytes == nullptr) {
    mc_report_inner("E19999", "graph '%.60s' cannot be saved: out of memory", content->name);
  } else if (size > static_cast<size_t>(INT_MAX)) {
    free(bytes);
    (void)mc::NotEmulated("saving a graph beyond 2 GiB with external weights");
    return nullptr;
  }
  return bytes;
}
}  // namespace

graphStatus Graph::SaveToFile(const char_t *file_name) const {
  if ((impl_ == nullptr) || (file_name == nullptr) || (*file_name == '\0')) {
    return GRAPH_FAILED;
  }
  size_t size = 0U;
  void *const bytes = Serialized(*this, size);
  const graphStatus status = (bytes == nullptr) ? GRAPH_FAILED : WriteFile(Placed(file_name), bytes, size);
  free(bytes);
  return status;
}

graphStatus Graph::SaveToFile(const std::string &file_name) const { return SaveToFile(file_name.c_str()); }

graphStatus Graph::LoadFromFile(const char_t *file_name) {
  if (file_name == nullptr) {
    return GRAPH_FAILED;
  }
  std::ifstream file(file_name, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad() || bytes.empty()) {
    mc_report_inner("E19999", "the graph cannot be loaded: file '%.200s' is missing, empty or unreadable",
                    file_name);
    return GRAPH_FAILED;
  }
  const std::string directory = DirectoryOf(file_name);
  return Load(*this, bytes.data(), bytes.size(), directory.empty() ? "." : directory.c_str()) ? GRAPH_SUCCESS
                                                                                              : GRAPH_FAILED;
}

graphStatus Graph::LoadFromFile(const std::string &file_name) { return LoadFromFile(file_name.c_str()); }

graphStatus Graph::LoadFromSerializedModelArray(const void *serialized_model, size_t size) {
  return LoadBytes(*this, serialized_model, size);
}

graphStatus Graph::LoadFromMem(const uint8_t *data, uint64_t len) { return LoadBytes(*this, data, len); }

graphStatus Graph::LoadFromMem(const GraphBuffer &graph_buffer) {
  return LoadBytes(*this, graph_buffer.GetData(), graph_buffer.GetSize());
}

graphStatus Graph::SaveToMem(GraphBuffer &graph_buffer) const {
  size_t size = 0U;
  void *const bytes = Serialized(*this, size);
  if (bytes == nullptr) {
    return GRAPH_FAILED;
  }
  graph_buffer.buffer_ = std::make_shared<Buffer>(bytes, size);
  return GRAPH_SUCCESS;
}
}  // namespace ge
