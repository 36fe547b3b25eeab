// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <cstdint>

namespace etch {

enum class InitializerKind : std::int32_t {
  zeros,
  ones,
  constant,          ///< a
  random_uniform,    ///< from a to b
  random_normal,     ///< mean a, deviation b
  truncated_normal,  ///< the same, within two deviations of the mean
  glorot_uniform,
  glorot_normal,
  he_uniform,
  he_normal,
  lecun_uniform,
  lecun_normal,
  orthogonal,        ///< gain a
  identity,          ///< gain a
  unit_forget_bias,  ///< of an LSTM: ones in the second quarter, else zeros
};

/// How a parameter begins, as plain numbers. Kinds without numbers are named `Initializer::glorot_uniform`
/// and so on; train/initializers.hpp has Keras's names for those with numbers.
struct Initializer {
  // Not `using enum`: g++ 12 fails on it inside templates.
  static constexpr InitializerKind zeros = InitializerKind::zeros;
  static constexpr InitializerKind ones = InitializerKind::ones;
  static constexpr InitializerKind constant = InitializerKind::constant;
  static constexpr InitializerKind random_uniform = InitializerKind::random_uniform;
  static constexpr InitializerKind random_normal = InitializerKind::random_normal;
  static constexpr InitializerKind truncated_normal = InitializerKind::truncated_normal;
  static constexpr InitializerKind glorot_uniform = InitializerKind::glorot_uniform;
  static constexpr InitializerKind glorot_normal = InitializerKind::glorot_normal;
  static constexpr InitializerKind he_uniform = InitializerKind::he_uniform;
  static constexpr InitializerKind he_normal = InitializerKind::he_normal;
  static constexpr InitializerKind lecun_uniform = InitializerKind::lecun_uniform;
  static constexpr InitializerKind lecun_normal = InitializerKind::lecun_normal;
  static constexpr InitializerKind orthogonal = InitializerKind::orthogonal;
  static constexpr InitializerKind identity = InitializerKind::identity;
  static constexpr InitializerKind unit_forget_bias = InitializerKind::unit_forget_bias;
  InitializerKind kind = InitializerKind::zeros;
  float a = 0, b = 0;

  constexpr Initializer() = default;
  /// A kind that has numbers gets Keras's defaults of them.
  constexpr Initializer(InitializerKind wanted) : kind(wanted) {
    switch (wanted) {
      case random_uniform:
        a = -0.05f, b = 0.05f;
        break;
      case random_normal:
      case truncated_normal:
        b = 0.05f;
        break;
      case orthogonal:
      case identity:
        a = 1;
        break;
      default:
        break;
    }
  }
  constexpr Initializer(InitializerKind wanted, float first, float second = 0)
      : kind(wanted), a(first), b(second) {}
  constexpr bool operator==(const Initializer&) const = default;
};

}  // namespace etch
