/* The value classes of the graph API, as a program that links -lgraph -lgraph_base uses them. */
#include <cstring>
#include <string>
#include <unordered_map>

#include "check.h"
#include "graph/ascend_string.h"
#include "graph/tensor.h"
#include "graph/types.h"
#include "graph/utils/type_utils.h"

using ge::AscendString;
using ge::Shape;
using ge::Tensor;
using ge::TensorDesc;

static void StringsCompareByText() {
  const AscendString a("abc");
  const AscendString b("abd");
  const AscendString none;
  CHECK(a < b && b > a && a <= b && b >= a && a != b && a == "abc" && a != "abd");
  CHECK(a == AscendString("abcdef", 3));
  CHECK(AscendString("a\0b", 3).GetLength() == 3);
  CHECK(none.GetLength() == 0 && std::strcmp(none.GetString(), "") == 0);
  CHECK(none == AscendString(nullptr) && none < AscendString("") && none != AscendString(""));
  CHECK(AscendString("hello").Find(AscendString("llo")) == 2);
  CHECK(AscendString("hello").Find(AscendString("x")) == static_cast<size_t>(-1));
  std::unordered_map<AscendString, int> map;
  map[AscendString("k")] = 7;
  CHECK(map[AscendString("k")] == 7 && map.size() == 1);
}

static void ShapesKnowTheirSize() {
  CHECK(Shape({2, 3, 4}).GetShapeSize() == 24);
  CHECK(Shape({2, -1}).GetShapeSize() == -1);
  CHECK(Shape({-2}).GetShapeSize() == -1 && Shape({-2}).GetDimNum() == 0);
  CHECK(Shape({INT64_MAX, 2}).GetShapeSize() == 0);
  Shape shape({2, 3});
  CHECK(shape.GetDim(1) == 3 && shape.GetDim(2) == 0);
  CHECK(shape.SetDim(1, 5) == ge::GRAPH_SUCCESS && shape.GetDim(1) == 5);
  CHECK(shape.SetDim(2, 5) == ge::GRAPH_FAILED);
}

static void DescriptionsCopyDeeply() {
  TensorDesc desc(Shape({4, 5}), ge::FORMAT_NCHW, ge::DT_FLOAT16);
  TensorDesc copy(desc);
  copy.SetShape(Shape({1}));
  copy.SetName("copy");
  CHECK(desc.GetShape().GetDims() == std::vector<int64_t>({4, 5}));
  AscendString name;
  CHECK(desc.GetName(name) == ge::GRAPH_SUCCESS && name == "");
  CHECK(copy.GetName(name) == ge::GRAPH_SUCCESS && name == "copy");
  CHECK(desc.GetFormat() == ge::FORMAT_NCHW && desc.GetDataType() == ge::DT_FLOAT16 &&
        desc.GetRealDimCnt() == 2);
  Shape alias = desc.GetShape();
  CHECK(alias.SetDim(0, 9) == ge::GRAPH_SUCCESS && desc.GetShape().GetDim(0) == 4);
  CHECK(desc.SetShapeRange({{1, 4}, {5, -1}}) == ge::GRAPH_SUCCESS);
  std::vector<std::pair<int64_t, int64_t>> range;
  CHECK(desc.GetShapeRange(range) == ge::GRAPH_SUCCESS && range.size() == 2 && range[1].second == -1);
  TensorDesc moved(std::move(copy));
  CHECK(moved.GetShape().GetDim(0) == 1);
}

static void TensorsOwnTheirBytes() {
  const TensorDesc desc(Shape({2}), ge::FORMAT_ND, ge::DT_INT32);
  const int32_t values[] = {7, 8};
  Tensor tensor(desc, reinterpret_cast<const uint8_t *>(values), sizeof(values));
  CHECK(tensor.GetSize() == 8 && std::memcmp(tensor.GetData(), values, 8) == 0);
  CHECK(tensor.IsValid() == ge::GRAPH_SUCCESS);
  CHECK(tensor.SetData(std::vector<uint8_t>(3)) == ge::GRAPH_SUCCESS && tensor.IsValid() == ge::GRAPH_FAILED);
  Tensor shared = tensor;
  Tensor clone = tensor.Clone();
  shared.GetData()[0] = 5;
  CHECK(tensor.GetData()[0] == 5 && clone.GetData()[0] == 0);
  CHECK(tensor.SetData(nullptr, 4) == ge::GRAPH_FAILED && tensor.GetSize() == 3);
}

