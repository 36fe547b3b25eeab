// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/learning_rate.hpp>
#include <runtime/kernels/portable/call.hpp>

namespace etch {

/// Adadelta (Zeiler 2012): s = rho * s + (1 - rho) * g^2; d = sqrt(u + epsilon) / sqrt(s + epsilon) * g;
/// u = rho * u + (1 - rho) * d^2; w -= learning_rate * d. The paper's learning rate is 1.
struct Adadelta {
  LearningRate learning_rate = 0.001f;
  float rho = 0.95f;
  float epsilon = 1e-7f;
  float weight_decay = 0;
  static constexpr kernels::Rule rule = kernels::Rule::adadelta;
  static constexpr const char* name = "adadelta";
  constexpr kernels::Hyper at(std::uint32_t) const {
    return {.rate = learning_rate,
            .decay1 = rho,
            .epsilon = epsilon,
            .weight_decay = learning_rate * weight_decay};
  }
};

}  // namespace etch
