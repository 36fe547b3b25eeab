// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/learning_rate.hpp>
#include <runtime/kernels/portable/call.hpp>

namespace etch {

/// Lion (Chen et al. 2023): w -= learning_rate * sign(beta_1 * m + (1 - beta_1) * g);
/// m = beta_2 * m + (1 - beta_2) * g. Its rate is best 3 to 10 times below Adam's.
struct Lion {
  LearningRate learning_rate = 0.001f;
  float beta_1 = 0.9f;
  float beta_2 = 0.99f;
  float weight_decay = 0;
  static constexpr kernels::Rule rule = kernels::Rule::lion;
  static constexpr const char* name = "lion";
  constexpr kernels::Hyper at(std::uint32_t) const {
    return {.rate = learning_rate,
            .decay1 = beta_1,
            .decay2 = beta_2,
            .weight_decay = learning_rate * weight_decay};
  }
};

}  // namespace etch
