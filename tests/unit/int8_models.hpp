// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>
#include <etch/ops/op_list.hpp>

#include <cstring>
#include <random>

namespace etch::test {

/// Makes quantized models of random numbers, step by step, as importers make them.
class Int8Models {
 public:
  explicit Int8Models(unsigned seed) : builder_(std::make_unique<Builder>()), engine_(seed) {}

  int between(int low, int high) {
    return low + static_cast<int>(engine_() % static_cast<unsigned>(high - low + 1));
  }
  bool one_in(int n) { return between(1, n) == 1; }

  Tensor input(const Shape& shape, ElementType type = ElementType::i8) {
    const Tensor x = builder_->input(shape, nullptr, 0);
    builder_->set_type(x, type);
    zero_point_ = between(-128, 127);
    return x;
  }

  /// Filters of which some have no weights or saturate, and that do not look at some channels.
  Tensor convolution(const Tensor& x, int filters, int kernel, int stride, bool same) {
    const auto [attributes, out] = windows(x.shape, filters, kernel, stride, same);
    const int taps = kernel * kernel * x.shape.last(), row = kernels::int8_row_bytes(taps);
    std::vector<bool> blind;
    for (int c = 0; c < x.shape.last(); ++c) blind.push_back(one_in(6));
    std::vector<std::int8_t> w(static_cast<std::size_t>(filters * row));
    for (int f = 0; f < filters; ++f) {
      const bool empty = one_in(3);
      for (int t = 0; t < taps && !empty; ++t)
        if (!blind[static_cast<std::size_t>(t % x.shape.last())] && !one_in(3))
          w[static_cast<std::size_t>(f * row + t)] = byte();
    }
    return step<ops::QuantizedConvolution>(
        attributes, {x}, out, ElementType::i8,
        {parameter(w), filter_numbers(filters), scales(filters, taps), io()});
  }
  /// One to four convolutions. \param most_filters of those behind the first \param strides whether these may
  /// leave pixels out
  Tensor random_convolutions(int most_filters, bool strides) {
    Tensor x = convolution(input({between(1, 7), between(1, 7), between(1, 9)}), between(1, 9), 3, 1, true);
    for (int i = between(0, 3); i > 0; --i)
      x = convolution(x, between(1, most_filters), one_in(2) ? 1 : 3, strides && one_in(3) ? 2 : 1, true);
    return x;
  }
  /// Two filters of 1x1 of which the first gives one number everywhere: what the padding behind it reads, or
  /// another.
  Tensor constant_channel(const Tensor& x, bool like_padding) {
    const int row = kernels::int8_row_bytes(x.shape.last());
    std::vector<std::int8_t> w(static_cast<std::size_t>(2 * row));
    w[static_cast<std::size_t>(row)] = 100;
    const std::vector<std::int32_t> bias{like_padding ? 0 : 9000, 0}, scale{1 << 30, -6, 1 << 30, -6};
    const kernels::Int8Io numbers{5, 7, -128, 127};
    return step<ops::QuantizedConvolution>(ops::QuantizedConvolution::Attributes{}, {x},
                                           {x.shape[0], x.shape[1], 2}, ElementType::i8,
                                           {parameter(w), parameter(bias), parameter(scale), words(numbers)});
  }
  /// A padded filter of 3x3 with weights for all channels; padding reads 7.
  Tensor convolution_reading(const Tensor& x) {
    const int taps = 9 * x.shape.last(), row = kernels::int8_row_bytes(taps);
    std::vector<std::int8_t> w(static_cast<std::size_t>(row));
    for (int t = 0; t < taps; ++t) w[static_cast<std::size_t>(t)] = static_cast<std::int8_t>(t + 1);
    const auto [attributes, out] = windows(x.shape, 1, 3, 1, true);
    return step<ops::QuantizedConvolution>(
        attributes, {x}, out, ElementType::i8,
        {parameter(w), parameter(std::vector<std::int32_t>{50}),
         parameter(std::vector<std::int32_t>{1 << 30, -7}), words(kernels::Int8Io{7, 0, -128, 127})});
  }
  Tensor depthwise(const Tensor& x, int multiplier, int kernel, int stride, bool same) {
    const int filters = x.shape.last() * multiplier;
    const auto [attributes, out] = windows(x.shape, filters, kernel, stride, same);
    return step<ops::QuantizedDepthwiseConvolution>(
        attributes, {x}, out, ElementType::i8,
        {parameter(bytes(filters * kernel * kernel)), filter_numbers(filters),
         scales(filters, kernel * kernel), io()});
  }
  Tensor dense(const Tensor& x, int units) {
    const Tensor flat = as(x, {x.shape.size()});
    return convolution(flat, units, 1, 1, false);
  }
  Tensor sum(const Tensor& a, const Tensor& b) {
    std::array<int, 4> extent{1, 1, 1, a.shape.size()};
    const kernels::Int8BinaryNumbers numbers{
        between(-128, 127), between(-128, 127), between(-60, 60), -128, 127,
        {1 << 30, 0},       {1518500250, 0},    {1 << 30, -19}};
    return step<ops::QuantizedBinary>(kernels::broadcast(kernels::BinaryKind::add, 1, extent, extent, extent),
                                      {a, b}, a.shape, ElementType::i8, {words(numbers)});
  }
  /// A quotient, or a squared difference, of two values of one shape.
  Tensor combine(kernels::BinaryKind kind, const Tensor& a, const Tensor& b) {
    const std::array<int, 4> extent{1, 1, 1, a.shape.size()};
    const bool quotient = kind == kernels::BinaryKind::divide;
    const kernels::Int8BinaryNumbers numbers{
        between(-128, 127), between(-128, 127),           between(-60, 60), -128, 127, {1 << 30, 0},
        {1 << 30, 0},       {1 << 30, quotient ? 5 : -21}};
    return step<ops::QuantizedBinary>(kernels::broadcast(kind, 1, extent, extent, extent), {a, b}, a.shape,
                                      ElementType::i8, {words(numbers)});
  }
  /// An alpha for each of the last axis.
  Tensor prelu(const Tensor& x) {
    const kernels::QuantizedPReluNumbers numbers{between(-60, 60), 3, 0, -128, 127, {1 << 30, 0},
                                                 {1 << 30, -7}};
    return step<ops::QuantizedPReLU>(ops::QuantizedPReLU::Attributes{x.shape.last()}, {x}, x.shape,
                                     ElementType::i8, {parameter(bytes(x.shape.last())), words(numbers)});
  }
  /// As int16, by a dense layer of int16, tanh, softmax, and back.
  Tensor through_int16(const Tensor& x, int units) {
    const kernels::RequantizeNumbers up{5, 0, -32768, 32767, {1 << 30, 9}};
    const Tensor wide =
        step<ops::Requantize>(ops::Requantize::Attributes{}, {x}, x.shape, ElementType::i16, {words(up)});
    const int row = kernels::int8_row_bytes(x.shape.size());
    std::vector<std::int8_t> w(static_cast<std::size_t>(units * row));
    for (std::int8_t& weight : w)
      if ((&weight - w.data()) % row < x.shape.size()) weight = byte();
    ops::QuantizedConvolution::Attributes attributes;
    attributes.wide = 1;
    attributes.per_channel = 0;
    const kernels::Int8Io io{0, 0, -32768, 32767};
    const Tensor y = step<ops::QuantizedConvolution>(
        attributes, {as(wide, {x.shape.size()})}, {units}, ElementType::i16,
        {parameter(w), parameter(std::vector<std::int32_t>(static_cast<std::size_t>(2 * units))),
         parameter(std::vector<std::int32_t>{1 << 30, -8}), words(io)});
    const Tensor gate =
        step<ops::Int16Gate>(ops::Int16Gate::Attributes{1}, {y}, y.shape, ElementType::i16,
                             {parameter(sigmoid_table()), parameter(std::vector<std::int32_t>{3, 0})});
    std::vector<std::int16_t> exp, inverse;
    for (int i = 0; i < kernels::int16_table_size; ++i) {
      exp.push_back(static_cast<std::int16_t>(i * 63));
      inverse.push_back(static_cast<std::int16_t>(32767 - i * 31));
    }
    const Tensor shares = step<ops::Int16Softmax>(
        ops::Int16Softmax::Attributes{}, {gate}, gate.shape, ElementType::i16,
        {parameter(std::vector<std::int32_t>{1 << 30, 1}), parameter(exp), parameter(inverse)});
    return requantize(shares);
  }
  Tensor pool(const Tensor& x, bool average) {
    return pool(x, {average ? kernels::PoolKind::average : kernels::PoolKind::max, x.shape[0], x.shape[1],
                    x.shape[2], (x.shape[0] + 1) / 2, (x.shape[1] + 1) / 2, 2, 2, 2, 2});
  }
  Tensor pool(const Tensor& x, const kernels::Pool& p) {
    const Shape out{p.out_height, p.out_width, p.channels};
    if (p.kind == kernels::PoolKind::max) return step<ops::Pool>(p, {x}, out, ElementType::i8, {});
    return step<ops::QuantizedPool>(p, {x}, out, ElementType::i8, {io()});
  }
  Tensor table(const Tensor& x) { return table(x, bytes(256)); }
  Tensor table(const Tensor& x, const std::vector<std::int8_t>& numbers) {
    return step<ops::Int8Table>(ops::Int8Table::Attributes{}, {x}, x.shape, ElementType::i8,
                                {parameter(numbers)});
  }
  /// Of the last value that was made, as the next convolution reads it.
  int zero_point() const { return zero_point_; }
  Tensor pad(const Tensor& x) { return pad(x, byte()); }
  Tensor pad(const Tensor& x, std::int8_t filling) {
    const kernels::Pad p{x.shape[0], x.shape[1], x.shape[2], x.shape[0] + 2, x.shape[1] + 1, 1, 0};
    return step<ops::Pad>(p, {x}, {p.out_height, p.out_width, p.channels}, ElementType::i8,
                          {parameter(std::vector<std::int8_t>{filling})});
  }
  /// Joins along the first axis, or the last.
  Tensor concatenate(const std::vector<Tensor>& x, int axis) {
    ops::Concatenate::Attributes attributes{.axis = axis, .inputs = static_cast<int>(x.size())};
    Shape out = x[0].shape;
    out.dim[static_cast<std::size_t>(axis)] = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
      attributes.extent[k] = x[k].shape[axis];
      out.dim[static_cast<std::size_t>(axis)] += x[k].shape[axis];
    }
    return step<ops::Concatenate>(attributes, x, out, ElementType::i8, {});
  }
  /// `extent` places of one axis.
  Tensor slice(const Tensor& x, int axis, int begin, int extent) {
    ops::Slice::Attributes attributes;
    Shape out = x.shape;
    out.dim[static_cast<std::size_t>(axis)] = extent;
    int inner = 1;
    for (int i = x.shape.rank - 1; i >= 0; inner *= x.shape[i--]) {
      const auto at = static_cast<std::size_t>(Shape::max_rank - x.shape.rank + i);
      attributes.walk.extent[at] = out[i];
      attributes.walk.stride[at] = inner;
      if (i == axis) attributes.first = begin * inner;
    }
    return step<ops::Slice>(attributes, {x}, out, ElementType::i8, {});
  }
  Tensor softmax(const Tensor& x, bool wide = false) {
    const kernels::Int8SoftmaxNumbers numbers{{1 << 30, 23}, -200};
    return step<ops::Int8Softmax>(ops::Int8Softmax::Attributes{wide ? 1 : 0}, {x}, x.shape,
                                  wide ? ElementType::i16 : ElementType::i8, {words(numbers)});
  }
  Tensor requantize(const Tensor& x) {
    const kernels::RequantizeNumbers numbers{-32768, 0, -128, 127, {1 << 30, -7}};
    return step<ops::Requantize>(ops::Requantize::Attributes{}, {x}, x.shape, ElementType::i8,
                                 {words(numbers)});
  }
  Tensor quantize(const Tensor& x) {
    return step<ops::Quantize>(ops::Quantize::Attributes{}, {x}, x.shape, ElementType::i8, unit());
  }
  Tensor dequantize(const Tensor& x) {
    return step<ops::Dequantize>(ops::Dequantize::Attributes{}, {x}, x.shape, ElementType::real, unit());
  }
  /// Of real numbers: from `a` where the condition is not 0, else from `b`.
  Tensor select(const Tensor& condition, const Tensor& a, const Tensor& b) {
    const int n = condition.shape.size();
    return step<ops::Select>(kernels::Select{n, n}, {condition, a, b}, a.shape, ElementType::real, {});
  }
  Tensor lstm(const Tensor& x, int units) {
    const int row_in = kernels::int8_row_bytes(x.shape[1]), row_units = kernels::int8_row_bytes(units);
    kernels::Int8LstmNumbers numbers;
    for (int g = 0; g < 4; ++g) numbers.input[g] = numbers.recurrent[g] = {1 << 30, 1};
    numbers.keep = numbers.add = {1 << 30, -14};
    numbers.output = {1 << 30, -22};
    const Tensor states[]{builder_->state(units, 0, ElementType::i8),
                          builder_->state(units, 0, ElementType::i16)};
    return step<ops::Int8Lstm>(
        ops::Int8Lstm::Attributes{}, {x, states[0], states[1]}, {x.shape[0], units}, ElementType::i8,
        {parameter(bytes(4 * units * row_in)), parameter(bytes(4 * units * row_units)),
         filter_numbers(4 * units), filter_numbers(4 * units), words(numbers), parameter(sigmoid_table())});
  }
  Tensor svdf(const Tensor& x, int units, int memory) {
    const Tensor state = builder_->state(units * memory, 0, ElementType::i8);
    const int row = kernels::int8_row_bytes(x.shape.size());
    const kernels::Int8SvdfNumbers numbers{{1 << 30, -7}, {1 << 30, -6}, 3, 5};
    const Tensor y =
        step<ops::Int8Svdf>(ops::Int8Svdf::Attributes{1, memory}, {x, state}, {units}, ElementType::i8,
                            {parameter(bytes(units * row)), filter_numbers(units),
                             parameter(bytes(units * memory)), filter_numbers(units), words(numbers)});
    return y;
  }
  /// One of real numbers.
  Tensor real_svdf(const Tensor& x, int units, int memory) {
    const Tensor state = builder_->state(units * memory, 0);
    const auto numbers = [](int n) {
      return parameter(std::vector<float>(static_cast<std::size_t>(n), 0.5f));
    };
    const Tensor y =
        step<ops::Svdf>(ops::Svdf::Attributes{1, memory}, {x, state}, {units}, ElementType::real,
                        {numbers(units * x.shape.size()), numbers(units * memory), numbers(units)});
    return y;
  }
  /// To three rows and columns, of the nearest.
  Tensor resample(const Tensor& x) {
    const std::vector<std::int32_t> places{0, 0, 1};
    return step<ops::Resample>(
        kernels::Resample{kernels::ResizeKind::nearest, x.shape[0], x.shape[1], x.shape[2], 3, 3}, {x},
        {3, 3, x.shape[2]}, ElementType::i8, {parameter(places), parameter(places)});
  }
  static Tensor as(Tensor x, const Shape& shape) {
    x.shape = shape;
    return x;
  }

