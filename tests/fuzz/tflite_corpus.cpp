// SPDX-License-Identifier: BSL-1.0
#include <tests/formats/tflite/signal_model.hpp>
#include <tests/fuzz/corpus.hpp>

#include <functional>

namespace etch::fuzz {

namespace {

using test::ElementKind;
using test::OperatorKind;
using test::Option;
using test::Scales;

constexpr auto same = std::int8_t{0}, relu = std::int8_t{1}, relu6 = std::int8_t{3}, tanh = std::int8_t{4};
constexpr std::int8_t none{0};

Bytes writer_bytes(const std::vector<std::byte>& written) {
  const auto* first = reinterpret_cast<const std::uint8_t*>(written.data());
  return {first, first + written.size()};
}

/// A small model in one type of number.
class SmallModel {
 public:
  explicit SmallModel(ElementKind kind) : kind_(kind) {}

  bool real() const { return kind_ == ElementKind::float32; }
  bool wide() const { return kind_ == ElementKind::int16; }
  Scales scales(float scale = 1.0f / 32) const {
    return real() ? Scales{} : Scales{{scale}, {wide() ? 0 : 3}};
  }

  int between(const std::vector<int>& shape) { return w.tensor(kind_, shape, scales()); }
  int input(const std::vector<int>& shape) {
    inputs.push_back(between(shape));
    return inputs.back();
  }
  int output(const std::vector<int>& shape) {
    outputs.push_back(between(shape));
    return outputs.back();
  }
  int output_from(const std::vector<int>& shape, float scale, std::int64_t zero) {
    outputs.push_back(w.tensor(kind_, shape, real() ? Scales{} : Scales{{scale}, {wide() ? 0 : zero}}));
    return outputs.back();
  }
  int numbers(const std::vector<std::int32_t>& n) {
    return w.constant(ElementKind::int32, {static_cast<int>(n.size())}, n);
  }
  /// A scale for each place along `axis`; one for all where that is -1.
  int weights(const std::vector<int>& shape, int axis) {
    std::vector<std::int8_t> stored;
    std::vector<float> floats;
    std::size_t elements = 1;
    for (const int extent : shape) elements *= static_cast<std::size_t>(extent);
    for (std::size_t i = 0; i < elements; ++i) {
      stored.push_back(static_cast<std::int8_t>(i * 29 % 127) - 63);
      floats.push_back(static_cast<float>(int{stored.back()}) / 64);
    }
    if (real()) return w.constant(ElementKind::float32, shape, floats);
    const auto channels = static_cast<std::size_t>(axis < 0 ? 1 : shape[static_cast<std::size_t>(axis)]);
    return w.constant(
        ElementKind::int8, shape, stored,
        {std::vector<float>(channels, 1.0f / 64), std::vector<std::int64_t>(channels), axis < 0 ? 0 : axis});
  }
  int bias(int count) {
    std::vector<std::int64_t> longs;
    for (int i = 0; i < count; ++i) longs.push_back(100 * i - 150);
    if (real())
      return w.constant(ElementKind::float32, {count}, std::vector<float>(longs.begin(), longs.end()));
    if (wide()) return w.constant(ElementKind::int64, {count}, longs);
    return w.constant(ElementKind::int32, {count}, std::vector<std::int32_t>(longs.begin(), longs.end()));
  }
  Bytes file() { return writer_bytes(w.file(inputs, outputs)); }

  test::TfliteWriter w;
  std::vector<int> inputs, outputs;

