// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/constant_checks.hpp>
#include <etch/ops/op.hpp>
#include <runtime/kernels/int8_convolution.hpp>

namespace etch::ops {

/// A quantized convolution, also FULLY_CONNECTED as one of 1x1. Operands x i8 | w i8 [filters][row], bias
/// i32[filters], scale i32[2 * filters] or i32[2], io i32[4] | y i8, scratch. Where it is wide x, y and
/// scratch are i16 and the bias is i32[2 * filters] (`kernels::WideBias`).
struct Int8Convolution : OpDefaults {
  static constexpr const char* name = "Int8Convolution";
  struct Attributes {
    int kernel_height = 1, kernel_width = 1;
    int stride_height = 1, stride_width = 1;
    int dilation_height = 1, dilation_width = 1;
    int top = 0, left = 0;  ///< taps of the first window that lie before the data
    int per_channel = 1;
    int wide = 0;  ///< activations are int16
  };
  struct Description {
    kernels::Int8Convolution convolution;
    int scratch = 0;
    int wide = 0;
  };

  static constexpr const char* fault(const Step& s, const StepEnds&) {
    const auto a = unpack<Attributes>(s.attributes);
    if (!is_flag(a.per_channel) || !is_flag(a.wide))
      return "a quantized convolution has an option that is neither 0 nor 1";
    // Kernels widen up to eight pixels at a time.
    if (s.in.rank > 3 || s.out.rank > 3 || volume({8, a.kernel_height, a.kernel_width, s.in.last()}) == 0)
      return "a quantized convolution has more than 3 axes, or a kernel that no array holds";
    const kernels::Int8Convolution c = convolution(s);
    return is_walk(c.y) && is_walk(c.x) ? nullptr : wrong_windows;
  }
  /// Whether windows walk along an axis as kernels take for granted: none begins behind the data.
  static constexpr bool is_walk(const kernels::Int8Axis& axis) {
    const WindowWalk walk{axis.out, axis.kernel, axis.stride, axis.dilation, axis.before};
    return axis.before >= 0 && walk.fits() && walk.begins_within(axis.in);
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    const kernels::Int8Convolution c = convolution(s);
    return operands_of(a, volume({c.filters, c.row}), c.filters, ends);
  }
  /// Of convolutions of all kinds. \param taps elements of all weights.
  static constexpr StepOperands operands_of(const Attributes& a, std::int64_t taps, std::int64_t filters,
                                            const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, type(a));
    o.weight(taps, ElementType::i8);
    o.weight(volume({a.wide ? 2 : 1, filters}), ElementType::i32);
    o.weight(a.per_channel ? volume({2, filters}) : 2, ElementType::i32);
    o.weight(4, ElementType::i32);
    o.result(ends.y.elements, type(a));
    return o;
  }
  static const char* constants_fault(const Step& s, const StepEnds&, const void* const* weights) {
    const kernels::Int8Convolution c = convolution(s);
    const auto* const w = static_cast<const std::int8_t*>(weights[0]);
    for (std::int64_t f = 0; f < c.filters; ++f) {
      if (!is_filled_up(w + f * c.row, c.taps(), c.row)) return wrong_filling;
      if (!sum_fits(type(s), {w + f * c.row, c.taps()}, weights[1], static_cast<int>(f))) return wrong_sum;
    }
    return scales_fault(s, weights);
  }
  static constexpr const char* scales_fault(const Step& s, const void* const* weights) {
    const auto a = unpack<Attributes>(s.attributes);
    return scaled_fault(type(a), a.per_channel ? s.out.last() : 1,
                        static_cast<const kernels::Int8Scale*>(weights[2]),
                        *static_cast<const kernels::Int8Io*>(weights[3]));
  }
  static constexpr ElementType type(const Attributes& a) {
    return a.wide ? ElementType::i16 : ElementType::i8;
  }
  static constexpr ElementType type(const Step& s) { return type(unpack<Attributes>(s.attributes)); }

  static constexpr kernels::Int8Convolution convolution(const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    const auto height = [](const Shape& shape) { return shape.rank == 3 ? shape[0] : 1; };
    const auto width = [](const Shape& shape) { return shape.rank == 1 ? 1 : shape[shape.rank - 2]; };
    return {{height(s.in), height(s.out), a.kernel_height, a.stride_height, a.dilation_height, a.top},
            {width(s.in), width(s.out), a.kernel_width, a.stride_width, a.dilation_width, a.left},
            s.in.last(),
            s.out.last(),
            kernels::int8_row_bytes(a.kernel_height * a.kernel_width * s.in.last()),
            a.per_channel};
  }
  static constexpr Value scratch(const Step& s) {
    const kernels::Int8Convolution c = convolution(s);
    const bool wide = type(s) == ElementType::i16;
    return {wide ? kernels::int16_convolution_scratch(c) : kernels::int8_convolution_scratch(c),
            Role::temporary, false, type(s)};
  }
  static constexpr Overlap overlap(const Step& s) {
    return {0, 0, kernels::int8_convolution_overlap(convolution(s))};
  }
  static constexpr long long macs(const Step& s) {
    return static_cast<long long>(s.out.size()) * convolution(s).taps();
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {convolution(s), scratch(s).elements > 0 ? 1 : 0, unpack<Attributes>(s.attributes).wide};
  }
  static constexpr bool shares_code(const Description&) { return true; }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const kernels::Int8Convolution& c = d.convolution;
    const int in = c.y.in * c.x.in * c.channels, out = c.y.out * c.x.out * c.filters;
    as_whole(
        d.wide != 0 ? ElementType::i16 : ElementType::i8,
        p, [&]<class X>(Operands<X> at) __attribute__((always_inline)) {
          using Bias = typename kernels::WeightedSum<X>::Bias;
          for (int r = 0; r < call.rows; ++r)
            kernels::int8_convolution(c, at[0] + r * in, static_cast<const std::int8_t*>(p.pointer[1]),
                                      static_cast<const Bias*>(p.pointer[2]),
                                      static_cast<const kernels::Int8Scale*>(p.pointer[3]),
                                      *static_cast<const kernels::Int8Io*>(p.pointer[4]), at[5] + r * out,
                                      d.scratch != 0 ? at[6] : nullptr);
        });
  }
};

}  // namespace etch::ops
