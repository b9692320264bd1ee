/* RunGraphAsync for either kind of tensor: the request holds the user's callback and shares the inputs'
 * memory until it is gone. */
#ifndef MC_GE_SESSION_ASYNC_H
#define MC_GE_SESSION_ASYNC_H

#include <functional>
#include <utility>
#include <vector>

#include "ge/session_tensors.h"

namespace mc {
inline std::vector<gert::TensorData> Share(const std::vector<gert::Tensor> &tensors) {
  std::vector<gert::TensorData> shared(tensors.size());
  for (size_t i = 0U; i < tensors.size(); ++i) {
    (void)shared[i].ShareFrom(tensors[i].GetTensorData());
  }
  return shared;
}

/* Copies of a ge::Tensor share one body. */
inline std::vector<ge::Tensor> Share(const std::vector<ge::Tensor> &tensors) {
  return tensors;
}

template <typename Tensor> class MC_HIDDEN AsyncRun {
public:
  using Callback = std::function<void(uint32_t, std::vector<Tensor> &)>;

  static mc_ge_status Start(mc_session *session, uint32_t graph_id, const std::vector<Tensor> &inputs,
                            Callback &&callback) {
    AsyncRun *const run = new AsyncRun(inputs, std::move(callback));
    RunTensors in(inputs.size());
    ReadAll(inputs, in);
    const mc_run_callback hooks = {run, Done, Drop};
    return mc_session_run_async(session, graph_id, in.data(), in.count(), &hooks);
  }

private:
  AsyncRun(const std::vector<Tensor> &inputs, Callback &&callback)
      : callback_(std::move(callback)), inputs_(Share(inputs)) {}

  static void Done(void *self, mc_ge_status status, mc_run_tensor *out, int count) {
    std::vector<Tensor> outputs;
    WriteNew(out, count, outputs);
    const Callback &callback = static_cast<AsyncRun *>(self)->callback_;
    if (callback) {
      callback(status, outputs);
    }
  }

  static void Drop(void *self) { delete static_cast<AsyncRun *>(self); }

  Callback callback_;
  decltype(Share(std::vector<Tensor>())) inputs_;
};
} // namespace mc

#endif
