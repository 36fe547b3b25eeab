// SPDX-License-Identifier: BSL-1.0
// Models with DequantizeLinear and QuantizeLinear become steps of whole numbers.
#include <codegen/formats/onnx/file.hpp>
#include <codegen/formats/onnx/import.hpp>
#include <codegen/model/model_session.hpp>
#include <tests/formats/onnx/small_models.hpp>

#include <catch2/catch.hpp>
#include <cmath>

namespace {

using namespace etch;
using namespace etch::test;
using host::onnx::array_of;

struct Scale {
  double scale = 1;
  std::int64_t zero = 0;
};

/// The same operators on both sides of a pair of QuantizeLinear and DequantizeLinear.
struct Quantized {
  OnnxWriter w;
  Quantized& pair(const std::string& from, const std::string& to, Scale q) {
    w.floats(to + "_s", {q.scale}, {})
        .constant(to + "_z", array_of(std::vector{q.zero}, {}, DataType::uint8));
    w.node("QuantizeLinear", {from, to + "_s", to + "_z"}, {to + "_q"});
    w.node("DequantizeLinear", {to + "_q", to + "_s", to + "_z"}, {to});
    return *this;
  }
};

double stored(double x, Scale q) {
  return q.scale * (std::clamp(std::nearbyint(x / q.scale) + static_cast<double>(q.zero), 0.0, 255.0) -
                    static_cast<double>(q.zero));
}

TEST_CASE("a quantized convolution is one step, and rounded once", "[onnx]") {
  if (*host::onnx::missing_library()) return;
  const Scale in{0.05, 100}, out{0.0737, 30};
  std::vector<std::int64_t> numbers;
  for (int i = 0; i < 18; ++i) numbers.push_back(i * 11 % 61 - 30);
  Quantized q;
  q.w.input("x", {1, 1, 4, 4}).constant("wq", array_of(numbers, {2, 1, 3, 3}, DataType::int8));
  q.w.floats("ws", {0.01, 0.02}, {2})
      .constant("wz", array_of(std::vector<std::int64_t>{0, 0}, {2}, DataType::int8));
  q.w.node("DequantizeLinear", {"wq", "ws", "wz"}, {"w"}, {{"axis", 0}}).floats("b", {0.3, -0.4}, {2});
  q.pair("x", "a", in);
  q.w.node("Conv", {"a", "w", "b"}, {"c"}, {{"pads", {1, 1, 1, 1}}}).node("Relu", {"c"}, {"r"});
  q.pair("r", "y", out);
  q.w.output("y");
  const auto model = host::import_onnx(q.w.bytes(), "m.onnx");
  CHECK(!has_real_steps(model.model));
  CHECK(model.moves == 0);
  host::ModelSession session(model.model);
  // Rounded twice, some thirty of these results are a step away.
  int away = 0, looked_at = 0;
  for (std::size_t sample = 0; sample < 200; ++sample) {
    std::vector<float> x(16);
    for (std::size_t i = 0; i < x.size(); ++i)
      x[i] = static_cast<float>((i + sample) * (7 + sample) % 97) * 0.05f - 2.4f;
    session.run(std::as_bytes(std::span(x)));
    const auto y = host::numbers_in<float>(session.output());
    for (int f = 0; f < 2; ++f)
      for (int place = 0; place < 16; ++place) {
        double sum = f ? -0.4 : 0.3;
        for (int k = 0; k < 9; ++k) {
          const int iy = place / 4 + k / 3 - 1, ix = place % 4 + k % 3 - 1;
          if (iy < 0 || iy > 3 || ix < 0 || ix > 3) continue;
          const double w =
              (f ? 0.02 : 0.01) * static_cast<double>(numbers[static_cast<std::size_t>(f * 9 + k)]);
          sum += w * stored(static_cast<double>(x[static_cast<std::size_t>(iy * 4 + ix)]), in);
        }
        const double steps = std::max(sum, 0.0) / out.scale;
        if (std::fabs(steps - std::floor(steps) - 0.5) < 1e-6) continue;  // a half goes either way
        const float got = y[static_cast<std::size_t>(place * 2 + f)];     // channels last
        away += std::fabs(static_cast<double>(got) - stored(steps * out.scale, out)) > out.scale * 0.01;
        ++looked_at;
      }
  }
  CHECK(away == 0);
  CHECK(looked_at > 6000);
}

TEST_CASE("what lies between two quantizations and is not supported in whole numbers stays real", "[onnx]") {
  if (*host::onnx::missing_library()) return;
  Quantized q;
  q.w.input("x", {1, 6});
  q.pair("x", "a", {0.05, 100});
  q.w.node("LpNormalization", {"a"}, {"n"}, {{"axis", 1}});
  q.pair("n", "y", {1.0 / 128, 128});
  q.w.output("y");
  const auto model = host::import_onnx(q.w.bytes(), "m.onnx");
  CHECK(has_real_steps(model.model));
}

TEST_CASE("QuantizeLinear rounds halves to even numbers", "[onnx]") {
  if (*host::onnx::missing_library()) return;
  Quantized q;
  q.w.input("x", {8});
  q.pair("x", "y", {2, 100});
  q.w.output("y");
  const auto model = host::import_onnx(q.w.bytes(), "m.onnx");
  host::ModelSession session(model.model);
  const std::vector<float> x{1, 3, 5, -1, -3, -5, 1.1f, -1000};
  session.run(std::as_bytes(std::span(x)));
  CHECK(host::numbers_in<float>(session.output()) == std::vector<float>{0, 4, 4, 0, -4, -4, 2, -200});
}

TEST_CASE("LSTM begins with the states that it is given, in each direction", "[onnx]") {
  if (*host::onnx::missing_library()) return;
  OnnxWriter w;
  w.input("x", {3, 1, 2}).input("h", {2, 1, 1}).input("c", {2, 1, 1});
  w.floats("w", std::vector<double>(16, 0.5), {2, 4, 2})
      .floats("r", std::vector<double>(8, -0.25), {2, 4, 1});
  w.node("LSTM", {"x", "w", "r", "", "", "h", "c"}, {"y"},
         {{"direction", "bidirectional"}, {"hidden_size", 1}});
  w.output("y");
  const auto model = host::import_onnx(w.bytes(), "m.onnx");
  host::ModelSession session(model.model);
  const std::vector<float> x{1, 0.5f, -1, 0.25f, 0, 2}, h{0.5f, -0.5f}, c{1, -2};
  const std::span<const std::byte> inputs[]{std::as_bytes(std::span(x)), std::as_bytes(std::span(h)),
                                            std::as_bytes(std::span(c))};
  session.run(inputs);
  const auto y = host::numbers_in<float>(session.output());  // [steps, directions]
  REQUIRE(y.size() == 6);
  for (int d = 0; d < 2; ++d) {
    double state = static_cast<double>(h[static_cast<std::size_t>(d)]),
           cell = static_cast<double>(c[static_cast<std::size_t>(d)]);
    for (int k = 0; k < 3; ++k) {
      const auto t = static_cast<std::size_t>(d ? 2 - k : k);
      const double sum = 0.5 * static_cast<double>(x[2 * t] + x[2 * t + 1]) - 0.25 * state;
      const double gate = 1 / (1 + std::exp(-sum));
      cell = gate * cell + gate * std::tanh(sum);
      state = gate * std::tanh(cell);
      CHECK(std::fabs(static_cast<double>(y[2 * t + static_cast<std::size_t>(d)]) - state) < 1e-5);
    }
  }
}

}  // namespace
