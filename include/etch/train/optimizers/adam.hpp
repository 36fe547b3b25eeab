// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/learning_rate.hpp>
#include <etch/train/power.hpp>
#include <runtime/kernels/portable/call.hpp>

namespace etch {

namespace detail {
constexpr kernels::Hyper adam_at(std::uint32_t step, float rate, float beta_1, float beta_2, float epsilon,
                                 float weight_decay) {
  const float correction = math::sqrt(1.0f - power(beta_2, step + 1)) / (1.0f - power(beta_1, step + 1));
  return {.rate = rate * correction,
          .decay1 = beta_1,
          .decay2 = beta_2,
          .epsilon = epsilon,
          .weight_decay = rate * weight_decay};
}
}  // namespace detail

/// Adam (Kingma and Ba 2015, with the epsilon of the end of section 2): m += (1 - beta_1) * (g - m);
/// v += (1 - beta_2) * (g^2 - v);
/// w -= learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) * m / (sqrt(v) + epsilon).
struct Adam {
  LearningRate learning_rate = 0.001f;
  float beta_1 = 0.9f;
  float beta_2 = 0.999f;
  float epsilon = 1e-7f;
  float weight_decay = 0;
  static constexpr kernels::Rule rule = kernels::Rule::adam;
  static constexpr const char* name = "adam";
  constexpr kernels::Hyper at(std::uint32_t step) const {
    return detail::adam_at(step, learning_rate, beta_1, beta_2, epsilon, weight_decay);
  }
};

/// Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019).
struct AdamW {
  LearningRate learning_rate = 0.001f;
  float weight_decay = 0.004f;
  float beta_1 = 0.9f;
  float beta_2 = 0.999f;
  float epsilon = 1e-7f;
  static constexpr kernels::Rule rule = kernels::Rule::adam;
  static constexpr const char* name = "adamw";
  constexpr kernels::Hyper at(std::uint32_t step) const {
    return detail::adam_at(step, learning_rate, beta_1, beta_2, epsilon, weight_decay);
  }
};

}  // namespace etch
