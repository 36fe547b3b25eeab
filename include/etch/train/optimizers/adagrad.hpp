// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/learning_rate.hpp>
#include <runtime/kernels/portable/call.hpp>

namespace etch {

/// Adagrad (Duchi, Hazan and Singer 2011): s += g^2; w -= learning_rate * g / sqrt(s + epsilon). s begins at
/// `initial_accumulator_value`.
struct Adagrad {
  LearningRate learning_rate = 0.001f;
  float initial_accumulator_value = 0.1f;
  float epsilon = 1e-7f;
  float weight_decay = 0;
  static constexpr kernels::Rule rule = kernels::Rule::adagrad;
  static constexpr const char* name = "adagrad";
  constexpr float initial_slot(int) const { return initial_accumulator_value; }
  constexpr kernels::Hyper at(std::uint32_t) const {
    return {.rate = learning_rate, .epsilon = epsilon, .weight_decay = learning_rate * weight_decay};
  }
};

}  // namespace etch