  host::ImportedModel model(const std::vector<Tensor>& outputs) {
    for (const Tensor& y : outputs) builder_->output(y, 0);
    builder_->finish(0);
    const int parameters = builder_->graph.parameters.count;
    for (host::SourceOperator& op : model_.operators) op.results[0] += parameters;
    model_.name = "random";
    model_.values.resize(static_cast<std::size_t>(builder_->graph.values.count));
    model_.graph = std::make_unique<Graph<declaration_capacity>>(builder_->graph);
    return std::move(model_);
  }
  const Fault& fault() const { return builder_->graph.fault; }
  std::vector<std::byte> sample(std::size_t bytes) {
    std::vector<std::byte> x(bytes);
    for (std::byte& b : x) b = static_cast<std::byte>(engine_() & 0xff);
    return x;
  }

 private:
  struct Numbers {
    Parameter parameter;
    std::vector<std::byte> bytes;
  };
  template <class T>
  static Numbers parameter(const std::vector<T>& numbers) {
    constexpr ElementType type = sizeof(T) == 1   ? ElementType::i8
                                 : sizeof(T) == 2 ? ElementType::i16
                                                  : ElementType::i32;
    Numbers n{{.shape = {static_cast<int>(numbers.size())},
               .type = std::is_floating_point_v<T> ? ElementType::real : type},
              {}};
    n.bytes.resize(numbers.size() * sizeof(T));
    std::memcpy(n.bytes.data(), numbers.data(), n.bytes.size());
    return n;
  }
  template <class T>
  static Numbers words(const T& numbers) {
    std::vector<std::int32_t> list(sizeof(T) / 4);
    std::memcpy(list.data(), &numbers, sizeof(T));
    return parameter(list);
  }
  static std::vector<Numbers> unit() {
    return {parameter(std::vector<float>{0.05f}), parameter(std::vector<std::int32_t>{-3})};
  }
  static std::vector<std::uint16_t> sigmoid_table() {
    std::vector<std::uint16_t> sigmoid;
    for (int i = 0; i < 256; ++i) sigmoid.push_back(static_cast<std::uint16_t>(32768 + 128 * i));
    return sigmoid;
  }
  std::int8_t byte() { return static_cast<std::int8_t>(between(-128, 127)); }
  std::vector<std::int8_t> bytes(int n) {
    std::vector<std::int8_t> list;
    for (int i = 0; i < n; ++i) list.push_back(byte());
    return list;
  }
  /// Biases; one in six so large that its filter saturates.
  Numbers filter_numbers(int filters) {
    std::vector<std::int32_t> bias;
    for (int f = 0; f < filters; ++f)
      bias.push_back(one_in(6) ? between(-1, 1) * (1 << 26) : between(-4000, 4000));
    return parameter(bias);
  }
  Numbers scales(int filters, int taps) {
    int shift = -6;
    for (int n = 1; n < taps; n *= 4) --shift;
    std::vector<std::int32_t> list;
    for (int f = 0; f < filters; ++f) list.insert(list.end(), {between(1 << 30, INT32_MAX), shift});
    return parameter(list);
  }
  Numbers io() {
    const kernels::Int8Io numbers{zero_point_, between(-128, 40), one_in(2) ? -128 : between(-100, 0), 127};
    zero_point_ = numbers.output_zero_point;
    return words(numbers);
  }
  static std::pair<ops::QuantizedConvolution::Attributes, Shape> windows(const Shape& in, int filters,
                                                                         int kernel, int stride, bool same) {
    ops::QuantizedConvolution::Attributes a{kernel, kernel, stride, stride};
    if (in.rank == 1) return {a, {filters}};
    Shape out{0, 0, filters};
    for (int axis = 0; axis < 2; ++axis) {
      const int extent = same ? (in[axis] + stride - 1) / stride : (in[axis] - kernel) / stride + 1;
      const int padding = (extent - 1) * stride + kernel - in[axis];
      (axis == 0 ? a.top : a.left) = same && padding > 0 ? padding / 2 : 0;
      out.dim[static_cast<std::size_t>(axis)] = extent;
    }
    return {a, out};
  }

  template <class Op, class Attributes>
  Tensor step(const Attributes& attributes, const std::vector<Tensor>& inputs, const Shape& out,
              ElementType type, const std::vector<Numbers>& numbers) {
    LayerState state{0};
    builder_->first_call(state);
    for (const Numbers& n : numbers) {
      builder_->parameter(state, n.parameter);
      model_.parameters.push_back(n.bytes);
    }
    const Tensor y = builder_->apply(op_rule<Op>, state, pack(attributes), out, inputs, nullptr, type);
    const int index = static_cast<int>(model_.operators.size());
    model_.source.push_back(index);
    model_.operators.push_back({Op::name, index, {y.value}});
    return y;
  }

  std::unique_ptr<Builder> builder_;
  host::ImportedModel model_;
  std::mt19937 engine_;
  int zero_point_ = 0;
};

}  // namespace etch::test
