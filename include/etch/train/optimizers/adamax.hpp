// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/learning_rate.hpp>
#include <etch/train/power.hpp>
#include <runtime/kernels/portable/call.hpp>

namespace etch {

/// Adamax (Kingma and Ba 2015, section 7.1): m as in Adam; u = max(beta_2 * u, |g|);
/// w -= learning_rate / (1 - beta_1^t) * m / (u + epsilon).
struct Adamax {
  LearningRate learning_rate = 0.001f;
  float beta_1 = 0.9f;
  float beta_2 = 0.999f;
  float epsilon = 1e-7f;
  float weight_decay = 0;
  static constexpr kernels::Rule rule = kernels::Rule::adamax;
  static constexpr const char* name = "adamax";
  constexpr kernels::Hyper at(std::uint32_t step) const {
    return {.rate = learning_rate / (1.0f - detail::power(beta_1, step + 1)),
            .decay1 = beta_1,
            .decay2 = beta_2,
            .epsilon = epsilon,
            .weight_decay = learning_rate * weight_decay};
  }
};

}  // namespace etch
