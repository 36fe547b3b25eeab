// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/learning_rate.hpp>
#include <etch/train/power.hpp>
#include <runtime/kernels/portable/call.hpp>

namespace etch {

/// Nadam (Dozat 2015): Adam with Nesterov's momentum, whose decay warms up as
/// u_t = beta_1 * (1 - 0.5 * 0.96^t). With U_t = u_1 * ... * u_t and m and v as in Adam
/// w -= learning_rate * (u_(t+1) * m / (1 - U_(t+1)) + (1 - u_t) * g / (1 - U_t)) / (sqrt(v / (1 - beta_2^t))
/// + epsilon).
struct Nadam {
  LearningRate learning_rate = 0.001f;
  float beta_1 = 0.9f;
  float beta_2 = 0.999f;
  float epsilon = 1e-7f;
  float weight_decay = 0;
  static constexpr kernels::Rule rule = kernels::Rule::nadam;
  static constexpr const char* name = "nadam";
  constexpr kernels::Hyper at(std::uint32_t step) const {
    const float now = decay(step + 1), next = decay(step + 2), product = decays(step + 1);
    const float correction = math::sqrt(1.0f - detail::power(beta_2, step + 1));
    return {.rate = correction * learning_rate * next / (1.0f - kernels::separately(product * next)),
            .momentum = correction * learning_rate * (1.0f - now) / (1.0f - product),
            .decay1 = beta_1,
            .decay2 = beta_2,
            .epsilon = correction * epsilon,
            .weight_decay = learning_rate * weight_decay};
  }

 private:
  constexpr float decay(std::uint32_t t) const {
    return kernels::separately(beta_1 * (1.0f - 0.5f * detail::power(0.96f, t)));
  }
  /// u_1 * ... * u_t, a function of t alone so that training can go on anywhere. It stops where one less the
  /// product no longer changes; from `warm` on, u is beta_1 to the last bit.
  constexpr float decays(std::uint32_t t) const {
    constexpr std::uint32_t warm = 440;
    float product = 1, fade = 1;
    for (std::uint32_t i = 1; i <= t && i <= warm && product > 0x1p-26f; ++i) {
      fade *= 0.96f;
      product *= beta_1 * (1.0f - 0.5f * fade);
    }
    return kernels::separately(t > warm ? product * detail::power(beta_1, t - warm) : product);
  }
};

}  // namespace etch
