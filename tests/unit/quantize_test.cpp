// SPDX-License-Identifier: BSL-1.0
// Quantization after training: int8 models of declared ones, close to the real model at every layer.
#include <codegen/declared/import.hpp>
#include <codegen/model_session.hpp>
#include <codegen/quantize/calibrate.hpp>
#include <codegen/quantize/quantize.hpp>
#include <etch/model/declare.hpp>
#include <etch/model/initialize.hpp>
#include <runtime/kernels/portable/quantize.hpp>
#include <tests/unit/error_of.hpp>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <random>

namespace quantize_test {

using namespace etch;
using Catch::Matchers::Contains;

/// A declaration with the weights that it begins with, and normalization that does something.
template <class Define>
host::ImportedModel model_of(const Define& define) {
  const auto g = std::make_unique<Builder>();
  functional(define).trace(*g);
  if (g->graph.fault) FAIL(g->graph.fault.sentence);
  std::vector<std::vector<float>> numbers;
  std::vector<host::DeclaredWeight> weights;
  for (int p = 0; p < g->graph.parameters.count; ++p) {
    auto& w = numbers.emplace_back(static_cast<std::size_t>(g->graph.parameters[p].shape.size()));
    initialize(g->graph.parameters[p], p, 3, w.data());
    if (g->graph.parameters[p].shape.rank == 1)
      for (std::size_t i = 0; i < w.size(); ++i) w[i] += 0.1f * static_cast<float>((i * 7 + 3) % 5);
  }
  for (const auto& w : numbers) weights.push_back({"weight", std::as_bytes(std::span(w))});
  return host::import_declared(g->graph, weights, "test");
}

std::vector<float> noise(std::size_t n, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<float> x(n);
  for (float& v : x) v = static_cast<float>(engine() % 2001) / 1000 - 1;
  return x;
}

/// The results of a model of floats or int8 on one sample of floats, as floats.
std::vector<float> results(const host::ImportedModel& model, std::span<const float> x) {
  host::ModelSession session(model);
  const auto& g = *model.graph;
  const host::Quantization in = model.values[static_cast<std::size_t>(g.inputs[0])].quantization;
  const host::Quantization out = model.values[static_cast<std::size_t>(g.outputs[0])].quantization;
  std::vector<std::int8_t> stored(x.size());
  if (in.scale != 0)
    kernels::quantize(static_cast<int>(x.size()), x.data(), in.scale, in.zero_point, stored.data());
  session.run(in.scale != 0 ? std::as_bytes(std::span(stored)) : std::as_bytes(x));
  const auto bytes = session.output();
  std::vector<float> y(out.scale != 0 ? bytes.size() : bytes.size() / sizeof(float));
  if (out.scale != 0)
    kernels::dequantize(static_cast<int>(y.size()), reinterpret_cast<const std::int8_t*>(bytes.data()),
                        out.scale, out.zero_point, y.data());
  else
    std::memcpy(y.data(), bytes.data(), bytes.size());
  return y;
}

double sqnr(std::span<const float> real, std::span<const float> quantized) {
  REQUIRE(real.size() == quantized.size());
  double signal = 0, error = 1e-30;
  for (std::size_t i = 0; i < real.size(); ++i) {
    const auto x = static_cast<double>(real[i]), e = static_cast<double>(quantized[i]) - x;
    signal += x * x;
    error += e * e;
  }
  return 10 * std::log10(signal / error);
}

/// Quantizes with 16 samples and compares on others. The ratio of signal to error is that of all results.
template <class Define>
double quantized_sqnr(const Define& define, host::Calibration by, host::QuantizationReport* report = nullptr,
                      bool real_ends = false) {
  const host::ImportedModel real = model_of(define);
  const auto elements = static_cast<std::size_t>(real.graph->input_shapes[0].size());
  const std::vector<float> samples = noise(16 * elements, 1);
  host::QuantizeOptions options;
  options.calibration = by;
  options.real_ends = real_ends;
  options.search_samples = 4;
  const host::ImportedModel int8 = host::quantize(real, samples, options, report);
  const bool is_real = int8.graph->values[int8.graph->inputs[0]].type == ElementType::real;
  CHECK(is_real == real_ends);
  std::vector<float> expected, got;
  for (unsigned i = 0; i < 8; ++i) {
    const std::vector<float> x = noise(elements, 100 + i);
    const std::vector<float> a = results(real, x), b = results(int8, x);
    expected.insert(expected.end(), a.begin(), a.end());
    got.insert(got.end(), b.begin(), b.end());
  }
  return sqnr(expected, got);
}

Tensor residual(Builder& g) {
  Tensor x = g.input({8, 8, 3});
  x = ReLU{}(BatchNormalization{}(Conv2D{.filters = 8, .kernel_size = 3, .padding = Padding::same}(x)));
  Tensor y = DepthwiseConv2D{.kernel_size = 3, .padding = Padding::same}(x);
  y = Conv2D{.filters = 8, .kernel_size = 1, .activation = relu}(BatchNormalization{}(y));
  x = MaxPooling2D{.pool_size = 2}(ReLU{}(Add{}(x, y)));
  Tensor z = Conv2D{.filters = 8, .kernel_size = 3, .strides = 2, .padding = Padding::same}(x);
  z = Concatenate{}(AveragePooling2D{.pool_size = 2}(x), Activation{ActivationKind::tanh}(z));
  return Dense{5}(GlobalAveragePooling2D{}(z));
}

TEST_CASE("an int8 convolutional network is close to the real one by every calibration", "[quantize]") {
  for (const auto by :
       {host::Calibration::min_max, host::Calibration::percentile, host::Calibration::least_error}) {
    host::QuantizationReport report;
    const double found = quantized_sqnr(residual, by, &report);
    INFO(host::text_of(report));
    CHECK(found > 25);
    REQUIRE(report.layers.size() >= 10);
    for (const auto& layer : report.layers) {
      CHECK(layer.quantized);
      CHECK(layer.sqnr > 20);
    }
  }
}

TEST_CASE("functions, products and sums have int8 forms", "[quantize]") {
  const auto define = [](Builder& g) {
    Tensor x = Rescaling{.scale = 0.5f, .offset = 0.25f}(g.input({16}));
    Tensor a = Dense{.units = 12, .activation = sigmoid}(x);
    Tensor b = Activation{ActivationKind::silu}(Dense{12}(x));
    Tensor c = LeakyReLU{}(Dense{12}(x));
    Tensor y = Subtract{}(Multiply{}(a, b), c);
    y = BatchNormalization{}(Average{}(y, b));
    return Softmax{}(Dense{4}(y));
  };
  host::QuantizationReport report;
  const double found = quantized_sqnr(define, host::Calibration::min_max, &report);
  INFO(host::text_of(report));
  CHECK(found > 28);
  for (const auto& layer : report.layers) CHECK(layer.quantized);
}

TEST_CASE("steps without an int8 form stay real, and are told", "[quantize]") {
  const auto define = [](Builder& g) {
    Tensor x = Conv1D{.filters = 8, .kernel_size = 3, .activation = relu}(g.input({6, 4}));
    x = LSTM{5}(x);
    return Dense{3}(x);
  };
  host::QuantizationReport report;
  const double found = quantized_sqnr(define, host::Calibration::min_max, &report);
  INFO(host::text_of(report));
  CHECK(found > 15);  // 16 samples do not show how large the 3 results become
  REQUIRE(report.layers.size() == 3);
  for (const auto& layer : report.layers) CHECK(layer.sqnr > 35);
  CHECK(report.layers[0].quantized);
  CHECK_FALSE(report.layers[1].quantized);
  CHECK(report.layers[2].quantized);
  CHECK_THAT(host::text_of(report), Contains("LSTM") && Contains("real"));
}

TEST_CASE("the ends may stay real", "[quantize]") {
  CHECK(quantized_sqnr(residual, host::Calibration::min_max, nullptr, true) > 25);
}

TEST_CASE("weights that are nothing beside their bias keep the bias", "[quantize]") {
  auto model = model_of([](Builder& g) { return Dense{2}(g.input({4})); });
  const float kernel[]{1e-12f, 1, 0, 2, -1e-12f, 1, 0, -1}, bias[]{3, -2};
  std::memcpy(model.parameters[0].data(), kernel, sizeof kernel);
  std::memcpy(model.parameters[1].data(), bias, sizeof bias);
  const std::vector<float> samples = noise(64, 1);
  const auto int8 = host::quantize(model, samples);
  const std::vector<float> x = noise(4, 2), a = results(model, x), b = results(int8, x);
  CHECK(b[0] == Approx(a[0]).margin(0.05));
  CHECK(b[1] == Approx(a[1]).margin(0.05));
}

TEST_CASE("ranges: percentiles clip outliers, the least error lies between", "[quantize]") {
  host::quantization::Histogram h;
  h.range = {-10, 10};
  h.seen = true;
  h.count.assign(host::quantization::Histogram::bins, 0);
  for (std::size_t b = 1000; b < 1048; ++b) h.count[b] = 1000;  // within 0.24 of 0
  h.count[0] = h.count[2047] = 1;
  const auto percentile = host::quantization::percentile_range(h, 99.9);
  CHECK(percentile.highest == Approx(0.234f).margin(0.02));
  CHECK(percentile.lowest == Approx(-0.234f).margin(0.02));
  const auto least = host::quantization::least_error_range(h);
  CHECK(least.highest < 10);
  CHECK(host::quantization::percentile_range(h, 100).highest == 10);
  CHECK(host::quantization::asymmetric({1, 2}) == host::Quantization{2.0f / 255, -128});
  CHECK(host::quantization::asymmetric({-2, -1}) == host::Quantization{2.0f / 255, 127});
  CHECK(host::quantization::asymmetric({0, 0}).scale == 1);
}

TEST_CASE("wrong samples and models are refused in a sentence", "[quantize]") {
  const auto model = model_of([](Builder& g) { return Dense{2}(g.input({4})); });
  const std::vector<float> samples = noise(40, 1);
  CHECK_THAT(error_of([&] { host::quantize(model, std::span(samples).first(7)); }),
             Contains("whole samples") && Contains("takes 4 numbers a sample, and got 7"));
  CHECK_THAT(error_of([&] { host::quantize(model, std::span<const float>()); }), Contains("at least one"));
  CHECK_THAT(error_of([&] { host::quantize(model, std::span<const std::span<const float>>()); }),
             Contains("has 1 inputs"));
  const auto int8 = host::quantize(model, samples);
  CHECK_THAT(error_of([&] { host::quantize(int8, samples); }), Contains("is quantized already"));
}

}  // namespace quantize_test
