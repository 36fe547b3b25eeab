// SPDX-License-Identifier: BSL-1.0
// A tensor of a .tflite file that several operators use, and models that no machine holds.
#include <codegen/formats/tflite/import.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/prepare/prepare.hpp>
#include <tests/formats/tflite/writer.hpp>
#include <tests/unit/error_of.hpp>

#include <catch2/catch.hpp>

namespace {

using namespace etch;
using namespace etch::test;
using Bytes = std::vector<std::byte>;
constexpr int n = 40;

/// A chain of fully connected layers, whose weights are one tensor or one each of the same numbers.
Bytes chain(ElementKind kind, int layers, bool one_tensor) {
  TfliteWriter w;
  const bool real = kind == ElementKind::float32;
  const Scales scales = real ? Scales{} : Scales{{1.0f / 32}, {3}, 0};
  const auto weights = [&] {
    std::vector<std::int8_t> numbers;
    for (int i = 0; i < n * n; ++i) numbers.push_back(static_cast<std::int8_t>(i * 37 % 23 - 11));
    if (real) return w.constant(kind, {n, n}, std::vector<float>(numbers.begin(), numbers.end()));
    return w.constant(kind, {n, n}, numbers, {{1.0f / 64}, {0}, 0});
  };
  const int first = w.tensor(kind, {1, n}, scales), shared = weights();
  int x = first;
  for (int i = 0; i < layers; ++i) {
    const int y = w.tensor(kind, {1, n}, scales);
    w.op(OperatorKind::fully_connected, {x, one_tensor ? shared : weights(), -1}, {y},
         {{0, std::int8_t{0}}, {1, std::int8_t{0}}});
    x = y;
  }
  return w.file({first}, {x});
}

std::size_t weight_bytes(const host::ImportedModel& model) {
  std::size_t bytes = 0;
  for (const auto& parameter : model.parameters) bytes += parameter.size();
  return bytes;
}

Bytes result_of(const host::ImportedModel& model) {
  host::ModelSession session(model);
  Bytes x(session.input_bytes(0));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::byte>(i % 4 < 3 ? i * 29 : 0x3e);
  session.run(x);
  const auto y = session.output(0);
  return {y.begin(), y.end()};
}

TEST_CASE("a tensor that operators share is kept once", "[tflite]") {
  for (const ElementKind kind : {ElementKind::float32, ElementKind::int8}) {
    const std::size_t matrix = n * n * (kind == ElementKind::float32 ? 4 : 1);
    const auto one = host::import_tflite(chain(kind, 1, true), "one");
    const auto shared = host::import_tflite(chain(kind, 12, true), "shared");
    const auto equal = host::import_tflite(chain(kind, 12, false), "equal");
    const std::size_t apart = weight_bytes(one) - matrix;  // what each layer has of its own
    CHECK(weight_bytes(shared) == matrix + 12 * apart);
    CHECK(weight_bytes(equal) == weight_bytes(shared));
    CHECK(shared.graph->parameters.count == static_cast<int>(shared.parameters.size()));
    CHECK(shared.graph->steps.count == 12);

    const host::ModelSession session(shared);
    CHECK(static_cast<std::size_t>(session.weight_bytes()) < 3 * matrix);

    // Layer by layer, through models of one layer.
    Bytes expected;
    {
      host::ModelSession layer(one);
      Bytes x(layer.input_bytes(0));
      for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::byte>(i % 4 < 3 ? i * 29 : 0x3e);
      for (int i = 0; i < 12; ++i) {
        layer.run(x);
        x.assign(layer.output(0).begin(), layer.output(0).end());
      }
      expected = x;
    }
    CHECK(result_of(shared) == expected);
    CHECK(result_of(host::prepare(shared)) == expected);
    CHECK(result_of(equal) == expected);
  }
}

TEST_CASE("a window that covers more than can be counted is refused", "[tflite]") {
  TfliteWriter w;
  const Scales scales{{1.0f / 32}, {3}, 0};
  const int x = w.tensor(ElementKind::int8, {1, 1, 1, 1}, scales),
            y = w.tensor(ElementKind::int8, {1, 1, 1, 1}, scales);
  const int weights = w.constant(ElementKind::int8, {1, 64, 64, 1}, std::vector<std::int8_t>(64 * 64, 1),
                                 {{1.0f / 64}, {0}, 0});
  w.op(OperatorKind::depthwise_conv_2d, {x, weights, -1}, {y},
       {{0, std::int8_t{0}}, {1, 1}, {2, 1}, {3, 1}, {4, std::int8_t{0}}, {5, 4096}, {6, 4096}});
  CHECK(error_of([&] { host::import_tflite(w.file({x}, {y}), "wide"); }) ==
        "'wide': DEPTHWISE_CONV_2D (operator 0) has filters or windows over more than 16,777,216 numbers");
}

TEST_CASE("a model that needs more memory than any board has is refused", "[tflite]") {
  TfliteWriter w;
  const int x = w.tensor(ElementKind::float32, {1, 8192, 8192}),
            y = w.tensor(ElementKind::float32, {1, 8192, 8192});
  w.op(OperatorKind::relu, {x}, {y});
  CHECK(error_of([&] { host::import_tflite(w.file({x}, {y}), "large"); }) ==
        "'large': has more than 256 MB of numbers");
}

}  // namespace
