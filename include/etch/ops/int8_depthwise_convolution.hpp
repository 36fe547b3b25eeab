// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/int8_convolution.hpp>
#include <runtime/kernels/int8_depthwise_convolution.hpp>

namespace etch::ops {

/// A quantized depthwise convolution. Operands x i8 | w i8 [height][width][channels * multiplier], bias
/// i32[filters], scale i32[2 * filters] or i32[2], io i32[4] | y i8, scratch.
struct Int8DepthwiseConvolution : OpDefaults {
  static constexpr const char* name = "Int8DepthwiseConvolution";
  using Attributes = Int8Convolution::Attributes;
  struct Description {
    kernels::Int8DepthwiseConvolution convolution;
    bool scratch = false;
  };

  static constexpr kernels::Int8DepthwiseConvolution convolution(const Step& s) {
    const kernels::Int8Convolution c = Int8Convolution::convolution(s);
    return {c.y, c.x, c.channels, c.filters / c.channels, c.per_channel};
  }
  static constexpr Value scratch(const Step& s) {
    return {kernels::int8_depthwise_convolution_scratch(convolution(s)), Role::temporary, false,
            ElementType::i8};
  }
  static constexpr Overlap overlap(const Step& s) {
    const kernels::Int8DepthwiseConvolution c = convolution(s);
    return {0, kernels::int8_depthwise_convolution_overlap(c), 0,
            kernels::int8_depthwise_convolution_in_place(c)};
  }
  static constexpr long long macs(const Step& s) {
    return static_cast<long long>(s.out.size()) * convolution(s).taps();
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {convolution(s), scratch(s).elements > 0};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const auto at = [&](int i) { return static_cast<std::int8_t*>(p.pointer[i]); };
    const kernels::Int8DepthwiseConvolution& c = d.convolution;
    const int in = c.y.in * c.x.in * c.channels, out = c.y.out * c.x.out * c.filters();
    for (int r = 0; r < call.rows; ++r)
      kernels::int8_depthwise_convolution(
          c, at(0) + r * in, at(1), static_cast<const std::int32_t*>(p.pointer[2]),
          static_cast<const kernels::Int8Scale*>(p.pointer[3]),
          *static_cast<const kernels::Int8Io*>(p.pointer[4]), at(5) + r * out, d.scratch ? at(6) : nullptr);
  }
};

}  // namespace etch::ops
