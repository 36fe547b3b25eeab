// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/activation.hpp>

namespace etch {

namespace detail {
constexpr Tensor noise_layer(const Tensor& x, kernels::NoiseKind kind, float amount, const char* type,
                             const char* base, const char* name, LayerState& state) {
  const ops::Noise::Attributes a{kind, amount, x.builder->graph.steps.count};
  return noted(x, apply_plain<ops::Noise>(x, a, state.line), type, base, name, state);
}
constexpr bool is_rate(float rate) { return rate >= 0 && rate < 1; }
}  // namespace detail

/// The layers below change their input at random while training, and pass it on in prediction. Shapes and
/// masks stay.

/// Drops whole channels of [time, channels] with probability `rate` and scales the others by 1 / (1 - rate)
/// (Tompson et al. 2015).
struct SpatialDropout1D {
  float rate = 0.5f;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    g.check(x.shape.rank == 2, "SpatialDropout1D needs an input of 2 axes: time and channels", x.shape.rank,
            2, state.line);
    g.check(detail::is_rate(rate),
            "SpatialDropout1D needs a rate of at least 0 and below 1 (shown in thousandths)",
            detail::thousandths(rate), 999, state.line);
    return detail::noise_layer(x, kernels::NoiseKind::spatial_dropout, rate, "SpatialDropout1D",
                               "spatial_dropout1d", name, state);
  }
};

/// The same for [height, width, channels].
struct SpatialDropout2D {
  float rate = 0.5f;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    g.check(x.shape.rank == 3, "SpatialDropout2D needs an input of 3 axes: height, width, channels",
            x.shape.rank, 3, state.line);
    g.check(detail::is_rate(rate),
            "SpatialDropout2D needs a rate of at least 0 and below 1 (shown in thousandths)",
            detail::thousandths(rate), 999, state.line);
    return detail::noise_layer(x, kernels::NoiseKind::spatial_dropout, rate, "SpatialDropout2D",
                               "spatial_dropout2d", name, state);
  }
};

/// Adds normal noise of deviation `stddev`.
struct GaussianNoise {
  float stddev = 0;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    x.builder->check(stddev >= 0, "GaussianNoise needs a stddev of at least 0 (shown in thousandths)",
                     detail::thousandths(stddev), 0, state.line);
    return detail::noise_layer(x, kernels::NoiseKind::gaussian_noise, stddev, "GaussianNoise",
                               "gaussian_noise", name, state);
  }
};

/// Multiplies by normal noise of mean 1 and deviation sqrt(rate / (1 - rate)) (Srivastava et al. 2014).
struct GaussianDropout {
  float rate = 0.5f;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    x.builder->check(detail::is_rate(rate),
                     "GaussianDropout needs a rate of at least 0 and below 1 (shown in thousandths)",
                     detail::thousandths(rate), 999, state.line);
    return detail::noise_layer(x, kernels::NoiseKind::gaussian_dropout, rate, "GaussianDropout",
                               "gaussian_dropout", name, state);
  }
};

/// Dropout for networks of selu: to selu's limit, then scaled and shifted so that mean and variance stay
/// (Klambauer et al. 2017).
struct AlphaDropout {
  float rate = 0.5f;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    x.builder->check(detail::is_rate(rate),
                     "AlphaDropout needs a rate of at least 0 and below 1 (shown in thousandths)",
                     detail::thousandths(rate), 999, state.line);
    return detail::noise_layer(x, kernels::NoiseKind::alpha_dropout, rate, "AlphaDropout", "alpha_dropout",
                               name, state);
  }
};

}  // namespace etch
