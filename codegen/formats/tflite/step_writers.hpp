// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/tflite/graph_writer.hpp>
#include <etch/ops/op_list.hpp>

namespace etch::host::tflite {

/// The activation that holds results between these stored numbers. Refuses bounds that none gives.
FusedActivation activation_of(const int8::Bounds& bounds, const Quantization& result);
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
void write_softmax(GraphWriter& to, const Step& step);
void write_quantize(GraphWriter& to, const Step& step);
void write_dequantize(GraphWriter& to, const Step& step);

}  // namespace etch::host::tflite