static void TensorsTakeOverMemoryWithItsDeleter() {
  static int freed;
  uint8_t memory[16] = {1};
  {
    Tensor tensor;
    CHECK(tensor.SetData(memory, sizeof(memory), [](uint8_t *) { ++freed; }) == ge::GRAPH_SUCCESS);
    CHECK(tensor.GetData() == memory && tensor.GetSize() == 16);
    Tensor shared = tensor;
  }
  CHECK(freed == 1);
  Tensor tensor;
  CHECK(tensor.ResetData(memory, 8, [](uint8_t *) { ++freed; }) == ge::GRAPH_SUCCESS);
  {
    auto released = tensor.ResetData();
    CHECK(released.get() == memory && tensor.GetData() == nullptr && tensor.GetSize() == 0 && freed == 1);
  }
  CHECK(freed == 2);
}

static void TextsLieBehindTheirHeads() {
  Tensor tensor;
  CHECK(tensor.SetData(std::vector<AscendString>({AscendString("ab"), AscendString("c")})) ==
        ge::GRAPH_SUCCESS);
  ge::StringHead heads[2];
  CHECK(tensor.GetSize() == sizeof(heads) + 3 + 2);
  std::memcpy(heads, tensor.GetData(), sizeof(heads));
  CHECK(heads[0].len == 2 && heads[1].len == 1 && heads[0].addr == sizeof(heads));
  CHECK(std::strcmp(reinterpret_cast<const char *>(tensor.GetData()) + heads[0].addr, "ab") == 0);
  CHECK(std::strcmp(reinterpret_cast<const char *>(tensor.GetData()) + heads[1].addr, "c") == 0);
}

static void TypesHaveSizesAndNames() {
  CHECK(ge::GetSizeInBytes(3, ge::DT_FLOAT) == 12 && ge::GetSizeInBytes(3, ge::DT_INT4) == 2);
  CHECK(ge::GetSizeInBytes(0, ge::DT_INT4) == 0 && ge::GetSizeInBytes(9, ge::DT_UINT1) == 2);
  CHECK(ge::GetSizeInBytes(-1, ge::DT_FLOAT) == -1 && ge::GetSizeInBytes(1, ge::DT_STRING) == -1);
  CHECK(ge::GetSizeInBytes(INT64_MAX, ge::DT_FLOAT) == -1);
  CHECK(ge::TypeUtils::DataTypeToAscendString(ge::DT_BF16) == "DT_BFLOAT16");
  CHECK(ge::TypeUtils::AscendStringToDataType("DT_BFLOAT16") == ge::DT_BF16);
  CHECK(ge::TypeUtils::AscendStringToDataType("float") == ge::DT_UNDEFINED);
  CHECK(ge::TypeUtils::FormatToAscendString(ge::FORMAT_FRACTAL_NZ) == "FRACTAL_NZ");
  CHECK(ge::TypeUtils::AscendStringToFormat("NHWC") == ge::FORMAT_NHWC);
  CHECK(std::string(ge::GetFormatName(ge::FORMAT_NCHW)) == "NCHW");
  const ge::Promote promote({"T1", "T2"});
  CHECK(promote.Syms().size() == 2 && std::string(promote.Syms()[1]) == "T2");
}

int main() {
  StringsCompareByText();
  ShapesKnowTheirSize();
  DescriptionsCopyDeeply();
  TensorsOwnTheirBytes();
  TensorsTakeOverMemoryWithItsDeleter();
  TextsLieBehindTheirHeads();
  TypesHaveSizesAndNames();
  return CheckResult();
}
