// SPDX-License-Identifier: BSL-1.0
// Compiled code leaves out copies of what was computed in its place: the bits of plans without such places.
#include <catch2/catch.hpp>
#include <codegen/testing/interpreter.hpp>
#include <etch/layers/layers.hpp>
#include <etch/model/declare/declare.hpp>
#include <etch/model/program/predictor.hpp>
#include <tests/unit/agreement.hpp>

namespace {

using namespace etch;

inline constexpr auto joining = functional([](Builder& g) {
  const Tensor x = g.input({6});
  const Tensor a = Dense{3, ActivationKind::tanh}(x), b = Dense{4, relu}(a);
  const Tensor y = Concatenate{}(Add{}(b, Dense{4}(x)), Dense{3}(a), Dense{5}(b));
  const Tensor all = Concatenate{}(Dense{8}(x), y, b, y);
  return outputs(Dense{7}(all), Concatenate{}(Dense{2}(all), a));
});

TEST_CASE("joined values that were computed in their place") {
  using Whole = Predictor<joining>;
  int idle = 0, joins = 0;
  for (const Step& step : Whole::program.graph.steps) {
    if (step.op != op_code<ops::Concatenate>) continue;
    ++joins;
    idle += detail::copies_nothing(Whole::program, step);
  }
  CHECK(joins == 3);
  CHECK(idle == 1);

  constexpr int batch = 5;
  Interpreter<float> other(graph<joining>, batch, {.losses = {LossSpec{}, LossSpec{}}});
  other.initialize(3);
  std::array<float, 6 * batch> x{};
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = agreement::noise(static_cast<int>(i), 1);
  const float* const inputs[]{x.data()};
  other.predict(inputs, batch);

  alignas(64) static std::byte weights[Whole::program.plan.weight_bytes];
  initialize_weights<Whole::program>(3, weights);
  static Whole model;
  for (std::size_t r = 0; r < batch; ++r) {
    std::array<float, 7> y{};
    std::array<float, 5> z{};
    model.predict(weights, std::array<const float*, 1>{&x[r * 6]}, std::array<float*, 2>{y.data(), z.data()});
    CHECK(agreement::same_bits(y.data(), &other.output(0, inputs, batch)[r * 7], sizeof y));
    CHECK(agreement::same_bits(z.data(), &other.output(1, inputs, batch)[r * 5], sizeof z));
  }
}

}  // namespace
