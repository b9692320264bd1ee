/* Runs of a graph, the same for both session versions: lists of tensors, asynchronous requests, bound calls.
 */
#ifndef PGE_RUNS_H
#define PGE_RUNS_H

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "callbacks_gate.h"
#include "guard.h"

namespace pge {
template <class Tensor> std::vector<Tensor> tensors(const pge_tensor *from, int32_t count) {
  std::vector<Tensor> made(static_cast<size_t>(count));
  for (int32_t i = 0; i < count; ++i) {
    fill(made[static_cast<size_t>(i)], from[i]);
  }
  return made;
}

/* Releases what an array of results still owns. */
inline void release_all(std::vector<pge_tensor> &results) {
  for (pge_tensor &result : results) {
    delete object<Owner>(result.owner);
  }
  results.clear();
}

/* Hands the first `count` tensors over; when memory runs out on the way, none is. */
template <class Tensor> void take_first(std::vector<Tensor> &from, size_t count, pge_tensor *results) {
  size_t taken = 0;
  try {
    for (; taken < count; ++taken) {
      take(from[taken], &results[taken]);
    }
  } catch (const std::bad_alloc &) {
    while (taken-- > 0) {
      delete object<Owner>(results[taken].owner);
    }
    throw;
  }
}

template <class Tensor> void take_all(std::vector<Tensor> &from, std::vector<pge_tensor> &results) {
  results.resize(from.size());
  try {
    take_first(from, from.size(), results.data());
  } catch (const std::bad_alloc &) {
    results.clear();
    throw;
  }
}

/* Results as a malloc'ed array: their number, or minus a status. */
template <class Tensor> int64_t hand_over(std::vector<Tensor> &from, pge_tensor **array) {
  *array = static_cast<pge_tensor *>(std::malloc(sizeof(pge_tensor) * (from.empty() ? 1 : from.size())));
  if (*array == nullptr) {
    throw std::bad_alloc();
  }
  std::vector<pge_tensor> results;
  try {
    take_all(from, results);
  } catch (const std::bad_alloc &) {
    std::free(*array);
    *array = nullptr;
    throw;
  }
  std::copy(results.begin(), results.end(), *array);
  return static_cast<int64_t>(results.size());
}

/* One RunGraphAsync. The std::function that GE holds shares it; its end is the request's end. */
template <class Tensor> class Request {
public:
  Request(pge_done_fn done, pge_drop_fn drop, void *user) : done_(done), drop_(drop), user_(user) {}
  Request(const Request &) = delete;
  Request &operator=(const Request &) = delete;

  ~Request() {
    (void)through_gate([this] { drop_(user_); });
  }

  void finish(uint32_t status, std::vector<Tensor> &outputs) {
    if (finished_.exchange(true)) {
      return; // GE calls back twice when copying outputs to the host failed; the first report is the true one
    }
    std::vector<pge_tensor> results;
    const int64_t taken = guarded([&] {
      take_all(outputs, results);
      return int64_t{0};
    });
    const uint32_t shown = (taken < 0) ? static_cast<uint32_t>(-taken) : status;
    const auto count = static_cast<int32_t>(results.size());
    if (!through_gate([&] { done_(user_, shown, results.data(), count); })) {
      release_all(results);
    }
  }

private:
  pge_done_fn done_;
  pge_drop_fn drop_;
  void *user_;
  std::atomic<bool> finished_{false};
};

/* A bound call. `lock` lets threads share it: GE writes into the outputs during a launch. */
template <class Session, class Tensor> struct Call {
  Session *session;
  uint32_t graph_id;
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;
  bool outputs_are_given;
  std::mutex lock;
};
} // namespace pge

#endif
