// SPDX-License-Identifier: BSL-1.0
// QuantizeLinear and DequantizeLinear, and what of QLinear operators is computed between them.
#include <codegen/formats/onnx/integer_steps.hpp>
#include <codegen/formats/onnx/operators.hpp>
#include <codegen/int8/conversions.hpp>
#include <codegen/int8/functions.hpp>

#include <algorithm>
#include <cmath>

namespace etch::host::onnx {

Quantization int8_quantization(float scale, std::int64_t zero_point, DataType type) {
  return {scale, static_cast<std::int32_t>(zero_point - (type == DataType::uint8 ? 128 : 0))};
}

namespace {

/// The quantization that two inputs name: a scale, and a zero point that may be missing.
struct Named {
  Quantization quantization;
  DataType type = DataType::uint8;
};

Named named(Context& c, int scale, int zero, DataType otherwise) {
  Named n;
  const float s = c.number(scale, "scale");
  c.require(std::isfinite(s) && s > 0, "has a scale that is no positive number");
  n.type = otherwise;
  std::int64_t zero_point = 0;
  if (c.has_input(zero)) {
    const Array& z = c.constant(zero, "zero point");
    c.require(z.elements() == 1, "has a zero point for each channel of a value, which is not supported");
    n.type = z.type;
    zero_point = integers(z)[0];
  }
  c.require(n.type == DataType::int8 || n.type == DataType::uint8,
            "quantizes to another type than int8 or uint8, which is not supported");
  n.quantization = int8_quantization(s, zero_point, n.type);
  return n;
}

/// Scales and zero points of a constant.
Stored stored_of(Context& c, const Array& array, int scale, int zero, int axis) {
  Stored stored{array, floats(c.constant(scale, "scale")), {}, 0};
  c.require(!c.has("block_size") || c.integer("block_size", 0) == 0,
            "has scales of blocks, which is not supported");
  if (c.has_input(zero)) stored.zeros = integers(c.constant(zero, "zero point"));
  if (stored.zeros.empty()) stored.zeros.assign(stored.scales.size(), 0);
  c.require(!stored.scales.empty() && stored.zeros.size() == stored.scales.size(),
            "is damaged: it has not a zero point for each scale");
  for (const float s : stored.scales) c.require(std::isfinite(s) && s >= 0, "has a scale that is no number");
  if (stored.scales.size() > 1) {
    stored.axis = c.axis_of(axis, array.dims.size());
    c.require(
        array.dims[static_cast<std::size_t>(stored.axis)] == static_cast<std::int64_t>(stored.scales.size()),
        "is damaged: it has not a scale for each channel");
  }
  return stored;
}

}  // namespace

void fold_dequantize(Context& c) {
  const Array& array = c.constant(0, "x");
  c.require(!is_real(array.type), "is damaged: what it makes real is real");
  Known y;
  y.stored =
      std::make_shared<const Stored>(stored_of(c, array, 1, 2, static_cast<int>(c.integer("axis", 1))));
  c.define_known(std::move(y));
}

void fold_quantize(Context& c) {
  const Array& x = c.constant(0, "x");
  const Stored s = stored_of(c, x, 1, 2, static_cast<int>(c.integer("axis", 1)));
  const DataType type = c.has_input(2) ? c.constant(2, "zero point").type : DataType::uint8;
  c.require(type == DataType::int8 || type == DataType::uint8,
            "quantizes to another type than int8 or uint8");
  std::int64_t inner = 1;
  for (std::size_t i = static_cast<std::size_t>(s.axis) + 1; i < x.dims.size(); ++i) inner *= x.dims[i];
  const double lowest = type == DataType::int8 ? -128 : 0, highest = lowest + 255;
  std::vector<double> numbers = reals(x);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::size_t k = i / static_cast<std::size_t>(std::max<std::int64_t>(inner, 1)) % s.scales.size();
    c.require(s.scales[k] > 0, "has a scale that is no positive number");
    const double steps = std::nearbyint(numbers[i] / static_cast<double>(s.scales[k]));
    numbers[i] = std::clamp(std::isnan(steps) ? 0 : steps + static_cast<double>(s.zeros[k]), lowest, highest);
  }
  c.define(array_of(numbers, x.dims, type));
}

