// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/quantized_depthwise_convolution.hpp>
#include <runtime/kernels/portable/int8_offset_convolution.hpp>

namespace etch::ops {

/// A quantized convolution, or a depthwise one, of int8 whose weights have a zero point of their own.
/// Operands and layouts as `QuantizedConvolution` and `QuantizedDepthwiseConvolution`; rows are filled up
/// with zeros, which count for nothing.
struct QuantizedOffsetConvolution : OpDefaults {
  static constexpr const char* name = "QuantizedOffsetConvolution";
  static constexpr bool whole_numbers = true;
  struct Attributes {
    QuantizedConvolution::Attributes windows;
    int depthwise = 0;
    int offset = 0;  ///< the zero point of the weights, -128 to 127
  };
  struct Description {
    kernels::Int8Convolution convolution;
    int depthwise = 0, offset = 0;
    int scratch = 0;  ///< `scratch_form`
  };

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    if (!is_flag(a.depthwise) || !is_of_type(a.offset, ElementType::i8) || a.windows.wide ||
        a.windows.paired || a.windows.short_scales)
      return "a convolution of weights with a zero point has an option that does not exist";
    return a.depthwise ? QuantizedDepthwiseConvolution::fault(s, ends) : QuantizedConvolution::fault(s, ends);
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    return unpack<Attributes>(s.attributes).depthwise ? QuantizedDepthwiseConvolution::operands(s, ends)
                                                      : QuantizedConvolution::operands(s, ends);
  }
  /// Sums of the weights as they are stored, and of what is taken from them, keep within 32 bits.
  static const char* constants_fault(const Step& s, const StepEnds&, const void* const* weights) {
    const auto a = unpack<Attributes>(s.attributes);
    const kernels::Int8Convolution c = QuantizedConvolution::convolution(s);
    const auto* const w = static_cast<const std::int8_t*>(weights[0]);
    const std::int64_t taps = a.depthwise ? std::int64_t{c.y.kernel} * c.x.kernel : c.taps();
    const std::int64_t apart = a.offset < 0 ? -a.offset : a.offset;
    for (int f = 0; f < c.filters; ++f) {
      const std::int8_t* const row = a.depthwise ? w + f : w + std::int64_t{f} * c.row;
      if (!a.depthwise && !is_filled_up(row, c.taps(), c.row)) return wrong_filling;
      const std::int64_t bias = static_cast<const std::int32_t*>(weights[1])[f];
      const std::int64_t limit = INT32_MAX - 128 * taps * apart;
      const SummedWeights summed{row, static_cast<int>(taps), a.depthwise ? c.filters : 1};
      if (limit < 0 || !sum_fits(summed, bias, 128, limit)) return wrong_sum;
    }
    return QuantizedConvolution::scales_fault(s, weights);
  }

