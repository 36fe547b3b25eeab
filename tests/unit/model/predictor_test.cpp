// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/submodel.hpp>
#include <etch/model/program/predictor.hpp>
#include <etch/model/training/initialize.hpp>
#include <runtime/host/error.hpp>

#include <array>
#include <catch2/catch.hpp>

namespace {

using namespace etch;

inline constexpr auto autoencoder = functional([](Builder& g) {
  Tensor x = g.input({16}, "signal");
  Tensor code = Dense{.units = 4, .activation = ActivationKind::tanh, .name = "code"}(x);
  return outputs(Dense{.units = 16, .name = "restored"}(code), code);
});
inline constexpr auto encoder = submodel<autoencoder>("signal", "code");
inline constexpr auto decoder = submodel<autoencoder>("code", "restored");

TEST_CASE("the parts of a model run on its weights, bit for bit as in the whole") {
  constexpr auto& whole_plan = Predictor<autoencoder>::program.plan;
  alignas(64) static std::byte weights[whole_plan.weight_bytes];
  initialize_weights<Predictor<autoencoder>::program>(5, weights);
  std::array<float, 16> x{}, restored{}, again{};
  std::array<float, 4> code{}, coded{};
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i) / 16.0f;

  static Predictor<autoencoder> whole;
  static Predictor<encoder> first;
  static Predictor<decoder> second;
  whole.predict(weights, std::array<const float*, 1>{x.data()},
                std::array<float*, 2>{restored.data(), code.data()});
  first.predict(weights, std::array<const float*, 1>{x.data()}, std::array<float*, 1>{coded.data()});
  second.predict(weights, std::array<const float*, 1>{coded.data()}, std::array<float*, 1>{again.data()});
  CHECK(coded == code);
  CHECK(again == restored);
  CHECK(code != std::array<float, 4>{});
  CHECK_THROWS_AS(first.predict(std::span(weights).first(8), std::array<const float*, 1>{x.data()},
                                std::array<float*, 1>{coded.data()}),
                  Error);
}

/// A layer that differs while training: what Keras's `training` argument is for.
struct NoisyDense {
  Dense dense{4};
  Dropout dropout{0.5f};
  constexpr Tensor operator()(Tensor x) {
    x = dense(x);
    return x.training() ? dropout(x) : x;
  }
};
inline constexpr auto noisy = subclassed<NoisyDense>({3});

TEST_CASE("a layer sees whether it is traced for training") {
  STATIC_REQUIRE(graph<noisy>.steps.count == 1);
  STATIC_REQUIRE(training_declaration<noisy>.steps.count == 2);
}

}  // namespace
