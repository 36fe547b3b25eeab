// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/call.hpp>
#include <runtime/kernels/portable/math.hpp>

#include <cstdint>

namespace etch {

namespace detail {
/// base^n by squaring: the same bits wherever training stopped and went on.
constexpr float power(float base, std::uint32_t n) {
  float result = 1;
  for (; n > 0; n >>= 1, base *= base)
    if (n & 1) result *= base;
  return result;
}
}  // namespace detail

/// Stochastic gradient descent, with Keras's defaults. `momentum` above 0 keeps a velocity a weight.
struct SGD {
  float learning_rate = 0.01f;
  static constexpr kernels::Rule rule = kernels::Rule::sgd;
  static constexpr const char* name = "sgd";
  constexpr kernels::Hyper at(std::uint32_t) const { return {learning_rate, 0, 0, 0, 0}; }
};

/// Gradient descent with momentum; `Nesterov` looks ahead (Sutskever et al. 2013).
template <bool Nesterov = false>
struct MomentumSGD {
  float learning_rate = 0.01f;
  float momentum = 0.9f;
  static constexpr kernels::Rule rule = Nesterov ? kernels::Rule::nesterov : kernels::Rule::momentum;
  static constexpr const char* name = Nesterov ? "sgd_nesterov" : "sgd_momentum";
  constexpr kernels::Hyper at(std::uint32_t) const { return {learning_rate, momentum, 0, 0, 0}; }
};
using SGDMomentum = MomentumSGD<false>;
using SGDNesterov = MomentumSGD<true>;

/// Adam (Kingma and Ba 2015) with Keras's defaults.
struct Adam {
  float learning_rate = 0.001f;
  float beta_1 = 0.9f;
  float beta_2 = 0.999f;
  float epsilon = 1e-7f;
  static constexpr kernels::Rule rule = kernels::Rule::adam;
  static constexpr const char* name = "adam";
  constexpr kernels::Hyper at(std::uint32_t step) const {
    const float correction =
        math::sqrt(1.0f - detail::power(beta_2, step + 1)) / (1.0f - detail::power(beta_1, step + 1));
    return {learning_rate * correction, 0, beta_1, beta_2, epsilon};
  }
};

/// RMSprop (Hinton's lecture 6e) with Keras's defaults.
struct RMSprop {
  float learning_rate = 0.001f;
  float rho = 0.9f;
  float epsilon = 1e-7f;
  static constexpr kernels::Rule rule = kernels::Rule::rmsprop;
  static constexpr const char* name = "rmsprop";
  constexpr kernels::Hyper at(std::uint32_t) const { return {learning_rate, 0, rho, 0, epsilon}; }
};

}  // namespace etch