  static constexpr Value scratch(const Step& s) { return scratch(s, kernels::every_set); }
  /// Words: biases of one window, its inputs, and what the core's own kernel scribbles on; or lines of one
  /// channel.
  static constexpr Value scratch(const Step& s, kernels::KernelSets sets) {
    if (unpack<Attributes>(s.attributes).depthwise) {
      const kernels::Int8DepthwiseConvolution c = QuantizedDepthwiseConvolution::convolution(s);
      const int bytes = kernels::int8_offset_depthwise_convolution_scratch(c, sets);
      return {(bytes + 3) / 4, Role::temporary, false, ElementType::i32};
    }
    const kernels::Int8Convolution c = QuantizedConvolution::convolution(s);
    const int inner = kernels::int8_convolution_scratch(kernels::int8_window(c), sets);
    return {c.filters + c.row / 4 + (inner + 3) / 4, Role::temporary, false, ElementType::i32};
  }
  static constexpr Overlap overlap(const Step& s) {
    return unpack<Attributes>(s.attributes).depthwise ? QuantizedDepthwiseConvolution::overlap(s) : Overlap{};
  }
  static constexpr long long macs(const Step& s) {
    const kernels::Int8Convolution c = QuantizedConvolution::convolution(s);
    const int taps = unpack<Attributes>(s.attributes).depthwise ? c.y.kernel * c.x.kernel : c.taps();
    return static_cast<long long>(s.out.size()) * taps;
  }
  /// Of all windows at once: any numbers may meet a filter.
  static void computed(const Step& s, const void* const* weights, std::span<const Int8Ranges> x,
                       ComputedNumbers& numbers) {
    const auto a = unpack<Attributes>(s.attributes);
    const kernels::Int8Convolution c = QuantizedConvolution::convolution(s);
    const detail::Int8ConvolutionWeights w(weights);
    NumberRange any = range_of_all(x[0]);
    any = {any.low < w.outside().low ? any.low : w.outside().low,
           any.high > w.outside().high ? any.high : w.outside().high};
    const std::int64_t taps = a.depthwise ? std::int64_t{c.y.kernel} * c.x.kernel : c.taps();
    SumRange window{any.low < 0 ? taps * any.low : 0, any.high > 0 ? taps * any.high : 0};
    if (a.depthwise || a.offset == 0) window = {};
    numbers.add("sum of a window, in any order", window.low, window.high);
    const std::int64_t one = -a.offset * window.low, other = -a.offset * window.high;
    const SumRange share = one < other ? SumRange{one, other} : SumRange{other, one};
    numbers.add("product of the weights' zero point and a window", share.low, share.high);
    for (int f = 0; f < c.filters; ++f) {
      PartialSums sum(w.bias[f], share);
      for (int tap = 0; tap < taps; ++tap)
        sum.add(a.depthwise ? w.taps[tap * c.filters + f] - a.offset : w.taps[f * c.row + tap], any);
      sum.say(numbers, w.scale[c.per_channel ? f : 0]);
    }
  }
  static constexpr std::int64_t trained_numbers(const Step& s, int k, const Value& weight) {
    return unpack<Attributes>(s.attributes).depthwise
               ? QuantizedDepthwiseConvolution::trained_numbers(s, k, weight)
               : QuantizedConvolution::trained_numbers(s, k, weight);
  }
  static constexpr ResultBounds bounds(const Step& s) { return QuantizedConvolution::bounds(s); }

  template <class G>
  [[gnu::always_inline]] static constexpr Description describe(const G& g, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    const int own = scratch(s, {kernels::kernel_set}).elements;
    return {QuantizedConvolution::convolution(s), a.depthwise, a.offset,
            scratch_form(g, s, scratch(s).elements, own)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const kernels::Int8Convolution& c = d.convolution;
    const int in = c.y.in * c.x.in * c.channels, out = c.y.out * c.x.out * c.filters;
    const auto* const x = static_cast<const std::int8_t*>(p.pointer[0]);
    const auto* const w = static_cast<const std::int8_t*>(p.pointer[1]);
    const auto* const bias = static_cast<const std::int32_t*>(p.pointer[2]);
    const auto* const scale = static_cast<const kernels::Int8Scale*>(p.pointer[3]);
    const auto& io = *static_cast<const kernels::Int8Io*>(p.pointer[4]);
    auto* const y = static_cast<std::int8_t*>(p.pointer[5]);
    for (int r = 0; r < call.rows; ++r) {
      if (d.depthwise) {
        const kernels::Int8DepthwiseConvolution lines{c.y, c.x, c.channels, c.filters / c.channels,
                                                      c.per_channel};
        auto* const scratch = d.scratch != 0 ? static_cast<std::int8_t*>(p.pointer[6]) : nullptr;
        kernels::int8_offset_depthwise_convolution(lines, x + r * in, w, bias, scale, io, y + r * out,
                                                   scratch, d.offset);
        continue;
      }
      auto* const biases = static_cast<std::int32_t*>(p.pointer[6]);
      auto* const window = reinterpret_cast<std::int8_t*>(biases + c.filters);
      const kernels::Int8Convolution pixel = kernels::int8_window(c);
      kernels::int8_offset_convolution(
          c, x + r * in, bias, d.offset, io, y + r * out, window, biases,
          [&](const std::int8_t* from, const std::int32_t* b, std::int8_t* to) {
            if (lacks_room(d.scratch))
              kernels::portable::int8_convolution(pixel, from, w, b, scale, io, to, window + c.row);
            else
              kernels::int8_convolution(pixel, from, w, b, scale, io, to, window + c.row);
          });
    }
  }
};

}  // namespace etch::ops
