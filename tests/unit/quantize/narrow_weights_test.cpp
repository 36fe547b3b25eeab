// SPDX-License-Identifier: BSL-1.0
// Weights of quantized models in 4 bits: which numbers they become, what outputs change by it, and which
// layers are chosen.
#include <catch2/catch.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/prepare/prepare.hpp>
#include <codegen/quantize/narrow_weights.hpp>
#include <codegen/quantize/round_weights.hpp>
#include <tests/unit/error_of.hpp>
#include <tests/unit/int8_models.hpp>

#include <cmath>

namespace {

using namespace etch;
using namespace etch::host::quantization;
using Catch::Matchers::Contains;
using test::Int8Models;
using Filter = std::vector<std::int8_t>;

TEST_CASE("filters that 4 bits hold stay as they are", "[int4]") {
  for (const Filter& filter : {Filter{0, 0, 0}, Filter{-8, 7, 1}, Filter{5}, Filter{-8}}) {
    const RoundedFilters rounded = WeightRounding(filter.size()).round({filter});
    CHECK(rounded.weights[0] == filter);
    CHECK(rounded.ratio == 1);
  }
}

TEST_CASE("filters become steps that err least", "[int4]") {
  // Multiples of 18: the largest are -8 and 7 of these.
  const Filter multiples{-126, 126, 54, 0, -18};
  const RoundedFilters exact = WeightRounding(5).round({multiples});
  CHECK(exact.ratio == Approx(18));
  CHECK(exact.weights[0] == Filter{-7, 7, 3, 0, -1});
  Filter trained;  // for 15 steps, as int8 has them
  Filter steps;
  for (int step = -7; step <= 7; ++step) {
    steps.push_back(static_cast<std::int8_t>(step));
    trained.push_back(static_cast<std::int8_t>(std::lround(127 * step / 7.0)));
  }
  CHECK(WeightRounding(15).round({trained}).weights[0] == steps);
  // The largest may be below 0, where one step more would hold it.
  for (const Filter& below : {Filter{-127, -36}, Filter{-127, 54, 0, 109}}) {
    const RoundedFilters found = WeightRounding(below.size()).round({below});
    CHECK(found.ratio == Approx(127 / 7.0));
    CHECK(found.weights[0][0] == -7);
    CHECK(found.weights[0][1] == std::lround(below[1] * 7 / 127.0));
  }
  const Filter least{-128}, most{127};
  CHECK(WeightRounding(1).round({least}).weights[0] == Filter{-8});
  CHECK(WeightRounding(1).round({most}).weights[0] == Filter{7});
  const RoundedFilters both = WeightRounding(1).round({least, most});  // that have one step
  CHECK(both.ratio == Approx(127.0 / 7).margin(1));
  CHECK(both.weights == std::vector<Filter>{{-7}, {7}});
  // One weight of its own size is clipped where many others gain by it.
  Filter one(65, 9);
  one[0] = 127;
  for (std::size_t i = 1; i < one.size(); i += 2) one[i] = -11;
  const RoundedFilters clipped = WeightRounding(one.size()).round({one});
  CHECK(clipped.ratio < 127.0 / 7);
  CHECK(clipped.weights[0][0] == 7);
}

/// What a filter's rounding does to its sums, squared, in the mean.
double error_of_sums(const Filter& filter, const RoundedFilters& rounded, const InputMoments& m) {
  const std::size_t n = filter.size();
  double error = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      const auto e = [&](std::size_t k) { return filter[k] - rounded.ratio * rounded.weights[0][k]; };
      error += e(i) * e(j) * m.covariance[std::max(i, j) * n + std::min(i, j)];
    }
  return error;
}

TEST_CASE("taps that go together take over each other's errors", "[int4]") {
  constexpr std::size_t n = 12;
  std::mt19937 engine(4);
  const auto drawn = [&] { return static_cast<double>(engine() % 2001) / 1000 - 1; };
  InputMoments m{std::vector<double>(n), std::vector<double>(n), std::vector<double>(n * n)};
  for (int sample = 0; sample < 400; ++sample) {  // taps of few sources
    const double sources[]{drawn(), drawn(), drawn()};
    double x[n];
    for (std::size_t i = 0; i < n; ++i) x[i] = 30 * (sources[i % 3] + sources[i % 2]) + drawn();
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j <= i; ++j) m.covariance[i * n + j] += x[i] * x[j] / 400;
  }
  for (std::size_t i = 0; i < n; ++i) m.variance[i] = m.covariance[i * n + i];
  double alone = 0, together = 0;
  for (int k = 0; k < 40; ++k) {
    Filter filter(n);
    for (std::int8_t& w : filter) w = static_cast<std::int8_t>(127 * drawn());
    alone += error_of_sums(filter, WeightRounding(n).round({filter}), m);
    together += error_of_sums(filter, WeightRounding(m).round({filter}), m);
  }
  INFO("errors by themselves " << alone << ", together " << together);
  CHECK(together < 0.5 * alone);
  m.covariance.clear();
  std::ranges::fill(m.variance, 0);  // inputs that never change tell nothing
  const Filter filter{100, -50, 25, 3, 2, 1, 0, 0, 9, 9, -9, 90};
  CHECK(WeightRounding(m).round({filter}).weights == WeightRounding(n).round({filter}).weights);
}

