// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/tflite/graph_writer.hpp>
#include <etch/ops/op_list.hpp>

#include <cmath>
#include <limits>
#include <optional>

namespace etch::host::tflite {

/// The activation that holds results between these stored numbers. Refuses bounds that none gives.
FusedActivation activation_of(const int8::Bounds& bounds, const Quantization& result, ElementType type);
/// The scale that fulfils a condition, beside the real number that it is near to.
template <class Condition>
std::optional<float> scale_near(double real, Condition&& holds) {
  constexpr float most = std::numeric_limits<float>::infinity();
  float below = static_cast<float>(real), above = below;
  for (int i = 0; i < 4; ++i, below = std::nextafter(below, 0.0f), above = std::nextafter(above, most))
    for (const float scale : {below, above})
      if (std::isfinite(scale) && scale > 0 && holds(scale)) return scale;
  return {};
}
/// How windows lie along an axis.
struct Axis {
  int in, out, kernel, stride, dilation, before;
  int reach() const { return (kernel - 1) * dilation + 1; }
};
/// Whether windows are padded as the format's `SAME`, or its `VALID`; nothing where they are as neither.
std::optional<bool> is_same_padding(const std::array<Axis, 2>& axes);

// The operators of each op's steps.
void write_convolution(GraphWriter& to, const Step& step);
void write_pool(GraphWriter& to, const Step& step);
void write_average(GraphWriter& to, const Step& step);
void write_pad(GraphWriter& to, const Step& step);
void write_binary(GraphWriter& to, const Step& step);
void write_concatenation(GraphWriter& to, const Step& step);
void write_permute(GraphWriter& to, const Step& step);
void write_table(GraphWriter& to, const Step& step);
void write_requantize(GraphWriter& to, const Step& step);
void write_gate(GraphWriter& to, const Step& step);
void write_leaky_relu(GraphWriter& to, const Step& step);
void write_softmax(GraphWriter& to, const Step& step);
void write_quantize(GraphWriter& to, const Step& step);
void write_dequantize(GraphWriter& to, const Step& step);

}  // namespace etch::host::tflite