void import_dequantize(Context& c) {
  Live x = c.stored(0);
  c.require(c.value(x.tensor).type == ElementType::i8, "makes values real that are not of int8 or uint8");
  const Named n = named(c, 1, 2, x.type);
  c.require(n.type == x.type, "is damaged: its zero point is of another type than its input");
  x.stands_for = n.quantization;
  x.type = DataType::float32;
  c.define(x);
}

void import_quantize(Context& c) {
  Live x = c.stored(0);
  const Named n = named(c, 1, 2, DataType::uint8);
  Live y = x;
  if (x.stands_for) {
    if (*x.stands_for != n.quantization)
      y.tensor = c.add_step(
          int8::function(ElementType::i8, *x.stands_for, n.quantization, [](double v) { return v; }),
          x.tensor.shape, {&x.tensor, 1});
  } else {
    x = c.as_real(x);
    y.tensor =
        c.add_step(int8::quantize(n.quantization, ElementType::i8, true), x.tensor.shape, {&x.tensor, 1});
  }
  y.stands_for = n.quantization;
  y.type = n.type;
  if (c.has_output(0)) c.note_once(y, c.node().outputs[0]);
  y.stands_for.reset();
  c.define(y);
}

namespace {

/// A value of int8 or uint8 that stands for real numbers: an input with its scale and zero point.
Live standing(Context& c, int x, int scale, int zero) {
  Live value = c.stored(x);
  c.require(c.value(value.tensor).type == ElementType::i8, "takes values that are not of int8 or uint8");
  value.stands_for = named(c, scale, zero, value.type).quantization;
  return value;
}

Stored stored_input(Context& c, int x, int scale, int zero, int axis) {
  const Array& array = c.constant(x, "weights");
  c.require(bytes_of(array.type) == 1, "needs weights of int8 or uint8");
  return stored_of(c, array, scale, zero, axis);
}

WholeResult result_of(Context& c, int scale, int zero, DataType type) {
  const Named n = named(c, scale, zero, type);
  return {c.has_output(0) ? c.node().outputs[0] : "", n.quantization, n.type, {}, {}};
}

}  // namespace

void import_qlinear_convolution(Context& c) {
  const Live x = standing(c, 0, 1, 2);
  const std::int64_t groups = c.integer("group", 1);
  c.require(x.rank() >= 3 && x.rank() <= 4 && (groups == 1 || groups == x.dims[1]),
            "has groups of channels or spatial axes that are not supported in whole numbers");
  WholeFilters filters{stored_input(c, 3, 4, 5, 0), {}, {}};
  if (c.has_input(8)) filters.sums_bias = c.constant(8, "bias");
  const WholeResult to = result_of(c, 6, 7, x.type);
  Live like;
  const Tensor y = whole_convolution(c, x, filters, to, like);
  c.define_whole(to, like, y);
}

void import_qlinear_mat_mul(Context& c) {
  const WholeFilters filters{stored_input(c, 3, 4, 5, 1), {}, {}};
  const Live x = standing(c, 0, 1, 2);
  const WholeResult to = result_of(c, 6, 7, x.type);
  Live like;
  const Tensor y = whole_product(c, x, filters, to, like);
  c.define_whole(to, like, y);
}

void import_qlinear_binary(Context& c) {
  const auto kind = c.node().op == "QLinearMul" ? kernels::BinaryKind::multiply : kernels::BinaryKind::add;
  const int first = c.is_constant(0) ? 3 : 0, second = 3 - first;
  const Live a = standing(c, first, first + 1, first + 2);
  const WholeResult to = result_of(c, 6, 7, a.type);
  Live like;
  const Tensor y = c.is_constant(second)
                       ? whole_sum(c, kind, a, stored_input(c, second, second + 1, second + 2, 0), to, like)
                       : whole_sum(c, kind, a, standing(c, second, second + 1, second + 2), to, like);
  c.define_whole(to, like, y);
}