/// A model of some layers, and samples.
struct Drawn {
  explicit Drawn(unsigned seed) : models(seed) {
    Tensor x = models.convolution(models.input({5, 4, 3}), 6, 3, 1, true);
    x = models.convolution(x, 1, 1, 1, true);  // of which no byte would be saved
    x = models.convolution(x, 9, 3, 2, true);
    model = models.model({models.softmax(models.dense(x, 5))});
    const std::size_t bytes = host::ModelSession(model).input_bytes(0);
    for (int i = 0; i < 20; ++i) numbers.push_back(models.sample(bytes));
    for (const auto& sample : numbers) samples.push_back({std::span(sample)});
  }
  Int8Models models;
  host::ImportedModel model;
  std::vector<std::vector<std::byte>> numbers;
  std::vector<host::StoredSample> samples;
};

std::size_t bytes_of_weights(const host::ImportedModel& model) {
  std::size_t bytes = 0;
  for (const auto& parameter : model.parameters) bytes += parameter.size();
  return bytes;
}
/// Ready to ship, with all channels.
host::ImportedModel prepared_whole(const host::ImportedModel& model) {
  return host::prepare(model, kernels::every_set, true);
}
int narrow_steps(const host::ImportedModel& model) {
  const host::ImportedModel prepared = prepared_whole(model);
  int count = 0;
  for (const Step& step : prepared.graph->steps)
    count += step.op == op_code<ops::QuantizedInt4Convolution> ? 1 : 0;
  return count;
}

TEST_CASE("all layers that get smaller have weights of 4 bits, and ship with the same bytes", "[int4]") {
  for (unsigned seed = 0; seed < 8; ++seed) {
    Drawn drawn(seed);
    for (const bool fitted : {false, true}) {
      host::NarrowReport report;
      const auto samples = std::span(drawn.samples).first(fitted ? drawn.samples.size() : 0);
      const host::ImportedModel made = host::narrow_weights(drawn.model, samples, {}, &report);
      CHECK(report.layers.size() == 3);
      CHECK(report.error.has_value() == fitted);
      CHECK(narrow_steps(made) == 3);
      const host::ImportedModel shipped = prepared_whole(made);
      host::ModelSession before(made), after(shipped);
      const std::int64_t scales = 3 * (6 + 9 + 5);  // a filter's takes 5 bytes then, not 8
      CHECK(static_cast<std::int64_t>(bytes_of_weights(made) - bytes_of_weights(shipped)) ==
            report.saved() + scales);
      for (const host::StoredSample& sample : drawn.samples) {
        before.run(sample);
        after.run(sample);
        CHECK(std::ranges::equal(before.output(), after.output()));
      }
      CHECK_THAT(host::sentence_of(report), Contains("in 3 of 3 layers"));
    }
  }
}

TEST_CASE("layers are chosen as long as the outputs keep within the limit", "[int4]") {
  Drawn drawn(2);
  int before = 0;
  for (const double most : {0.0, 0.02, 0.1, 0.3, 10.0}) {
    host::NarrowReport report;
    const host::ImportedModel made =
        host::narrow_weights(drawn.model, drawn.samples, {.choose = true, .max_error = most}, &report);
    INFO("outputs may change by " << most);
    CHECK(report.error.value() <= most);
    for (const host::NarrowedLayer& layer : report.layers) CHECK(layer.error.has_value());
    const int now = narrow_steps(made);
    CHECK(now >= before);
    before = now;
  }
  CHECK(before == 3);
}

TEST_CASE("what cannot be chosen or narrowed is refused", "[int4]") {
  Drawn drawn(1);
  CHECK_THAT(error_of([&] { host::narrow_weights(drawn.model, {}, {.choose = true}); }),
             Contains("--calibrate"));
  Int8Models m(5);
  const host::ImportedModel pooled = m.model({m.softmax(m.pool(m.input({4, 4, 2}), false))});
  CHECK_THAT(error_of([&] { host::narrow_weights(pooled, {}); }), Contains("no convolution or dense layer"));
}

}  // namespace
