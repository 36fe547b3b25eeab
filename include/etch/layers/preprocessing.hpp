// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/activation.hpp>

namespace etch {

/// Constants of a layer: one number, or one for each channel of the last axis.
struct Numbers {
  static constexpr int capacity = 96;
  float item[capacity]{};
  int count = 0;

  constexpr Numbers(float value) : item{value}, count(1) {}
  constexpr Numbers(std::initializer_list<float> values) {
    for (float value : values) {
      if (count < capacity) item[count] = value;
      ++count;
    }
  }
  constexpr bool fits(int channels) const { return count == 1 || (count == channels && count <= capacity); }
  constexpr float operator[](int channel) const { return item[count == 1 ? 0 : channel]; }
};

namespace detail {
/// y = scale x + offset with f(channel) -> {scale, offset}: one step for every 6 channels, in place.
template <class F>
constexpr Tensor apply_affine(const Tensor& x, bool single, F f, int line) {
  const int channels = single ? 1 : x.shape.last();
  Tensor y = x;
  for (int first = 0; first < channels; first += ops::Affine::capacity) {
    ops::Affine::Attributes a{single ? 0 : channels, first, channels - first, {}, {}};
    if (a.count > ops::Affine::capacity) a.count = ops::Affine::capacity;
    for (int i = 0; i < a.count; ++i) {
      a.scale[i] = f(first + i).scale;
      a.offset[i] = f(first + i).offset;
    }
    y = apply_plain<ops::Affine>(y, a, line);
  }
  return y;
}
struct ScaleAndOffset {
  float scale = 1, offset = 0;
};
}  // namespace detail

/// scale x + offset, with one number or one for each channel of the last axis.
struct Rescaling {
  Numbers scale = 1.0f;
  Numbers offset = 0.0f;
  const char* name = nullptr;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) {
    const int channels = x.shape.last();
    x.builder->check(scale.fits(channels) && offset.fits(channels),
                     "Rescaling needs one number, or one for each channel (96 at most)",
                     scale.fits(channels) ? offset.count : scale.count, channels, state.line);
    if (x.builder->graph.fault) return detail::stopped(x);
    const Tensor y = detail::apply_affine(
        x, scale.count == 1 && offset.count == 1,
        [this](int i) {
          return detail::ScaleAndOffset{scale[i], offset[i]};
        },
        state.line);
    return detail::noted(x, y, "Rescaling", "rescaling", name, state);
  }
};

/// (x - mean) / sqrt(variance) with given numbers, one or one for each channel of the last axis; a deviation
/// below 1e-7 counts as that. `invert`: x sqrt(variance) + mean.
struct Normalization {
  Numbers mean = 0.0f;
  Numbers variance = 1.0f;
  bool invert = false;
  const char* name = nullptr;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) {
    const int channels = x.shape.last();
    x.builder->check(mean.fits(channels) && variance.fits(channels),
                     "Normalization needs one mean and variance, or one for each channel (96 at most)",
                     mean.fits(channels) ? variance.count : mean.count, channels, state.line);
    for (int i = 0; i < variance.count && i < Numbers::capacity; ++i)
      x.builder->check(variance.item[i] >= 0, "Normalization needs variances of at least 0 (in thousandths)",
                       detail::thousandths(variance.item[i]), 0, state.line);
    if (x.builder->graph.fault) return detail::stopped(x);
    const Tensor y = detail::apply_affine(
        x, mean.count == 1 && variance.count == 1, [this](int i) { return scale_and_offset(i); }, state.line);
    return detail::noted(x, y, "Normalization", "normalization", name, state);
  }

 private:
  constexpr detail::ScaleAndOffset scale_and_offset(int i) const {
    const float root = math::sqrt(variance[i]), deviation = root > 1e-7f ? root : 1e-7f;
    if (invert) return {deviation, mean[i]};
    return {1.0f / deviation, -mean[i] / deviation};
  }
};

}  // namespace etch