/// QLinearAveragePool and QLinearGlobalAveragePool.
void import_qlinear_pool(Context& c) {
  c.require(c.integer("channels_last", 0) == 0, "has its channels last, which is not supported");
  const Live x = standing(c, 0, 1, 2);
  const WholeResult to = result_of(c, 3, 4, x.type);
  Live like;
  Tensor y;
  if (c.node().op == "QLinearGlobalAveragePool") {
    std::vector<int> axes;
    for (int i = 2; i < x.rank(); ++i) axes.push_back(i);
    y = whole_mean(c, x, axes, to, like);
  } else {
    c.require(c.integer("count_include_pad", 0) == 0,
              "counts its padding, which is not supported in whole numbers");
    const auto kernel = c.list("kernel_shape");
    if (!kernel) c.refuse("is damaged: it names no window");
    y = whole_average(c, x, windows_of(c, x.dims, *kernel), to, like);
  }
  c.define_whole(to, like, y);
}

/// QLinearSigmoid and QLinearLeakyRelu.
void import_qlinear_function(Context& c) {
  const Live x = standing(c, 0, 1, 2);
  const WholeResult to = result_of(c, 3, 4, x.type);
  const double alpha = c.real("alpha", 0.01f);
  Live like;
  const Tensor y = c.node().op == "QLinearSigmoid"
                       ? whole_function(
                             c, x, [](double v) { return 1 / (1 + std::exp(-v)); }, to, like)
                       : whole_function(
                             c, x, [&](double v) { return v < 0 ? alpha * v : v; }, to, like);
  c.define_whole(to, like, y);
}

void import_qlinear_softmax(Context& c) {
  const Live x = standing(c, 0, 1, 2);
  const WholeResult to = result_of(c, 3, 4, x.type);
  const int axis = c.axis_of(c.integer("axis", -1), x.dims.size());
  c.require(c.integer("opset", 13) >= 13 || axis == x.rank() - 1,
            "is over several axes, which is not supported");
  Live like;
  const Tensor y = whole_softmax(c, x, axis, to, like);
  c.define_whole(to, like, y);
}

/// Y_scale, Y_zero_point, then a tensor, scale and zero point each.
void import_qlinear_concat(Context& c) {
  std::vector<Live> parts;
  for (int k = 2; k + 2 < c.inputs(); k += 3) parts.push_back(standing(c, k, k + 1, k + 2));
  c.require(!parts.empty(), "is damaged: it joins nothing");
  const WholeResult to = result_of(c, 0, 1, parts[0].type);
  Live like;
  const Tensor y = whole_concat(c, parts, c.axis_of(c.integer("axis", 1), parts[0].dims.size()), to, like);
  c.define_whole(to, like, y);
}

/// A, scale, zero point, B, scale, zero point, C as int32, and where the result is whole its scale and zero
/// point.
void import_qlinear_gemm(Context& c) {
  const bool transposes = c.integer("transB", 0) != 0;
  c.require(c.integer("transA", 0) == 0 && c.real("alpha", 1) == 1,
            "transposes or scales its input, which is not supported");
  c.require(c.dims(3).size() == 2, "needs matrices");
  Stored weights = stored_input(c, 3, 4, 5, transposes ? 0 : 1);
  if (transposes) {
    weights.array = transposed(weights.array, {1, 0});
    weights.axis = 1;
  }
  WholeFilters filters{weights, {}, {}};
  if (c.has_input(6)) filters.sums_bias = c.constant(6, "bias");
  const Live x = standing(c, 0, 1, 2);
  c.require(c.has_input(7), "gives real numbers of whole ones, which is not supported");
  const WholeResult to = result_of(c, 7, 8, x.type);
  Live like;
  const Tensor y = whole_product(c, x, filters, to, like);
  c.define_whole(to, like, y);
}

}  // namespace etch::host::onnx
