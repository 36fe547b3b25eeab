// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/int8_convolution.hpp>
#include <runtime/kernels/int8_depthwise_convolution.hpp>

namespace etch::ops {

/// A quantized depthwise convolution. Operands x i8 | w i8 [height][width][channels * multiplier], bias
/// i32[filters], scale i32[2 * filters] or i32[2], io i32[4] | y i8, scratch; wide as `Int8Convolution`.
struct Int8DepthwiseConvolution : OpDefaults {
  static constexpr const char* name = "Int8DepthwiseConvolution";
  using Attributes = Int8Convolution::Attributes;
  struct Description {
    kernels::Int8DepthwiseConvolution convolution;
    int scratch = 0;
    int wide = 0;
  };

  static constexpr kernels::Int8DepthwiseConvolution convolution(const Step& s) {
    const kernels::Int8Convolution c = Int8Convolution::convolution(s);
    return {c.y, c.x, c.channels, c.filters / c.channels, c.per_channel};
  }
  static constexpr Value scratch(const Step& s) {
    const kernels::Int8DepthwiseConvolution c = convolution(s);
    const ElementType type = Int8Convolution::type(s);
    return {type == ElementType::i16 ? kernels::int8_depthwise_convolution_scratch_portable(c)
                                     : kernels::int8_depthwise_convolution_scratch(c),
            Role::temporary, false, type};
  }
  static constexpr Overlap overlap(const Step& s) {
    const kernels::Int8DepthwiseConvolution c = convolution(s);
    return {0, 0, kernels::int8_depthwise_convolution_overlap(c),
            kernels::int8_depthwise_convolution_in_place(c)};
  }
  static constexpr long long macs(const Step& s) {
    return static_cast<long long>(s.out.size()) * convolution(s).taps();
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {convolution(s), scratch(s).elements > 0 ? 1 : 0, unpack<Attributes>(s.attributes).wide};
  }
  static constexpr bool shares_code(const Description& d) { return d.convolution.multiplier == 1; }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const kernels::Int8DepthwiseConvolution& c = d.convolution;
    const int in = c.y.in * c.x.in * c.channels, out = c.y.out * c.x.out * c.filters();
    as_whole(
        d.wide != 0 ? ElementType::i16 : ElementType::i8,
        p, [&]<class X>(Operands<X> at) __attribute__((always_inline)) {
          using Bias = typename kernels::WeightedSum<X>::Bias;
          for (int r = 0; r < call.rows; ++r)
            kernels::int8_depthwise_convolution(
                c, at[0] + r * in, static_cast<const std::int8_t*>(p.pointer[1]),
                static_cast<const Bias*>(p.pointer[2]), static_cast<const kernels::Int8Scale*>(p.pointer[3]),
                *static_cast<const kernels::Int8Io*>(p.pointer[4]), at[5] + r * out,
                d.scratch != 0 ? at[6] : nullptr);
        });
  }
};

}  // namespace etch::ops
