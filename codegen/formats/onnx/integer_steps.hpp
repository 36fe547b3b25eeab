// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/onnx/context.hpp>
#include <codegen/formats/onnx/windows.hpp>

#include <functional>

/// Operators of quantized models, as steps of whole numbers.
namespace etch::host::onnx {

/// The weights of a convolution or product, and what is added to its sums.
struct WholeFilters {
  Stored weights;
  std::optional<Array> bias;       ///< in real numbers
  std::optional<Array> sums_bias;  ///< or in steps of the sums
};

// What QDQ and QLinear forms share: values that stand for real numbers, and where the result goes.
Tensor whole_convolution(Context& c, const Live& x, const WholeFilters& filters, const WholeResult& to,
                         Live& like);
Tensor whole_product(Context& c, const Live& x, const WholeFilters& filters, const WholeResult& to,
                     Live& like);
Tensor whole_sum(Context& c, kernels::BinaryKind kind, const Live& a, const Live& b, const WholeResult& to,
                 Live& like);
Tensor whole_sum(Context& c, kernels::BinaryKind kind, const Live& x, const Stored& b, const WholeResult& to,
                 Live& like);
Tensor whole_average(Context& c, const Live& x, const std::vector<WindowAxis>& windows, const WholeResult& to,
                     Live& like);
Tensor whole_mean(Context& c, const Live& x, const std::vector<int>& axes, const WholeResult& to, Live& like);
Tensor whole_softmax(Context& c, const Live& x, int axis, const WholeResult& to, Live& like);
Tensor whole_function(Context& c, const Live& x, const std::function<double(double)>& real,
                      const WholeResult& to, Live& like);
Tensor whole_concat(Context& c, std::vector<Live> parts, int axis, const WholeResult& to, Live& like);

double activation_of(ActivationKind kind, double x);

/// Weights as int8 without a zero point, or nothing where they have one that does not fit.
std::optional<std::vector<std::int8_t>> symmetric_weights(const Stored& weights);
/// The same numbers stored as int8; uint8 lie 128 lower.
std::vector<std::int32_t> int8_numbers(const Array& array);
Quantization int8_quantization(float scale, std::int64_t zero_point, DataType type);

// Operators between DequantizeLinear and QuantizeLinear: each says whether it became a step of whole numbers,
// which takes inputs that stand for real numbers and a result that becomes whole again.
bool whole_convolution(Context& c);
bool whole_gemm(Context& c);
bool whole_mat_mul(Context& c);
bool whole_binary(Context& c, kernels::BinaryKind kind);
bool whole_average(Context& c, const std::vector<WindowAxis>& windows);
bool whole_mean(Context& c, const std::vector<int>& axes, bool keeps_axes = true);
bool whole_softmax(Context& c, const std::vector<int>& axes);
bool whole_function(Context& c, const std::function<double(double)>& real);
bool whole_concat(Context& c, const std::vector<Live>& parts, int axis);

}  // namespace etch::host::onnx