 private:
  ElementKind kind_;
};

using Make = std::function<void(SmallModel&)>;

void fully_connected(SmallModel& m) {
  const int x = m.input({1, 7}), weights = m.weights({4, 7}, 0), bias = m.bias(4);
  m.w.op(OperatorKind::fully_connected, {x, weights, bias}, {m.output({1, 4})},
         {{0, relu}, {1, none}, {2, std::uint8_t{0}}});
}

void convolution(SmallModel& m) {
  const int x = m.input({1, 5, 6, 3}), weights = m.weights({4, 3, 3, 3}, 0), bias = m.bias(4);
  m.w.op(OperatorKind::conv_2d, {x, weights, bias}, {m.output({1, 3, 3, 4})},
         {{0, same}, {1, 2}, {2, 2}, {3, relu6}, {4, 1}, {5, 1}});
}

void depthwise_convolution(SmallModel& m) {
  const int x = m.input({1, 5, 6, 3}), weights = m.weights({1, 3, 3, 6}, 3), bias = m.bias(6);
  m.w.op(OperatorKind::depthwise_conv_2d, {x, weights, bias}, {m.output({1, 3, 4, 6})},
         {{0, std::int8_t{1}}, {1, 1}, {2, 1}, {3, 2}, {4, none}, {5, 1}, {6, 1}});
}

Make pool(OperatorKind kind) {
  return [=](SmallModel& m) {
    m.w.op(kind, {m.input({1, 5, 6, 3})}, {m.output({1, 3, 3, 3})},
           {{0, same}, {1, 2}, {2, 2}, {3, 3}, {4, 3}, {5, relu}});
  };
}

void mean(SmallModel& m) {
  m.w.op(OperatorKind::mean, {m.input({1, 3, 4, 5}), m.numbers({1, 2})}, {m.output({1, 5})},
         {{0, std::uint8_t{0}}});
}

void pad(SmallModel& m) {
  const int x = m.input({1, 2, 3, 2}), y = m.between({1, 3, 6, 2});
  const auto amounts = [&] {
    return m.w.constant<std::int32_t>(ElementKind::int32, {4, 2}, {0, 0, 1, 0, 2, 1, 0, 0});
  };
  const int filling = m.real() ? m.w.constant<float>(ElementKind::float32, {1}, {0.5f})
                               : m.w.constant<std::int8_t>(ElementKind::int8, {1}, {5}, m.scales());
  m.w.op(OperatorKind::pad, {x, amounts()}, {y});
  m.w.op(m.wide() ? OperatorKind::pad : OperatorKind::pad_v2,
         m.wide() ? std::vector{y, amounts()} : std::vector{y, amounts(), filling}, {m.output({1, 4, 9, 2})});
}

Make resize(OperatorKind kind, std::vector<int> to) {
  return [=](SmallModel& m) {
    const int first = kind == OperatorKind::resize_bilinear ? 2 : 0;
    m.w.op(kind, {m.input({1, 3, 4, 2}), m.numbers({to[0], to[1]})}, {m.output({1, to[0], to[1], 2})},
           {{first, std::uint8_t{0}}, {first + 1, std::uint8_t{1}}});
  };
}

Make binary(OperatorKind kind) {
  return [=](SmallModel& m) {
    const int a = m.input({1, 3, 2, 4}), b = m.input({1, 1, 1, 4});
    m.w.op(kind, {a, b}, {m.output({1, 3, 2, 4})}, {{0, none}, {1, std::uint8_t{0}}});
  };
}

Make function(OperatorKind kind, float scale, std::int64_t zero, const std::vector<Option>& options = {}) {
  return [=](SmallModel& m) {
    m.w.op(kind, {m.input({1, 20})}, {m.output_from({1, 20}, scale, zero)}, options);
  };
}

void shapes(SmallModel& m) {
  const int x = m.input({1, 2, 6}), a = m.between({1, 3, 1, 4}), b = m.between({1, 3, 4}),
            c = m.between({1, 3, 1, 4});
  m.w.op(OperatorKind::reshape, {x, m.numbers({1, 3, 1, 4})}, {a});
  m.w.op(OperatorKind::squeeze, {a}, {b});
  m.w.op(OperatorKind::expand_dims, {b, m.numbers({2})}, {c});
  m.w.op(OperatorKind::transpose, {c, m.numbers({0, 3, 1, 2})}, {m.output({1, 4, 3, 1})});
}

void shape_arithmetic(SmallModel& m) {
  const int x = m.input({1, 3, 4});
  const int shape = m.w.tensor(ElementKind::int32, {3}), batch = m.w.tensor(ElementKind::int32, {}),
            joined = m.w.tensor(ElementKind::int32, {2});
  m.w.op(OperatorKind::shape, {x}, {shape});
  m.w.op(OperatorKind::strided_slice, {shape, m.numbers({0}), m.numbers({1}), m.numbers({1})}, {batch},
         {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 1}});
  m.w.op(OperatorKind::pack, {batch, m.w.constant<std::int32_t>(ElementKind::int32, {}, {12})}, {joined},
         {{0, 2}, {1, 0}});
  m.w.op(OperatorKind::reshape, {x, joined}, {m.output({1, 12})});
}

void joined_and_split(SmallModel& m) {
  const int a = m.input({1, 2, 3}), b = m.input({1, 2, 1}), y = m.between({1, 2, 4});
  m.w.op(OperatorKind::concatenation, {a, b}, {y}, {{0, -1}, {1, none}});
  m.w.op(OperatorKind::split, {m.numbers({2}), y}, {m.output({1, 2, 2}), m.output({1, 2, 2})}, {{0, 2}});
}

void slices(SmallModel& m) {
  const int x = m.input({1, 3, 4}), y = m.between({1, 2, 2});
  m.w.op(OperatorKind::strided_slice, {x, m.numbers({0, 1, 3}), m.numbers({1, 0, 0}), m.numbers({1, 1, -2})},
         {y}, {{0, 1}, {1, 3}, {2, 0}, {3, 0}, {4, 0}});
  m.w.op(OperatorKind::slice, {y, m.numbers({0, 1, 0}), m.numbers({1, 1, -1})}, {m.output({1, 1, 2})});
}

/// Filters that give a branch, which joins again: what passes change most.
void branches(SmallModel& m) {
  const int x = m.input({1, 6, 6, 2}), a = m.between({1, 6, 6, 4}), b = m.between({1, 6, 6, 4}),
            sum = m.between({1, 6, 6, 4}), pooled = m.between({1, 1, 1, 4});
  m.w.op(OperatorKind::conv_2d, {x, m.weights({4, 3, 3, 2}, 0), m.bias(4)}, {a},
         {{0, same}, {1, 1}, {2, 1}, {3, relu}, {4, 1}, {5, 1}});
  m.w.op(OperatorKind::depthwise_conv_2d, {a, m.weights({1, 3, 3, 4}, 3), m.bias(4)}, {b},
         {{0, same}, {1, 1}, {2, 1}, {3, 1}, {4, relu}, {5, 1}, {6, 1}});
  m.w.op(OperatorKind::add, {a, b}, {sum}, {{0, relu}, {1, std::uint8_t{0}}});
  m.w.op(OperatorKind::average_pool_2d, {sum}, {pooled},
         {{0, std::int8_t{1}}, {1, 1}, {2, 1}, {3, 6}, {4, 6}, {5, none}});
  m.w.op(OperatorKind::fully_connected, {pooled, m.weights({5, 4}, 0), m.bias(5)}, {m.output({1, 5})},
         {{0, none}, {1, none}, {2, std::uint8_t{0}}});
}

void quantize(SmallModel& m) {
  const int x = m.w.tensor(ElementKind::float32, {1, 4}), stored = m.between({1, 4}),
            y = m.w.tensor(ElementKind::float32, {1, 4});
  m.inputs.push_back(x);
  m.outputs.push_back(y);
  m.w.op(OperatorKind::quantize, {x}, {stored});
  m.w.op(OperatorKind::dequantize, {stored}, {y});
}

void requantize(SmallModel& m) {
  m.w.op(OperatorKind::quantize, {m.input({1, 4})}, {m.output_from({1, 4}, 0.05f, -7)});
}

void svdf(SmallModel& m) {
  const int x = m.input({1, 3}), feature = m.weights({4, 3}, -1), time = m.weights({4, 4}, -1);
  const int past = m.w.state(m.real() ? ElementKind::float32 : ElementKind::int8, {1, 16}, m.scales());
  m.w.op(OperatorKind::svdf, {x, feature, time, m.bias(2), past}, {m.output({1, 2})}, {{0, 2}, {1, relu}});
}

void lstm(SmallModel& m) {
  std::vector<int> inputs{m.input({1, 3, 2})};
  const auto gates = [&](const std::vector<int>& shape) {
    for (int g = 0; g < 4; ++g) inputs.push_back(m.weights(shape, -1));
  };
  gates({4, 2});
  gates({4, 4});
  inputs.insert(inputs.end(), 3, -1);
  for (int g = 0; g < 4; ++g) inputs.push_back(m.bias(4));
  inputs.insert(inputs.end(), 2, -1);
  const int y = m.output_from({1, 3, 4}, 1.0f / 128, 0);
  const Scales as_output = m.real() ? Scales{} : Scales{{1.0f / 128}, {0}},
               cell = m.real() ? Scales{} : Scales{{1.0f / 2048}, {0}};
  inputs.push_back(m.w.state(m.real() ? ElementKind::float32 : ElementKind::int8, {1, 4}, as_output));
  inputs.push_back(m.w.state(m.real() ? ElementKind::float32 : ElementKind::int16, {1, 4}, cell));
  inputs.insert(inputs.end(), 4, -1);
  m.w.op(OperatorKind::unidirectional_sequence_lstm, inputs, {y},
         {{0, tanh}, {1, 10.0f}, {2, 0.0f}, {3, std::uint8_t{0}}});
}

const std::pair<const char*, Make> models[]{
    {"fully_connected", fully_connected},
    {"conv_2d", convolution},
    {"depthwise_conv_2d", depthwise_convolution},
    {"average_pool_2d", pool(OperatorKind::average_pool_2d)},
    {"max_pool_2d", pool(OperatorKind::max_pool_2d)},
    {"mean", mean},
    {"pad", pad},
    {"resize_nearest", resize(OperatorKind::resize_nearest_neighbor, {5, 8})},
    {"resize_bilinear", resize(OperatorKind::resize_bilinear, {7, 3})},
    {"add", binary(OperatorKind::add)},
    {"sub", binary(OperatorKind::sub)},
    {"mul", binary(OperatorKind::mul)},
    {"logistic", function(OperatorKind::logistic, 1.0f / 256, -128)},
    {"tanh", function(OperatorKind::tanh, 1.0f / 128, 0)},
    {"relu", function(OperatorKind::relu, 1.0f / 64, -128)},
    {"relu6", function(OperatorKind::relu6, 1.0f / 32, 3)},
    {"leaky_relu", function(OperatorKind::leaky_relu, 1.0f / 24, -20, {{0, 0.25f}})},
    {"hard_swish", function(OperatorKind::hard_swish, 1.0f / 40, -100)},
    {"softmax", function(OperatorKind::softmax, 1.0f / 256, -128, {{0, 1.0f}})},
    {"shapes", shapes},
    {"shape_arithmetic", shape_arithmetic},
    {"joined_and_split", joined_and_split},
    {"slices", slices},
    {"branches", branches},
    {"quantize", quantize},
    {"requantize", requantize},
    {"svdf", svdf},
    {"lstm", lstm}};

}  // namespace

Corpus tflite_corpus() {
  const std::pair<const char*, ElementKind> kinds[]{
      {"float", ElementKind::float32}, {"int8", ElementKind::int8}, {"int16", ElementKind::int16}};
  Corpus corpus;
  for (const auto& [name, make] : models)
    for (const auto& [kind_name, kind] : kinds) {
      if (kind == ElementKind::float32 && std::string(name).ends_with("quantize")) continue;
      SmallModel model(kind);
      make(model);
      corpus.emplace_back(std::string(name) + "_" + kind_name + ".tflite", model.file());
    }
  test::TfliteWriter writer;
  corpus.emplace_back("signals.tflite", writer_bytes(test::SignalModel(writer).file()));
  return corpus;
}

}  // namespace etch::fuzz
