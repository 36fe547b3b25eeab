// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/tflite/graph_writer.hpp>
#include <etch/ops/op_list.hpp>

namespace etch::host::tflite {

/// The activation that holds results between these stored numbers. Refuses bounds that none gives.
FusedActivation activation_of(const int8::Bounds& bounds, const Quantization& result);
/// Whether windows are padded as the format's `SAME`; refuses what is neither that nor `VALID`. An axis is
/// (extent, extent of the result, kernel, stride, dilation, places before).
using Axis = std::array<int, 6>;
bool is_same_padding(const std::vector<Axis>& axes);

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
