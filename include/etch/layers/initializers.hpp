// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/initializer_kind.hpp>

namespace etch {

/// Keras's initializers that have numbers, with its defaults: a layer takes `Constant{0.5f}` where it takes
/// `Initializer::glorot_uniform`. Seeds are the model's.
struct Zeros {
  constexpr operator Initializer() const { return Initializer::zeros; }
};
struct Ones {
  constexpr operator Initializer() const { return Initializer::ones; }
};
struct Constant {
  float value = 0;
  constexpr operator Initializer() const { return {Initializer::constant, value}; }
};
struct RandomNormal {
  float mean = 0, stddev = 0.05f;
  constexpr operator Initializer() const { return {Initializer::random_normal, mean, stddev}; }
};
struct RandomUniform {
  float minval = -0.05f, maxval = 0.05f;
  constexpr operator Initializer() const { return {Initializer::random_uniform, minval, maxval}; }
};

/// Normal, with draws beyond two deviations drawn again.
struct TruncatedNormal {
  float mean = 0, stddev = 0.05f;
  constexpr operator Initializer() const { return {Initializer::truncated_normal, mean, stddev}; }
};

/// Glorot and Bengio 2010: sqrt(6 / (fan_in + fan_out)) either way, or a deviation of
/// sqrt(2 / (fan_in + fan_out)).
struct GlorotUniform {
  constexpr operator Initializer() const { return Initializer::glorot_uniform; }
};
struct GlorotNormal {
  constexpr operator Initializer() const { return Initializer::glorot_normal; }
};

/// He et al. 2015: sqrt(6 / fan_in) either way, or a deviation of sqrt(2 / fan_in).
struct HeUniform {
  constexpr operator Initializer() const { return Initializer::he_uniform; }
};
struct HeNormal {
  constexpr operator Initializer() const { return Initializer::he_normal; }
};

/// LeCun et al. 1998: sqrt(3 / fan_in) either way, or a deviation of sqrt(1 / fan_in).
struct LecunUniform {
  constexpr operator Initializer() const { return Initializer::lecun_uniform; }
};
struct LecunNormal {
  constexpr operator Initializer() const { return Initializer::lecun_normal; }
};

/// `gain` times a matrix with orthonormal rows or columns, whichever are fewer; all axes but the last are its
/// rows (Saxe et al. 2014).
struct Orthogonal {
  float gain = 1;
  constexpr operator Initializer() const { return {Initializer::orthogonal, gain}; }
};

/// `gain` on the diagonal of a matrix, zero elsewhere.
struct Identity {
  float gain = 1;
  constexpr operator Initializer() const { return {Initializer::identity, gain}; }
};

}  // namespace etch
