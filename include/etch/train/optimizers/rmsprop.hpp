// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/learning_rate.hpp>
#include <runtime/kernels/portable/call.hpp>

namespace etch {

/// RMSprop (Hinton's lecture 6e): s = rho * s + (1 - rho) * g^2; w -= learning_rate * g / sqrt(s + epsilon).
/// `Centered` divides by the deviation instead: the root of s less the squared mean of the gradient.
template <bool Centered = false>
struct RootMeanSquare {
  LearningRate learning_rate = 0.001f;
  float rho = 0.9f;
  float epsilon = 1e-7f;
  float weight_decay = 0;
  static constexpr kernels::Rule rule = Centered ? kernels::Rule::rmsprop_centered : kernels::Rule::rmsprop;
  static constexpr const char* name = Centered ? "rmsprop_centered" : "rmsprop";
  constexpr kernels::Hyper at(std::uint32_t) const {
    return {.rate = learning_rate,
            .decay1 = rho,
            .epsilon = epsilon,
            .weight_decay = learning_rate * weight_decay};
  }
};
using RMSprop = RootMeanSquare<false>;
using RMSpropCentered = RootMeanSquare<true>;

/// Keras's RMSprop with `momentum` above 0: v = momentum * v + RMSprop's step; w -= v.
struct RMSpropMomentum {
  LearningRate learning_rate = 0.001f;
  float rho = 0.9f;
  float momentum = 0.9f;
  float epsilon = 1e-7f;
  float weight_decay = 0;
  static constexpr kernels::Rule rule = kernels::Rule::rmsprop_momentum;
  static constexpr const char* name = "rmsprop_momentum";
  constexpr kernels::Hyper at(std::uint32_t) const {
    return {.rate = learning_rate,
            .momentum = momentum,
            .decay1 = rho,
            .epsilon = epsilon,
            .weight_decay = learning_rate * weight_decay};
  }
};

}  // namespace etch
