// SPDX-License-Identifier: BSL-1.0
// Quantization of what has no range: pruned filters, sums that cancel, layers that are always 0, samples of
// one number; and of what is no number.
#include <codegen/formats/etch/import.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/quantize/quantize.hpp>
#include <etch/model/declare/declare.hpp>
#include <runtime/kernels/portable/quantize.hpp>
#include <tests/unit/error_of.hpp>

#include <catch2/catch.hpp>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

namespace quantize_edges_test {

using namespace etch;
using Catch::Matchers::Contains;
using Numbers = std::vector<float>;

/// A declaration with these weights, parameter by parameter; their names are "layer_0/weight" and so on.
template <class Define>
host::ImportedModel model_of(const Define& define, const std::vector<Numbers>& numbers) {
  const auto g = std::make_unique<Builder>();
  trace_at_run_time(functional(define), *g);
  if (g->graph.fault) FAIL(g->graph.fault.sentence);
  REQUIRE(static_cast<std::size_t>(g->graph.parameters.count) == numbers.size());
  std::vector<std::string> names;
  for (std::size_t p = 0; p < numbers.size(); ++p) names.push_back("layer_" + std::to_string(p) + "/weight");
  std::vector<host::DeclaredWeight> weights;
  for (std::size_t p = 0; p < numbers.size(); ++p)
    weights.push_back({names[p], std::as_bytes(std::span(numbers[p]))});
  return host::import_declared(g->graph, weights, "net");
}

template <class T>
Numbers run(const host::ImportedModel& model, const Numbers& x) {
  host::ModelSession session(model);
  const auto& g = *model.graph;
  const host::Quantization in = model.values[static_cast<std::size_t>(g.inputs[0])].quantization;
  const host::Quantization out = model.values[static_cast<std::size_t>(g.outputs[0])].quantization;
  if constexpr (std::is_same_v<T, float>) {
    session.run(std::as_bytes(std::span(x)));
  } else {
    std::vector<T> stored(x.size());
    kernels::quantize(static_cast<int>(x.size()), x.data(), in.scale, in.zero_point, stored.data());
    session.run(std::as_bytes(std::span(stored)));
  }
  const auto bytes = session.output();
  Numbers y(bytes.size() / sizeof(T));
  if constexpr (std::is_same_v<T, float>)
    std::memcpy(y.data(), bytes.data(), bytes.size());
  else
    kernels::dequantize(static_cast<int>(y.size()), reinterpret_cast<const T*>(bytes.data()), out.scale,
                        out.zero_point, y.data());
  return y;
}

host::QuantizeOptions options_of(ElementType type) {
  host::QuantizeOptions options;
  options.activations = type;
  options.calibration = host::Calibration::min_max;
  return options;
}

/// How many steps of its range a result may err by.
constexpr double most_steps = 1.01;

/// Quantizes in int8 and 16x8 with the samples, and compares the results on them with the real ones.
void check_both(const host::ImportedModel& model, const Numbers& samples, double steps = most_steps) {
  const auto elements = static_cast<std::size_t>(model.graph->input_shapes[0].size());
  for (const ElementType type : {ElementType::i8, ElementType::i16})
    for (const auto by : {host::Calibration::min_max, host::Calibration::least_error}) {
      host::QuantizeOptions options = options_of(type);
      options.calibration = by;
      CAPTURE(type == ElementType::i8, by == host::Calibration::min_max);
      host::QuantizationReport report;
      const auto made = host::quantize(model, samples, options, &report);
      INFO(host::text_of(report));
      const auto step = static_cast<double>(
          made.values[static_cast<std::size_t>(made.graph->outputs[0])].quantization.scale);
      for (std::size_t at = 0; at < samples.size(); at += elements) {
        const Numbers x(samples.begin() + static_cast<std::ptrdiff_t>(at),
                        samples.begin() + static_cast<std::ptrdiff_t>(at + elements));
        const Numbers real = run<float>(model, x);
        const Numbers got = type == ElementType::i8 ? run<std::int8_t>(made, x) : run<std::int16_t>(made, x);
        REQUIRE(real.size() == got.size());
        for (std::size_t i = 0; i < real.size(); ++i) {
          CAPTURE(at, i);
          CHECK(static_cast<double>(got[i]) ==
                Approx(static_cast<double>(real[i])).epsilon(0).margin(steps * step));
        }
      }
    }
}

const Numbers few_samples{0.5f, -1, 0.25f, 1, -0.75f, 0.125f, 1, 0.5f, -0.5f, -1, 0.75f, 0.0625f};

TEST_CASE("a filter that was pruned to zeros gives its bias, beside filters that were not", "[quantize]") {
  const auto dense = [](Builder& g) { return Dense{3}(g.input({4})); };
  check_both(model_of(dense, {{0, 1, 0, 0, -1, 0, 0, 1, 0, 0, 1, 0}, {3, 0.5f, -2}}), few_samples);
  const auto tiny_input = [](Builder& g) {  // whose result is much finer than its input
    return Dense{1}(Rescaling{.scale = 1e-6f}(Dense{2}(g.input({4}))));
  };
  check_both(model_of(tiny_input, {{0, 0, 0, 0, 0, 0, 0, 0}, {1e-3f, 2e4f}, {0, 0}, {3e-5f}}), few_samples);
  const auto depthwise = [](Builder& g) { return DepthwiseConv2D{2}(g.input({2, 2, 1})); };
  check_both(model_of(depthwise, {{0, 0, 0, 0}, {0.75f}}), few_samples);
  const auto norm = [](Builder& g) { return BatchNormalization{}(ReLU{}(g.input({4}))); };
  check_both(model_of(norm, {{0, 1, 0, 2}, {0.5f, 0, 0, 1}, {0, 0, 1, 0.5f}, {1, 1, 1, 0.25f}}), few_samples,
             2);
}

TEST_CASE("all weights and biases zero: every result is exactly 0", "[quantize]") {
  const auto dense = [](Builder& g) { return Dense{2}(Dense{2}(g.input({4}))); };
  check_both(model_of(dense, {Numbers(8), Numbers(2), Numbers(4), Numbers(2)}), few_samples, 0);
}

TEST_CASE("a sum that cancels is 0, and what reads it keeps its own numbers", "[quantize]") {
  const auto cancelled = [](Builder& g) {
    const Tensor x = g.input({4});
    return Subtract{}(x, x);
  };
  check_both(model_of(cancelled, {}), few_samples, 0);
  const auto into_dense = [](Builder& g) {
    const Tensor x = g.input({4});
    return Dense{2}(Subtract{}(x, x));
  };
  check_both(model_of(into_dense, {{1, 3, -1, 0, 1, 3, 0, 3}, {0.003f, -0.001f}}), few_samples);
  const auto into_sum = [](Builder& g) {
    const Tensor x = g.input({4});
    return Add{}(Multiply{}(Subtract{}(x, x), x), x);
  };
  check_both(model_of(into_sum, {}), few_samples);
  const auto into_softmax = [](Builder& g) {
    const Tensor x = g.input({4});
    return Softmax{}(Subtract{}(x, x));
  };
  check_both(model_of(into_softmax, {}), few_samples);
}

TEST_CASE("a sum that cancels but for rounding does not stop a model", "[quantize]") {
  const auto almost = [](Builder& g) {
    const Tensor x = g.input({4});
    const Tensor y = Subtract{}(Rescaling{.scale = 1 / 3.0f}(Rescaling{.scale = 3}(x)), x);
    return Dense{2}(y);
  };
  check_both(model_of(almost, {{1, 3, -1, 0, 1, 3, 0, 3}, {0.5f, -0.25f}}), few_samples);
}

TEST_CASE("a layer that is always 0 in the samples costs the layers after it nothing", "[quantize]") {
  const std::vector<Numbers> dead{{0.1f, 0.2f, 0.1f, 0, 0, 0.3f, 0.1f, 0.1f}, {-90, -80}};
  const auto into_dense = [](Builder& g) { return Dense{2}(ReLU{}(Dense{2}(g.input({4})))); };
  check_both(model_of(into_dense, {dead[0], dead[1], {0.5f, 100, -0.5f, 100}, {0.004f, -0.001f}}),
             few_samples);
  const auto twice = [](Builder& g) {
    const Tensor x = g.input({4});
    const Tensor dead_end = Dense{2}(ReLU{}(Dense{2}(ReLU{}(Dense{2}(x)))));
    return Add{}(dead_end, Dense{2}(x));
  };
  check_both(model_of(twice, {dead[0],
                              dead[1],
                              {1, 2, 3, 4},
                              {-1, -2},
                              {0.5f, 100, -0.5f, 100},
                              {0.004f, -0.001f},
                              {1, 0, 0, 1, 0, 1, 1, 0},
                              {0, 0}}),
             few_samples, 2);
}

TEST_CASE("one sample, and samples of one number, are enough for results like theirs", "[quantize]") {
  const auto dense = [](Builder& g) {
    return Softmax{}(Dense{2}(Activation{ActivationKind::tanh}(g.input({4}))));
  };
  const auto model = model_of(dense, {{1, 3, -1, 0, 1, 3, 0, 3}, {0.5f, -0.25f}});
  check_both(model, {0.5f, -1, 0.25f, 1}, 3);
  check_both(model, Numbers(8, 0.7f), 3);
  check_both(model, Numbers(8, -3.0f), 3);
}

TEST_CASE("ranges of subnormal numbers and of the largest are quantized", "[quantize]") {
  const auto moved = [](Builder& g) { return MaxPooling1D{.pool_size = 2}(g.input({4, 1})); };
  const auto model = model_of(moved, {});
  check_both(model, {1e-42f, -1e-42f, 0, 2e-42f, 1e-45f, 0, 0, 0});
  check_both(model, {1e-37f, -1e-38f, 0, 2e-37f});
  check_both(model, {3e38f, -3e38f, 1e38f, FLT_MAX, -FLT_MAX, 0, 1, 2});
  const auto small = [](Builder& g) { return Dense{1}(g.input({4})); };
  check_both(model_of(small, {{1e-30f, 0, -1e-30f, 1e-30f}, {1e-31f}}), few_samples);
  check_both(model_of(small, {{1e-44f, 2e-44f, -1e-44f, 1e-44f}, {0.25f}}), few_samples);
  check_both(model_of(small, {{1e30f, 1e30f, -1e30f, 0}, {1e31f}}), few_samples, 2);
  check_both(model_of(small, {{1, 1, -1, 1}, {3e38f}}), few_samples);
}

TEST_CASE("calibration that is always 0 is refused, the same in int8 and in 16x8", "[quantize]") {
  const auto dense = [](Builder& g) { return Dense{2}(g.input({4})); };
  const auto model = model_of(dense, {Numbers(8, 1), {1, 2}});
  auto known = model_of(dense, {Numbers(8, 1), {1, 2}});
  for (const ElementType type : {ElementType::i8, ElementType::i16}) {
    CHECK_THAT(error_of([&] { host::quantize(model, Numbers(12), options_of(type)); }),
               Contains("'net' cannot be quantized") && Contains("samples of input 0 are all 0") &&
                   Contains("give samples like those that the model will see"));
    Numbers one(12);
    one[7] = 1e-3f;
    CHECK_NOTHROW(host::quantize(model, one, options_of(type)));
    // Ranges that are known need no samples to tell them.
    for (host::ImportedValue& value : known.values) value.range = host::Range{-1, 1};
    CHECK_NOTHROW(host::quantize(known, Numbers(12), options_of(type)));
  }
}

TEST_CASE("samples that are no numbers are refused with their place", "[quantize]") {
  const auto model = model_of([](Builder& g) { return Dense{2}(g.input({4})); }, {Numbers(8, 1), {1, 2}});
  constexpr float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  for (const auto& [number, name] : {std::pair{nan, "NaN"}, {inf, "infinity"}, {-inf, "minus infinity"}})
    for (const ElementType type : {ElementType::i8, ElementType::i16}) {
      Numbers samples = few_samples;
      samples[9] = number;
      CHECK_THAT(error_of([&] { host::quantize(model, samples, options_of(type)); }),
                 Contains(std::string("calibration sample 2 of input 0 is ") + name + " at element 1") &&
                     Contains("finite"));
    }
}

TEST_CASE("weights that are no numbers, and layers that make none, are refused by name", "[quantize]") {
  const auto dense = [](Builder& g) { return Dense{2}(ReLU{}(Dense{2}(g.input({4})))); };
  std::vector<Numbers> numbers{Numbers(8, 1), {1, 2}, Numbers(4, 1), {1, 2}};
  const auto message = [&](ElementType type) {
    return error_of([&] { host::quantize(model_of(dense, numbers), few_samples, options_of(type)); });
  };
  for (const ElementType type : {ElementType::i8, ElementType::i16}) {
    numbers[2][3] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THAT(message(type), Contains("the weight 'layer_2/weight' is NaN at element 3"));
    numbers[2][3] = -std::numeric_limits<float>::infinity();
    CHECK_THAT(message(type), Contains("the weight 'layer_2/weight' is minus infinity at element 3"));
    numbers[2][3] = 1;
    numbers[0] = Numbers(8, 3e38f);
    numbers[2][2] = 3e38f;
    CHECK_THAT(message(type), Contains("gives infinity for calibration sample 0"));
    numbers[0] = Numbers(8, 1);
    numbers[2][2] = 1;
  }
}

TEST_CASE("layers that whole numbers cannot hold are refused by name", "[quantize]") {
  const auto message = [](const host::ImportedModel& model, const Numbers& samples, ElementType type) {
    return error_of([&] { host::quantize(model, samples, options_of(type)); });
  };
  const auto softmax = [](Builder& g) { return Softmax{}(g.input({65537})); };
  Numbers row(65537);
  row[0] = 1;
  for (const ElementType type : {ElementType::i8, ElementType::i16})
    CHECK_THAT(message(model_of(softmax, {}), row, type),
               Contains("cannot be quantized: its rows have 65537 numbers") && Contains("65,536"));
  // 140,000 equal products of the largest numbers leave 32 bits; 16x8 has 47.
  const auto deep = [](Builder& g) { return Dense{1}(g.input({140000})); };
  const auto model = model_of(deep, {Numbers(140000, 0.5f), {0}});
  Numbers ends(140000, 1);
  ends[0] = -1;
  CHECK_THAT(
      message(model, ends, ElementType::i8),
      Contains("'layer_0' (Dense) cannot be quantized: the sum of its 140000 products may not fit 32 bits"));
  CHECK(message(model, ends, ElementType::i16).empty());
}

}  // namespace quantize_edges_test
