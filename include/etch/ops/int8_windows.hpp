// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/channels.hpp>
#include <etch/ops/int8_range.hpp>
#include <runtime/kernels/portable/int8_convolution.hpp>

/// What the traits of quantized convolutions compute of windows and weights.
namespace etch::ops::detail {

/// Calls f(index of the tap, index of its pixel or -1 outside) for the taps of the window at (oy, ox).
template <class F>
constexpr void for_taps(const kernels::Int8Axis& y, const kernels::Int8Axis& x, int oy, int ox, F&& f) {
  for (int ky = 0; ky < y.kernel; ++ky)
    for (int kx = 0; kx < x.kernel; ++kx) {
      const int iy = oy * y.stride - y.before + ky * y.dilation;
      const int ix = ox * x.stride - x.before + kx * x.dilation;
      const bool inside = iy >= 0 && iy < y.in && ix >= 0 && ix < x.in;
      f(ky * x.kernel + kx, inside ? iy * x.in + ix : -1);
    }
}

/// The weights of a convolution of int8, of either kind.
struct Int8ConvolutionWeights {
  const std::int8_t* taps;
  const std::int32_t* bias;
  kernels::Int8Scales scale;
  kernels::Int8Io io;

  explicit Int8ConvolutionWeights(const void* const* weights, bool short_scales = false)
      : taps(static_cast<const std::int8_t*>(weights[0])),
        bias(static_cast<const std::int32_t*>(weights[1])),
        scale{weights[2], short_scales},
        io(*static_cast<const kernels::Int8Io*>(weights[3])) {}

  Int8Range result(int f, SumRange sum, bool per_channel) const {
    sum.low += bias[f];
    sum.high += bias[f];
    return sum.requantized(scale[per_channel ? f : 0], io);
  }
  /// What padded taps read.
  Int8Range outside() const {
    const auto zero_point = static_cast<std::int8_t>(io.input_zero_point);
    return {zero_point, zero_point};
  }
};

/// What one channel of a convolution's input adds to one filter. The input has `channels` of them, once or,
/// where all of a value is read as one pixel, again and again.
class ChannelSums {
 public:
  ChannelSums(const kernels::Int8Convolution& c, const void* const* weights, Int8Ranges x, int channels)
      : c_(c), weights_(weights), x_(x), channels_(channels) {}

  FixedSum sum(int channel, int f) const {
    if (all_zero(channel, f)) return {true, 0};
    if (!is_fixed(channel)) return {};
    const std::int64_t first = at(channel, f, 0, 0);
    for (int oy = 0; oy < c_.y.out; ++oy)
      for (int ox = 0; ox < c_.x.out; ++ox)
        if (at(channel, f, oy, ox) != first) return {};
    return {true, first};
  }

 private:
  std::int32_t weight(int f, int tap, int i) const {
    return weights_.taps[f * c_.row + tap * c_.channels + i];
  }
  bool all_zero(int channel, int f) const {
    for (int tap = 0; tap < c_.y.kernel * c_.x.kernel; ++tap)
      for (int i = channel; i < c_.channels; i += channels_)
        if (weight(f, tap, i) != 0) return false;
    return true;
  }
  bool is_fixed(int channel) const {
    const auto step = static_cast<std::size_t>(channels_);
    for (auto i = static_cast<std::size_t>(channel); i < x_.size(); i += step)
      if (!x_[i].fixed()) return false;
    return true;
  }
  std::int64_t at(int channel, int f, int oy, int ox) const {
    std::int64_t sum = 0;
    for_taps(c_.y, c_.x, oy, ox, [&](int tap, int pixel) {
      for (int i = channel; i < c_.channels; i += channels_)
        sum += weight(f, tap, i) * (pixel < 0 ? weights_.io.input_zero_point
                                              : x_[static_cast<std::size_t>(pixel * c_.channels + i)].low);
    });
    return sum;
  }

  kernels::Int8Convolution c_;
  Int8ConvolutionWeights weights_;
  Int8Ranges x_;
  int channels_;
};

}  // namespace etch::ops::detail
