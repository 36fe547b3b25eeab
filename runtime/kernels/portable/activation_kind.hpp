// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <cstdint>

namespace etch {

/// Functions without parameters, by Keras 3's names, applied element by element; softmax and log_softmax go
/// over the last axis. The numbers are part of a model's structure hash: append only.
enum class ActivationKind : std::int32_t {
  linear,
  relu,
  sigmoid,
  tanh,
  softmax,
  relu6,                ///< min(max(x, 0), 6)
  leaky_relu,           ///< x, or 0.2 x below 0
  elu,                  ///< x, or e^x - 1 below 0 (Clevert et al. 2015, with alpha 1)
  selu,                 ///< scaled elu (Klambauer et al. 2017)
  gelu,                 ///< x Phi(x) (Hendrycks and Gimpel 2016)
  gelu_tanh,            ///< their approximation of it: gelu(approximate=True)
  silu,                 ///< x sigmoid(x), also called swish
  softplus,             ///< log(1 + e^x)
  softsign,             ///< x / (1 + |x|)
  hard_sigmoid,         ///< relu6(x + 3) / 6
  hard_sigmoid_keras2,  ///< clip(0.2 x + 0.5, 0, 1): what hard_sigmoid meant before Keras 3
  hard_silu,            ///< x hard_sigmoid(x), also called hard_swish
  mish,                 ///< x tanh(softplus(x)) (Misra 2019)
  exponential,          ///< e^x
  log_softmax,          ///< log(softmax(x))
};

inline constexpr int activation_kinds = 20;

inline constexpr ActivationKind linear = ActivationKind::linear;
inline constexpr ActivationKind relu = ActivationKind::relu;
inline constexpr ActivationKind sigmoid = ActivationKind::sigmoid;
inline constexpr ActivationKind softmax = ActivationKind::softmax;

constexpr const char* name_of(ActivationKind kind) {
  constexpr const char* names[]{"linear",    "relu",     "sigmoid",      "tanh",
                                "softmax",   "relu6",    "leaky_relu",   "elu",
                                "selu",      "gelu",     "gelu_tanh",    "silu",
                                "softplus",  "softsign", "hard_sigmoid", "hard_sigmoid_keras2",
                                "hard_silu", "mish",     "exponential",  "log_softmax"};
  static_assert(sizeof(names) / sizeof(names[0]) == activation_kinds);
  return names[static_cast<int>(kind)];
}

/// Whether each result depends on one element alone.
constexpr bool is_elementwise(ActivationKind kind) {
  return kind != ActivationKind::softmax && kind != ActivationKind::log_softmax;
}

/// Whether the backward pass needs only the result y = f(x). The others fall and rise, so that one y has two
/// x: their backward pass needs the input.
constexpr bool derivative_from_result(ActivationKind kind) {
  switch (kind) {
    case ActivationKind::gelu:
    case ActivationKind::gelu_tanh:
    case ActivationKind::silu:
    case ActivationKind::hard_silu:
    case ActivationKind::mish:
      return false;
    default:
      return true;
  }
}

}  // namespace etch
