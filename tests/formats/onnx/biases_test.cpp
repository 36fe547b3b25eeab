// SPDX-License-Identifier: BSL-1.0
// Biases that a file adds by nodes of their own.
#include <codegen/formats/onnx/operators.hpp>
#include <codegen/model/model_session.hpp>
#include <etch/ops/op_list.hpp>
#include <tests/formats/onnx/writer.hpp>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

namespace {

using namespace etch;
using namespace etch::test;
using Floats = std::vector<float>;

host::ImportedModel read(OnnxWriter& w) {
  return std::move(host::import_onnx(w.output("y").bytes(), "small.onnx").model);
}

std::vector<int> ops_of(const host::ImportedModel& model) {
  std::vector<int> ops;
  for (const Step& step : model.graph->steps) ops.push_back(step.op);
  return ops;
}

Floats run(const host::ImportedModel& model, const Floats& x) {
  host::ModelSession session(model);
  const std::span<const std::byte> input = std::as_bytes(std::span(x));
  session.run({&input, 1});
  Floats y(session.output_bytes(0) / 4);
  std::memcpy(y.data(), session.output(0).data(), session.output_bytes(0));
  return y;
}

/// A convolution of 1x2 from one channel to two, whose weights are 1 2 and 3 4.
OnnxWriter convolution() {
  OnnxWriter w;
  w.input("x", {1, 1, 1, 3}).floats("w", {1, 2, 3, 4}, {2, 1, 1, 2}).node("Conv", {"x", "w"}, {"c"});
  return w;
}

TEST_CASE("a constant for each channel of a convolution becomes its bias", "[onnx]") {
  if (*host::onnx::missing_library()) {
    WARN("skipped: this build is without libonnx");
    return;
  }
  for (const bool behind : {false, true}) {
    OnnxWriter w = convolution();
    w.floats("b", {10, 20}, {2, 1, 1});
    const auto model = read(behind ? w.node("Add", {"b", "c"}, {"y"}) : w.node("Add", {"c", "b"}, {"y"}));
    CHECK(ops_of(model) == std::vector{op_code<ops::Convolution>});
    // 1 2 3: 1*1+2*2 and 3*1+4*2, then 1*2+2*3 and 3*2+4*3. Channels lie last.
    CHECK(run(model, {1, 2, 3}) == Floats{15, 31, 18, 38});
    CHECK(std::ranges::find(model.values, std::string("y"), &host::ImportedValue::name) !=
          model.values.end());
  }
}

TEST_CASE("one number for all channels does too, and a dense layer has a bias as well", "[onnx]") {
  if (*host::onnx::missing_library()) {
    WARN("skipped: this build is without libonnx");
    return;
  }
  OnnxWriter w = convolution();
  const auto one = read(w.floats("b", {0.5}, {1}).node("Add", {"c", "b"}, {"y"}));
  CHECK(ops_of(one) == std::vector{op_code<ops::Convolution>});
  CHECK(run(one, {1, 2, 3}) == Floats{5.5f, 11.5f, 8.5f, 18.5f});
  OnnxWriter d;
  d.input("x", {1, 2}).floats("w", {1, 2, 3, 4}, {2, 2}).node("MatMul", {"x", "w"}, {"m"});
  const auto dense = read(d.floats("b", {5, 6}, {1, 2}).node("Add", {"m", "b"}, {"y"}));
  CHECK(ops_of(dense) == std::vector{op_code<ops::Dense>});
  CHECK(run(dense, {1, 1}) == Floats{9, 12});
}

TEST_CASE("sums that are no bias stay", "[onnx]") {
  if (*host::onnx::missing_library()) {
    WARN("skipped: this build is without libonnx");
    return;
  }
  const std::vector kept{op_code<ops::Convolution>, op_code<ops::Binary>};
  OnnxWriter places = convolution();  // a number for each place
  CHECK(ops_of(read(places.floats("b", {1, 2}, {1, 2}).node("Add", {"c", "b"}, {"y"}))) == kept);
  OnnxWriter full = convolution();  // and for each of each channel
  CHECK(ops_of(read(full.floats("b", {1, 2, 3, 4}, {1, 2, 1, 2}).node("Add", {"c", "b"}, {"y"}))) == kept);
  OnnxWriter less = convolution();
  CHECK(ops_of(read(less.floats("b", {1, 2}, {2, 1, 1}).node("Sub", {"c", "b"}, {"y"}))) == kept);
  OnnxWriter shown = convolution();  // what the convolution gives is asked for too
  shown.output("c");
  CHECK(ops_of(read(shown.floats("b", {1, 2}, {2, 1, 1}).node("Add", {"c", "b"}, {"y"}))) == kept);
  OnnxWriter twice = convolution();
  twice.floats("b", {1, 2}, {2, 1, 1}).node("Add", {"c", "b"}, {"s"}).node("Mul", {"s", "c"}, {"y"});
  CHECK(read(twice).graph->steps.count == 3);
  OnnxWriter biased;  // has one: a second is not added to it
  biased.input("x", {1, 1, 1, 3}).floats("w", {1, 2, 3, 4}, {2, 1, 1, 2}).floats("first", {1, 1}, {2});
  biased.node("Conv", {"x", "w", "first"}, {"c"}).floats("b", {1, 2}, {2, 1, 1});
  CHECK(ops_of(read(biased.node("Add", {"c", "b"}, {"y"}))) == kept);
}

}  // namespace
