// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>

namespace etch {

/// Element-wise functions and softmax (over the last axis), by Keras's names.
enum class ActivationKind : std::int32_t { linear, relu, sigmoid, tanh, softmax };

inline constexpr ActivationKind linear = ActivationKind::linear;
inline constexpr ActivationKind relu = ActivationKind::relu;
inline constexpr ActivationKind sigmoid = ActivationKind::sigmoid;
inline constexpr ActivationKind softmax = ActivationKind::softmax;

constexpr const char* name_of(ActivationKind kind) {
  constexpr const char* names[] = {"linear", "relu", "sigmoid", "tanh", "softmax"};
  return names[static_cast<int>(kind)];
}

}  // namespace etch
