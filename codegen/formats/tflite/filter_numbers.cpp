// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/filter_numbers.hpp>

namespace etch::host::tflite {

void require_filtered(const Context& c, const FilterInputs& at) {
  const FileTensor &x = c.input(at.x), &y = c.output();
  c.require(is_int8(c.input(at.weights)) && x.kind == y.kind && (is_int16(x) || is_int8(x)),
            "is supported with int8 weights, and inputs and results of int8 or both of int16, only");
  if (is_int8(x)) return;
  c.require_symmetric(x);
  c.require_symmetric(y);
}

std::vector<double> filter_scales(const Context& c, const FilterInputs& at, int axis) {
  const FileTensor& w = c.input(at.weights);
  const float from = c.quantization(c.input(at.x)).scale, to = c.quantization(c.output()).scale;
  const int filters = w.shape[static_cast<std::size_t>(axis)], count = w.scale_count();
  c.require(count == 1 || (count == filters && w.quantized_dimension == axis),
            "needs weights with one scale, or one for each filter");
  // Fully connected layers with one scale, and all of uint8, multiply it in float, the others in double.
  const bool in_float = (c.op().kind == OperatorKind::fully_connected || w.shifted) && count == 1;
  std::vector<double> scales;
  for (int f = 0; f < count; ++f) {
    c.require(c.quantization(w, f).zero_point == 0 || count == 1,
              "has weights with a zero point for each filter, which is not supported");
    const double product = in_float ? static_cast<double>(from * w.scale(f))
                                    : static_cast<double>(from) * static_cast<double>(w.scale(f));
    scales.push_back(product / static_cast<double>(to));
  }
  return scales;
}

std::vector<std::int64_t> filter_biases(const Context& c, const FilterInputs& at, std::size_t filters) {
  if (!c.has_input(at.bias)) return std::vector<std::int64_t>(filters);
  const FileTensor& bias = c.input(at.bias);
  const bool wide = is_int16(c.input(at.x));
  c.require(bias.constant() && bias.kind == (wide ? ElementKind::int64 : ElementKind::int32),
            wide ? "needs constant int64 numbers as its bias beside int16 inputs"
                 : "needs constant int32 numbers as its bias");
  c.require(bias.elements() == static_cast<int>(filters),
            "is damaged: its bias has not a number for each filter");
  return *c.known_numbers(c.input_number(at.bias));
}

}  // namespace etch::host::tflite
