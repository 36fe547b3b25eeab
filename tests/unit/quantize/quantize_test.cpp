// SPDX-License-Identifier: BSL-1.0
// Quantization after training: models of int8 and 16x8 of declared ones, close to the real model at every
// layer.
#include <codegen/formats/etch/import.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/prepare/prepare.hpp>
#include <codegen/quantize/calibrate.hpp>
#include <codegen/quantize/quantize.hpp>
#include <etch/model/declare/declare.hpp>
#include <etch/model/training/initialize.hpp>
#include <runtime/kernels/portable/quantize.hpp>
#include <tests/unit/error_of.hpp>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <random>

namespace quantize_test {

using namespace etch;
using Catch::Matchers::Contains;

/// Of each sign one number: weights that int8 holds exactly.
void keep_signs(std::vector<float>& weights) {
  for (float& w : weights) w = w > 0.1f ? 0.3f : w < -0.1f ? -0.3f : 0;
}

/// A declaration with the weights that it begins with, and normalization that does something.
template <class Define>
host::ImportedModel model_of(const Define& define, bool signs = false) {
  const auto g = std::make_unique<Builder>();
  trace_at_run_time(functional(define), *g);
  if (g->graph.fault) FAIL(g->graph.fault.sentence);
  std::vector<std::vector<float>> numbers;
  std::vector<host::DeclaredWeight> weights;
  for (int p = 0; p < g->graph.parameters.count; ++p) {
    auto& w = numbers.emplace_back(static_cast<std::size_t>(g->graph.parameters[p].shape.size()));
    initialize(g->graph.parameters[p], p, 3, w.data());
    if (signs && g->graph.parameters[p].shape.rank > 1) keep_signs(w);
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

/// The results of a model of floats or of T on one sample of floats, as floats.
template <class T>
std::vector<float> results_of(const host::ImportedModel& model, std::span<const float> x) {
  host::ModelSession session(model);
  const auto& g = *model.graph;
  const host::Quantization in = model.values[static_cast<std::size_t>(g.inputs[0])].quantization;
  const host::Quantization out = model.values[static_cast<std::size_t>(g.outputs[0])].quantization;
  std::vector<T> stored(x.size());
  if (in.scale != 0)
    kernels::quantize(static_cast<int>(x.size()), x.data(), in.scale, in.zero_point, stored.data());
  session.run(in.scale != 0 ? std::as_bytes(std::span(stored)) : std::as_bytes(x));
  const auto bytes = session.output();
  std::vector<float> y(bytes.size() / (out.scale != 0 ? sizeof(T) : sizeof(float)));
  if (out.scale != 0)
    kernels::dequantize(static_cast<int>(y.size()), reinterpret_cast<const T*>(bytes.data()), out.scale,
                        out.zero_point, y.data());
  else
    std::memcpy(y.data(), bytes.data(), bytes.size());
  return y;
}
std::vector<float> results(const host::ImportedModel& model, std::span<const float> x,
                           ElementType type = ElementType::i8) {
  return type == ElementType::i16 ? results_of<std::int16_t>(model, x) : results_of<std::int8_t>(model, x);
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
double quantized_sqnr(const host::ImportedModel& real, host::QuantizeOptions options,
                      host::QuantizationReport* report = nullptr) {
  const auto elements = static_cast<std::size_t>(real.graph->input_shapes[0].size());
  const std::vector<float> samples = noise(16 * elements, 1);
  options.search_samples = 4;
  const host::ImportedModel stored = host::quantize(real, samples, options, report);
  const bool is_real = stored.graph->values[stored.graph->inputs[0]].type == ElementType::real;
  CHECK(is_real == options.real_ends);
  std::vector<float> expected, got;
  for (unsigned i = 0; i < 8; ++i) {
    const std::vector<float> x = noise(elements, 100 + i);
    const std::vector<float> a = results(real, x), b = results(stored, x, options.activations);
    expected.insert(expected.end(), a.begin(), a.end());
    got.insert(got.end(), b.begin(), b.end());
  }
  return sqnr(expected, got);
}
template <class Define>
double quantized_sqnr(const Define& define, host::Calibration by, host::QuantizationReport* report = nullptr,
                      bool real_ends = false) {
  host::QuantizeOptions options;
  options.calibration = by;
  options.real_ends = real_ends;
  return quantized_sqnr(model_of(define), options, report);
}

host::QuantizeOptions wide_options() {
  host::QuantizeOptions options;
  options.activations = ElementType::i16;
  options.calibration = host::Calibration::min_max;
  return options;
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
      REQUIRE(layer.stored);
      CHECK(layer.stored->rounding < 2 * layer.rms);
      CHECK(layer.stored->wide < layer.stored->finest);
    }
  }
}

Tensor functions(Builder& g) {
  Tensor x = Rescaling{.scale = 0.5f, .offset = 0.25f}(g.input({16}));
  Tensor a = Dense{.units = 12, .activation = sigmoid}(x);
  Tensor b = Activation{ActivationKind::silu}(Dense{12}(x));
  Tensor c = LeakyReLU{}(Dense{12}(x));
  Tensor y = Subtract{}(Multiply{}(a, b), c);
  y = BatchNormalization{}(Average{}(y, b));
  return Softmax{}(Dense{4}(y));
}

TEST_CASE("functions, products and sums have int8 forms", "[quantize]") {
  host::QuantizationReport report;
  const double found = quantized_sqnr(functions, host::Calibration::min_max, &report);
  INFO(host::text_of(report));
  CHECK(found > 28);
  for (const auto& layer : report.layers) CHECK(layer.quantized);
}

/// Steps that only move or bound numbers, and functions.
Tensor moves(Builder& g) {
  Tensor x = ReLU{}(g.input({8, 8, 3}));  // alone, behind no step that takes it in
  x = ZeroPadding2D{.padding = 1}(Activation{ActivationKind::tanh}(x));
  x = Concatenate{}(UpSampling2D{}(x), Activation{ActivationKind::sigmoid}(UpSampling2D{}(x)));
  return Permute{.dims = {3, 1, 2}}(AveragePooling2D{.pool_size = 3, .padding = Padding::same}(x));
}

TEST_CASE("the search clips only for a clear gain: 16x8 layers stay as near as with whole ranges",
          "[quantize]") {
  const auto peaky = [](Builder& g) {
    const Tensor x = Dense{.units = 32, .activation = relu}(g.input({16}));
    return Softmax{}(Dense{4}(Dense{.units = 24, .activation = relu}(x)));
  };
  host::QuantizeOptions options = wide_options();
  host::QuantizationReport whole, searched;
  const host::ImportedModel real = model_of(peaky);
  std::vector<float> samples = noise(64 * 16, 1);
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (i / 16 % 8 == 7) samples[i] *= 3;  // outliers, in none of those that the search looks at
  host::quantize(real, samples, options, &whole);
  options.calibration = host::Calibration::least_error;
  options.percentile = 97;
  options.search_samples = 4;
  host::quantize(real, samples, options, &searched);
  REQUIRE(searched.layers.size() == whole.layers.size());
  for (std::size_t i = 0; i < whole.layers.size(); ++i) {
    INFO(host::text_of(whole) << host::text_of(searched));
    CHECK(searched.layers[i].sqnr > whole.layers[i].sqnr - 3);
  }
}

TEST_CASE("with weights that int8 holds, 16x8 errs twenty times less than int8", "[quantize]") {
  constexpr double twenty_times = 26;  // dB
  const auto check = [](const auto& define) {
    const host::ImportedModel real = model_of(define, true);
    host::QuantizeOptions narrow = wide_options();
    narrow.activations = ElementType::i8;
    host::QuantizationReport int8, report;  // over the samples: nothing is clipped
    quantized_sqnr(real, narrow, &int8);
    quantized_sqnr(real, wide_options(), &report);
    INFO(host::text_of(report));
    CHECK(report.layers.back().sqnr > int8.layers.back().sqnr + twenty_times);
    for (const auto& layer : report.layers) {
      CHECK(layer.quantized);
      CHECK(layer.type == ElementType::i16);
      CHECK(layer.sqnr > 65);
    }
    CHECK_THAT(host::text_of(report), Contains("int16") && !Contains("int8"));
  };
  check(residual);
  check(functions);
  check(moves);
}

TEST_CASE("16x8 is never behind int8, whatever the weights and however ranges are found", "[quantize]") {
  const host::ImportedModel real = model_of(residual);
  for (const auto by : {host::Calibration::percentile, host::Calibration::least_error}) {
    host::QuantizeOptions options = wide_options();
    options.calibration = by;
    const double wide = quantized_sqnr(real, options);
    options.activations = ElementType::i8;
    CHECK(wide > quantized_sqnr(real, options));
  }
  host::QuantizeOptions ends = wide_options();
  ends.real_ends = true;
  CHECK(quantized_sqnr(real, ends) > 45);
}

TEST_CASE("a 16x8 model is prepared for a board without a changed byte", "[quantize]") {
  const host::ImportedModel real = model_of([](Builder& g) {
    const Tensor x = ZeroPadding2D{.padding = 1}(g.input({6, 6, 2}));
    return Dense{3}(Flatten{}(LSTM{.units = 4, .return_sequences = true}(
        Reshape{{2, 4}}(Conv2D{.filters = 2, .kernel_size = 3, .strides = 2}(Conv2D{3, 3}(x))))));
  });
  const std::vector<float> samples = noise(std::size_t{4} * 72, 1), x = noise(72, 2);
  const host::ImportedModel wide = host::quantize(real, samples, wide_options());
  const host::ImportedModel prepared = host::prepare(wide);
  CHECK(results(prepared, x, ElementType::i16) == results(wide, x, ElementType::i16));
  CHECK(sqnr(results(real, x), results(wide, x, ElementType::i16)) > 40);
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

TEST_CASE("steps that keep states stay real, and keep them", "[quantize]") {
  const host::ImportedModel real = model_of([](Builder& g) {
    const Tensor x = Conv1D{.filters = 8, .kernel_size = 3, .activation = relu}(g.input({6, 4}));
    return Dense{3}(LSTM{.units = 5, .stateful = true}(x));
  });
  const std::vector<float> samples = noise(std::size_t{16} * 24, 1), x = noise(24, 2);
  const auto third = [&](const host::ImportedModel& model, bool keeps) {
    host::ModelSession session(model);
    std::vector<float> y(3);
    for (int call = 0; call < 3; ++call) {
      if (!keeps) session.reset();
      session.run(std::as_bytes(std::span(x)));
    }
    std::memcpy(y.data(), session.output().data(), sizeof(float) * y.size());
    return y;
  };
  for (const ElementType type : {ElementType::i8, ElementType::i16}) {
    host::QuantizeOptions options = wide_options();
    options.activations = type;
    options.real_ends = true;
    const host::ImportedModel made = host::quantize(real, samples, options);
    CHECK(host::ModelSession(made).state_bytes() == host::ModelSession(real).state_bytes());
    const double kept = sqnr(third(real, true), third(made, true));
    CHECK(kept > 20);
    CHECK(sqnr(third(real, true), third(made, false)) < kept - 6);
    CHECK(third(host::prepare(made), true) == third(made, true));
  }
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

TEST_CASE("means of numbers that cancel are quantized", "[quantize]") {
  const auto model = model_of([](Builder& g) { return GlobalAveragePooling2D{}(g.input({8, 8, 1})); });
  std::vector<float> samples(std::size_t{8} * 64);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::size_t sample = i / 64;
    samples[i] = (i % 2 == 0 ? 1.0f : -1.0f) + 1e-4f * static_cast<float>(sample);
  }
  for (const ElementType type : {ElementType::i8, ElementType::i16}) {
    host::QuantizeOptions options = wide_options();
    options.activations = type;
    const float mean = results(host::quantize(model, samples, options), std::span(samples).last(64), type)[0];
    CHECK(mean == Approx(7e-4f).margin(type == ElementType::i8 ? 5e-3 : 2e-5));
  }
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
  CHECK(host::quantization::quantization_of({1, 2}, ElementType::i8) == host::Quantization{2.0f / 255, -128});
  CHECK(host::quantization::quantization_of({-2, -1}, ElementType::i8) ==
        host::Quantization{2.0f / 255, 127});
  CHECK(host::quantization::quantization_of({0, 0}, ElementType::i8).scale == 1);
  CHECK(host::quantization::quantization_of({-2, 1}, ElementType::i16) ==
        host::Quantization{2.0f / 32767, 0});
  CHECK(host::quantization::quantization_of({0, 0}, ElementType::i16).scale == 1);
}

TEST_CASE("wrong samples and models are refused in a sentence", "[quantize]") {
  const auto model = model_of([](Builder& g) { return Dense{2}(g.input({4})); });
  const std::vector<float> samples = noise(40, 1);
  CHECK_THAT(error_of([&] { host::quantize(model, std::span(samples).first(7)); }),
             Contains("whole samples") && Contains("takes 4 numbers a sample, and got 7"));
  CHECK_THAT(error_of([&] { host::quantize(model, std::span<const float>()); }), Contains("at least one"));
  CHECK_THAT(error_of([&] { host::quantize(model, std::span<const std::span<const float>>()); }),
             Contains("has 1 inputs"));
  host::QuantizeOptions odd;
  odd.activations = ElementType::i32;
  CHECK_THAT(error_of([&] { host::quantize(model, samples, odd); }), Contains("int8 or int16"));
  const auto int8 = host::quantize(model, samples);
  CHECK_THAT(error_of([&] { host::quantize(int8, samples); }), Contains("is quantized already"));
}

}  // namespace quantize_test
