// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/activation_functions.hpp>
#include <runtime/kernels/portable/call.hpp>
#include <runtime/kernels/portable/random.hpp>

#include <cstdint>

namespace etch::kernels {

enum class NoiseKind : std::int32_t {
  spatial_dropout,   ///< one draw a channel and sample drops it or scales it by 1 / (1 - amount)
  gaussian_noise,    ///< x + normal of deviation `amount`
  gaussian_dropout,  ///< x times a normal of mean 1 and deviation sqrt(amount / (1 - amount))
  alpha_dropout,     ///< dropout to selu's limit that keeps mean and variance (Klambauer et al. 2017)
};

/// Random changes while training. A draw is a function of (seed, step, node, element), so that the backward
/// pass draws again.
struct Noise {
  NoiseKind kind = NoiseKind::spatial_dropout;
  int elements = 0, channels = 0, node = 0;
  float amount = 0;  ///< rate or deviation
  int backward = 0;
  int part_elements = 0;  ///< of each sample of the model, where the batch runs in parts; else 0
  constexpr bool operator==(const Noise&) const = default;
};

/// The streams of draws: dropout has 1.
inline constexpr std::uint32_t first_noise_stream = 20;

namespace detail {
template <class T>
inline T alpha_dropout(const Noise& d, bool kept, T x) {
  const T rate = T(d.amount), limit = -T(selu_alpha) * T(selu_scale);
  const T a = T(1) / math::sqrt((T(1) - rate) * multiply_add(rate * limit, limit, T(1)));
  if (d.backward) return kept ? a * x : T(0);
  return multiply_subtract(a * limit, rate, a * (kept ? x : limit));
}
}  // namespace detail

/// `y` may be `x`. Backward: `x` is dy and `y` dx.
template <class T>
inline void noise(const Noise& d, const Call& call, const T* x, T* y) {
  const random::Key key{call.seed, first_noise_stream + static_cast<std::uint32_t>(d.kind)};
  const auto node = static_cast<std::uint32_t>(d.node);
  const auto uniform = [&](int i) {
    return random::uniform(key, call.step, node, static_cast<std::uint32_t>(i));
  };
  const auto normal = [&](int i) {
    return T(random::normal(key, call.step, node, static_cast<std::uint32_t>(i)));
  };
  const int n = call.rows * d.elements, begin = first_element(d.part_elements, call);
  const T keep = T(1) - T(d.amount);
  switch (d.kind) {
    case NoiseKind::spatial_dropout:
      for (int i = 0; i < n; ++i) {
        const int draw = (begin + i) / d.elements * d.channels + (begin + i) % d.channels;
        y[i] = uniform(draw) >= d.amount ? x[i] / keep : T(0);
      }
      break;
    case NoiseKind::gaussian_noise:
      for (int i = 0; i < n; ++i) y[i] = multiply_add(T(d.amount), normal(begin + i), x[i]);
      break;
    case NoiseKind::gaussian_dropout: {
      const T deviation = math::sqrt(T(d.amount) / keep);
      for (int i = 0; i < n; ++i) y[i] = x[i] * multiply_add(deviation, normal(begin + i), T(1));
      break;
    }
    case NoiseKind::alpha_dropout:
      for (int i = 0; i < n; ++i) y[i] = detail::alpha_dropout(d, uniform(begin + i) >= d.amount, x[i]);
      break;
  }
}

}  // namespace etch::kernels
