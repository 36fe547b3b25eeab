// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/quantized_convolution.hpp>
#include <runtime/kernels/int8_kernels.hpp>

namespace etch::ops {

/// A quantized depthwise convolution. Operands x i8 | w i8 [height][width][channels * multiplier], bias
/// i32[filters], scale i32[2 * filters] or i32[2], io i32[4] | y i8, scratch; wide and short as
/// `QuantizedConvolution`.
struct QuantizedDepthwiseConvolution : OpDefaults {
  static constexpr const char* name = "QuantizedDepthwiseConvolution";
  static constexpr bool whole_numbers = true;
  using Attributes = QuantizedConvolution::Attributes;
  using Description = QuantizedFilters<kernels::Int8DepthwiseConvolution>;

  static constexpr const char* fault(const Step& s, const StepEnds&) {
    const auto a = unpack<Attributes>(s.attributes);
    if (!is_flag(a.per_channel) || !is_flag(a.wide) || !is_flag(a.short_scales))
      return "a quantized convolution has an option that is neither 0 nor 1";
    if (a.paired) return "a depthwise convolution has filters that are paired";
    if (s.in.rank > 3 || s.out.rank > 3 || s.out.last() % s.in.last() != 0)
      return "a depthwise convolution has more than 3 axes, or results that are no multiple of its channels";
    if (volume({a.kernel_height, a.kernel_width}) == 0) return wrong_windows;
    const kernels::Int8DepthwiseConvolution c = convolution(s);
    if (!QuantizedConvolution::is_walk(c.y) || !QuantizedConvolution::is_walk(c.x)) return wrong_windows;
    return lines_fit(c.y, c.x) && lines_fit(c.x, c.y)
               ? nullptr
               : "a depthwise convolution has windows that no scratch has room for";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    return QuantizedConvolution::operands_of(a, volume({a.kernel_height, a.kernel_width, s.out.last()}),
                                             s.out.last(), ends);
  }
  static const char* constants_fault(const Step& s, const StepEnds&, const void* const* weights) {
    const kernels::Int8DepthwiseConvolution c = convolution(s);
    const auto* const w = static_cast<const std::int8_t*>(weights[0]);
    for (int f = 0; f < c.filters(); ++f)
      if (!sum_fits(QuantizedConvolution::type(s), {w + f, c.taps(), c.filters()}, weights[1], f))
        return wrong_sum;
    return QuantizedConvolution::scales_fault(s, weights);
  }

