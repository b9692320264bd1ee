/* The inline classes that live in the caller: gert::Tensor and its parts, ge::Allocator and ge::MemBlock. */
#include <cstring>
#include <utility>
#include <vector>

#include "check.h"
#include "exe_graph/runtime/tensor.h"
#include "ge/ge_allocator.h"

static std::vector<std::pair<void *, gert::TensorOperateType>> calls;

static uint32_t Manager(void *addr, gert::TensorOperateType operation, void **out) {
  calls.emplace_back(addr, operation);
  if (operation == gert::kGetTensorAddress) {
    *out = static_cast<char *>(addr) + 1;
  }
  return 0;
}

static void DataFreesThroughItsManager() {
  char memory[4];
  calls.clear();
  {
    gert::TensorData data(memory, &Manager, 4, gert::kOnHost);
    CHECK(data.GetAddr() == memory + 1 && calls.back().second == gert::kGetTensorAddress);
    gert::TensorData moved(std::move(data));
    CHECK(data.GetAddr() == nullptr && data.GetSize() == 0 &&
          data.GetPlacement() == gert::kTensorPlacementEnd);
    CHECK(moved.GetSize() == 4 && moved.GetPlacement() == gert::kOnHost);
    gert::TensorData shared;
    CHECK(shared.ShareFrom(moved) == 0 && shared.IsSharedWith(moved));
    CHECK(calls.back().second == gert::kPlusShareCount);
    calls.clear();
  }
  CHECK(calls.size() == 2 && calls[0].second == gert::kFreeTensor && calls[1].second == gert::kFreeTensor);
  gert::TensorData unowned(memory, nullptr, 4, gert::kOnHost);
  calls.clear();
  CHECK(unowned.Free() == 0 && calls.empty());
  gert::TensorData released(memory, &Manager);
  gert::TensorAddrManager manager = nullptr;
  CHECK(released.Release(manager) == memory && manager == &Manager && released.GetAddr() == nullptr);
}

static void VectorsOfTensorsMoveTheirData() {
  char memory[8];
  calls.clear();
  {
    std::vector<gert::Tensor> tensors;
    for (int i = 0; i < 5; ++i) {
      tensors.emplace_back();
      tensors.back().SetData(gert::TensorData(memory + i, &Manager, 1, gert::kOnHost));
    }
    CHECK(calls.empty());
  }
  CHECK(calls.size() == 5);
}

static void TensorsDescribeThemselves() {
  gert::Tensor tensor({{2, 3}, {1, 2, 3}}, {ge::FORMAT_ND, ge::FORMAT_NCHW, {}}, ge::DT_INT64);
  CHECK(tensor.GetPlacement() == gert::kTensorPlacementEnd && tensor.GetAddr() == nullptr);
  CHECK(tensor.GetShapeSize() == 6 && tensor.GetOriginShape() == gert::Shape({2, 3}));
  CHECK(tensor.GetStorageFormat() == ge::FORMAT_NCHW && tensor.GetOriginFormat() == ge::FORMAT_ND);
  CHECK(tensor.GetVersion() == gert::kTensorV1 && gert::TensorV2().GetVersion() == gert::kTensorV2);
  size_t total = 0;
  const std::unique_ptr<uint8_t[]> holder = gert::Tensor::CreateFollowing(3, ge::DT_FLOAT, total);
  gert::Tensor *const following = reinterpret_cast<gert::Tensor *>(holder.get());
  CHECK(total == sizeof(gert::Tensor) + 12 && following->GetSize() == 12);
  CHECK(static_cast<uint8_t *>(following->GetAddr()) == holder.get() + 752);
  CHECK(gert::Tensor::CreateFollowing(INT64_MAX, ge::DT_FLOAT, total) == nullptr);
}

static void ShapesStayInBounds() {
  gert::Shape shape({2, 3});
  CHECK(shape.GetShapeSize() == 6 && gert::Shape().GetShapeSize() == 1 && gert::Shape().IsScalar());
  CHECK(shape[1] == 3 && shape.GetDim(25) == INT64_MIN);
  shape[99] = 1;
  shape.SetDim(99, 1);
  for (int i = 0; i < 40; ++i) {
    shape.AppendDim(1);
  }
  CHECK(shape.GetDimNum() == 25 && shape.GetShapeSize() == 6);
  CHECK(gert::Shape({INT64_MAX, 2}).GetShapeSize() == -1);
  gert::Shape expanded;
  CHECK(gert::ExpandDimsType("1001").Expand(gert::Shape({5, 6, 7}), expanded) == 0);
  CHECK(expanded == gert::Shape({1, 5, 6, 1, 7}));
  CHECK(gert::ExpandDimsType("00").Expand(gert::Shape({5}), expanded) == ge::GRAPH_FAILED);
}

class CountingAllocator : public ge::Allocator {
 public:
  ge::MemBlock *Malloc(size_t size) override { return new ge::MemBlock(*this, this, size); }
  void Free(ge::MemBlock *block) override {
    ++freed;
    delete block;
  }
  int freed = 0;
};

static void BlocksReturnWithTheirLastReference() {
  CountingAllocator allocator;
  ge::MemBlock *const block = allocator.MallocAdvise(64, nullptr);
  CHECK(block->GetSize() == 64 && block->GetCount() == 1 && block->AddCount() == 2);
  block->Free();
  CHECK(allocator.freed == 0 && block->GetCount() == 1);
  block->Free();
  CHECK(allocator.freed == 1);
}

int main() {
  DataFreesThroughItsManager();
  VectorsOfTensorsMoveTheirData();
  TensorsDescribeThemselves();
  ShapesStayInBounds();
  BlocksReturnWithTheirLastReference();
  return CheckResult();
}
