// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/learning_rate.hpp>
#include <runtime/kernels/portable/call.hpp>

namespace etch {

/// Stochastic gradient descent: w -= learning_rate * g. With momentum it is `SGDMomentum` or `SGDNesterov`,
/// which keep a velocity for each weight.
///
/// As in every optimizer, `weight_decay` takes learning_rate * weight_decay * w off each weight before the
/// update (Loshchilov and Hutter 2019).
struct SGD {
  LearningRate learning_rate = 0.01f;
  float weight_decay = 0;
  static constexpr kernels::Rule rule = kernels::Rule::sgd;
  static constexpr const char* name = "sgd";
  constexpr kernels::Hyper at(std::uint32_t) const {
    return {.rate = learning_rate, .weight_decay = learning_rate * weight_decay};
  }
};

/// v = momentum * v - learning_rate * g; w += v. `Nesterov` looks ahead: w += momentum * v - learning_rate *
/// g (Sutskever et al. 2013).
template <bool Nesterov = false>
struct MomentumSGD {
  LearningRate learning_rate = 0.01f;
  float momentum = 0.9f;
  float weight_decay = 0;
  static constexpr kernels::Rule rule = Nesterov ? kernels::Rule::nesterov : kernels::Rule::momentum;
  static constexpr const char* name = Nesterov ? "sgd_nesterov" : "sgd_momentum";
  constexpr kernels::Hyper at(std::uint32_t) const {
    return {.rate = learning_rate, .momentum = momentum, .weight_decay = learning_rate * weight_decay};
  }
};
using SGDMomentum = MomentumSGD<false>;
using SGDNesterov = MomentumSGD<true>;

}  // namespace etch