  static constexpr kernels::Int8DepthwiseConvolution convolution(const Step& s) {
    const kernels::Int8Convolution c = QuantizedConvolution::convolution(s);
    return {c.y, c.x, c.channels, c.filters / c.channels, c.per_channel};
  }
  static constexpr Value scratch(const Step& s) { return scratch(s, kernels::every_set); }
  static constexpr Value scratch(const Step& s, kernels::KernelSets sets) {
    const kernels::Int8DepthwiseConvolution c = convolution(s);
    const ElementType type = QuantizedConvolution::type(s);
    return {type == ElementType::i16 ? kernels::int16_depthwise_convolution_scratch(c, sets)
                                     : kernels::int8_depthwise_convolution_scratch(c, sets),
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

  static constexpr std::int64_t trained_numbers(const Step& s, int k, const Value&) {
    return k == 0 ? convolution(s).taps() * std::int64_t{s.out.last()} : k == 1 ? s.out.last() : 0;
  }
  static void ranges(const Step& s, const void* const* weights, std::span<const Int8Ranges> x,
                     std::span<Int8Range> y) {
    const kernels::Int8DepthwiseConvolution c = convolution(s);
    const detail::Int8ConvolutionWeights w(weights, QuantizedConvolution::has_short_scales(s));
    std::size_t at = 0;
    for (int oy = 0; oy < c.y.out; ++oy)
      for (int ox = 0; ox < c.x.out; ++ox)
        for (int f = 0; f < c.filters(); ++f) {
          SumRange sum;
          detail::for_taps(c.y, c.x, oy, ox, [&](int tap, int pixel) {
            const int i = pixel * c.channels + f / c.multiplier;
            sum.add(w.taps[tap * c.filters() + f], pixel < 0 ? w.outside() : x[0][static_cast<unsigned>(i)]);
          });
          y[at++] = w.result(f, sum, c.per_channel);
        }
  }
  static void computed(const Step& s, const void* const* weights, std::span<const Int8Ranges> x,
                       ComputedNumbers& numbers) {
    const kernels::Int8DepthwiseConvolution c = convolution(s);
    if (QuantizedConvolution::type(s) != ElementType::i8) {
      const auto* const taps = static_cast<const std::int8_t*>(weights[0]);
      return QuantizedConvolution::computed_wide(s, c.filters(), c.y.kernel * c.x.kernel, weights, numbers,
                                                 [&](int f, int tap) { return taps[tap * c.filters() + f]; });
    }
    const detail::Int8ConvolutionWeights w(weights, QuantizedConvolution::has_short_scales(s));
    for (int oy = 0; oy < c.y.out; ++oy)
      for (int ox = 0; ox < c.x.out; ++ox)
        for (int f = 0; f < c.filters(); ++f) {
          PartialSums sum(w.bias[f]);
          detail::for_taps(c.y, c.x, oy, ox, [&](int tap, int pixel) {
            const int i = pixel * c.channels + f / c.multiplier;
            sum.add(w.taps[tap * c.filters() + f], pixel < 0 ? w.outside() : x[0][static_cast<unsigned>(i)]);
          });
          sum.say(numbers, w.scale[c.per_channel ? f : 0]);
        }
  }
  static constexpr ResultBounds bounds(const Step& s) { return QuantizedConvolution::bounds(s); }
  static bool fuse_padding(Step& s, const kernels::Pad& pad, std::int32_t filling,
                           const void* const* weights) {
    return QuantizedConvolution::fuse_padding(s, pad, filling, weights);
  }

  static constexpr Channels channels(const Step& s) {
    return QuantizedConvolution::type(s) == ElementType::i8 && !QuantizedConvolution::has_short_scales(s)
               ? Channels::apart
               : Channels::together;
  }
  static constexpr bool select(Step& s, const SelectedChannels& kept, std::span<WeightBlock> weights) {
    const kernels::Int8DepthwiseConvolution c = convolution(s);
    auto* const numbers = static_cast<std::int8_t*>(weights[0].numbers);
    std::int8_t* to = numbers;
    for (int tap = 0; tap < c.taps(); ++tap)
      for (const int f : kept.out) *to++ = numbers[tap * c.filters() + f];
    weights[0].shape = {c.taps(), static_cast<int>(kept.out.size())};
    return QuantizedConvolution::select_filters(s, kept, weights);
  }

  template <class G>
  [[gnu::always_inline]] static constexpr Description describe(const G& g, const Step& s) {
    return describe_filters<QuantizedDepthwiseConvolution>(g, s);
  }
  static constexpr bool shares_code(const Description& d) { return d.convolution.multiplier == 1; }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const kernels::Int8DepthwiseConvolution& c = d.convolution;
    run_filters(
        d, c.filters(), call, p, [&](const auto&... operands) __attribute__((always_inline)) {
          if (lacks_room(d.scratch))
            kernels::portable::int8_depthwise_convolution(c, operands...);
          else
            kernels::int8_depthwise_convolution(c, operands...);
        });
  }

 private:
  /// Whether the lines that a window along `outer` covers have room in every core's scratch: up to 16 bytes a
  /// pixel, with the padding and what kernels load beside it.
  static constexpr bool lines_fit(const kernels::Int8Axis& outer, const kernels::Int8Axis& inner) {
    const auto span = [](const kernels::Int8Axis& a) {
      return (a.kernel - std::int64_t{1}) * a.dilation + 1;
    };
    const std::int64_t windows = (inner.out + std::int64_t{6}) * inner.stride + span(inner);
    const std::int64_t padded = std::int64_t{inner.before} + inner.in;
    return volume({16, span(outer) + 2, windows > padded ? windows : padded}) > 0;
  }
};

}  // namespace etch::ops
