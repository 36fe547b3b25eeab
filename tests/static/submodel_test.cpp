// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/submodel.hpp>
#include <etch/model/program/deploy.hpp>
#include <etch/model/training/training_code.hpp>

using namespace etch;

inline constexpr auto autoencoder = functional([](Builder& g) {
  Tensor x = g.input({16}, "signal");
  Tensor code = Dense{.units = 4, .activation = ActivationKind::tanh, .name = "code"}(x);
  return Dense{.units = 16, .name = "restored"}(code);
});
inline constexpr auto encoder = submodel<autoencoder>("signal", "code");
inline constexpr auto decoder = submodel<autoencoder>("code", "restored");

// The parts keep the parent's weights where they are, and ship only their own.
static_assert(graph<encoder>.parameters == graph<autoencoder>.parameters);
static_assert(Deployment<encoder>::source.weight_bytes == Deployment<autoencoder>::source.weight_bytes);
static_assert(Deployment<encoder>::weight_bytes == 4 * (16 * 4 + 4));
static_assert(Deployment<decoder>::weight_bytes == 4 * (4 * 16 + 16));
static_assert(graph<decoder>.input_shapes[0] == Shape{4} && graph<decoder>.output_shapes[0] == Shape{16});
static_assert(graph<encoder>.steps.count == 2 && graph<decoder>.steps.count == 1);
