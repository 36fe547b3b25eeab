// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/dilation.hpp>
#include <codegen/model/constant_array.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace etch::host::tflite {

namespace {

constexpr int most_block = 4096;

class Merging {
 public:
  explicit Merging(File& file) : file_(file) {}

  void run() {
    for (FileOperator& op : file_.operators)
      if (op.kind == OperatorKind::space_to_batch_nd) merge(op);
  }

 private:
  const FileTensor& tensor(int number) const { return file_.tensors[static_cast<std::size_t>(number)]; }

  /// The only operator that reads a tensor, as its first input; null where there is none.
  FileOperator* reader_of(int number) {
    if (std::ranges::find(file_.outputs, number) != file_.outputs.end()) return nullptr;
    FileOperator* found = nullptr;
    for (FileOperator& op : file_.operators)
      for (std::size_t i = 0; i < op.inputs.size(); ++i) {
        if (op.inputs[i] != number) continue;
        if (found || i > 0) return nullptr;
        found = &op;
      }
    return found;
  }

  /// `N` small numbers of a constant.
  template <std::size_t N>
  std::optional<std::array<int, N>> numbers(const FileOperator& op, std::size_t i) const {
    if (op.inputs.size() <= i || op.inputs[i] < 0) return {};
    const FileTensor& t = tensor(op.inputs[i]);
    if (!t.constant() || t.kind != ElementKind::int32 || t.elements() != static_cast<int>(N)) return {};
    std::array<int, N> found{};
    std::ranges::copy(numbers_in<std::int32_t>(t.data), found.begin());
    const bool small = std::ranges::all_of(found, [](int n) { return n >= 0 && n <= most_block; });
    return small ? std::optional(found) : std::nullopt;
  }

  static bool plain(const FileOptions& o) {
    return !o.same_padding && o.stride_height == 1 && o.stride_width == 1 && o.dilation_height == 1 &&
           o.dilation_width == 1;
  }

  void merge(FileOperator& apart) {
    if (apart.inputs.empty() || apart.inputs[0] < 0 || apart.outputs.size() != 1) return;
    FileOperator* const convolution = reader_of(apart.outputs[0]);
    if (!convolution || convolution->outputs.size() != 1 || !plain(convolution->options)) return;
    if (convolution->kind != OperatorKind::conv_2d && convolution->kind != OperatorKind::depthwise_conv_2d)
      return;
    FileOperator* const together = reader_of(convolution->outputs[0]);
    if (!together || together->kind != OperatorKind::batch_to_space_nd || together->outputs.size() != 1)
      return;
    const auto block = numbers<2>(apart, 1), again = numbers<2>(*together, 1);
    const auto pads = numbers<4>(apart, 2), crops = numbers<4>(*together, 2);
    if (!block || !pads || !crops || block != again || (*block)[0] < 1 || (*block)[1] < 1) return;
    FileOptions& o = convolution->options;
    o.dilation_height = (*block)[0];
    o.dilation_width = (*block)[1];
    o.explicit_padding = true;
    o.top = (*pads)[0] - (*crops)[0];
    o.left = (*pads)[2] - (*crops)[2];
    convolution->inputs[0] = apart.inputs[0];
    convolution->outputs = together->outputs;
    apart.merged = together->merged = true;
  }

  File& file_;
};

}  // namespace

void merge_dilations(File& file) { Merging(file).run(); }

}  // namespace etch::host::tflite
