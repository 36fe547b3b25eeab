// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/constant_checks.hpp>
#include <etch/ops/int8_windows.hpp>
#include <etch/ops/op.hpp>
#include <etch/ops/quantized_filters.hpp>
#include <runtime/kernels/int8_kernels.hpp>
#include <runtime/kernels/int8_scratch.hpp>
#include <runtime/kernels/portable/pad.hpp>

namespace etch::ops {

/// A quantized convolution, also FULLY_CONNECTED as one of 1x1. Operands x i8 | w i8 [filters][row], bias
/// i32[filters], scale i32[2 * filters] or i32[2], io i32[4] | y i8, scratch. Where scales are short they are
/// i8[5 * filters] or i8[5]. Where it is wide x, y and
/// scratch are i16 and the bias is i32[2 * filters] (`kernels::WideBias`).
struct QuantizedConvolution : OpDefaults {
  static constexpr const char* name = "QuantizedConvolution";
  static constexpr bool whole_numbers = true;
  struct Attributes {
    int kernel_height = 1, kernel_width = 1;
    int stride_height = 1, stride_width = 1;
    int dilation_height = 1, dilation_width = 1;
    int top = 0, left = 0;  ///< taps of the first window that lie before the data
    int per_channel = 1;
    int wide = 0;          ///< activations are int16
    int paired = 0;        ///< `kernels::Int8Convolution::paired`; never where it is wide
    int short_scales = 0;  ///< scales are `kernels::Int8ShortScale`
  };
  using Description = QuantizedFilters<kernels::Int8Convolution>;

  static constexpr const char* fault(const Step& s, const StepEnds&) {
    const auto a = unpack<Attributes>(s.attributes);
    if (!is_flag(a.per_channel) || !is_flag(a.wide) || !is_flag(a.paired) || !is_flag(a.short_scales))
      return "a quantized convolution has an option that is neither 0 nor 1";
    if (a.paired && a.wide) return "a quantized convolution of int16 has filters that are paired";
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
    const bool is_short = a.short_scales != 0;
    o.weight(volume({is_short ? 5 : 2, a.per_channel ? filters : 1}),
             is_short ? ElementType::i8 : ElementType::i32);
    o.weight(4, ElementType::i32);
    o.result(ends.y.elements, type(a));
    return o;
  }
  static const char* constants_fault(const Step& s, const StepEnds&, const void* const* weights) {
    const kernels::Int8Convolution c = convolution(s);
    const auto* const w = static_cast<const std::int8_t*>(weights[0]);
    for (int f = 0; f < c.filters; ++f)
      if (const char* const fault =
              c.paired ? pair_fault(c, w, weights[1], f) : row_fault(c, type(s), w, weights[1], f))
        return fault;
    return scales_fault(s, weights);
  }
  /// What is wrong with a filter's row, or null.
  static constexpr const char* row_fault(const kernels::Int8Convolution& c, ElementType type,
                                         const std::int8_t* w, const void* biases, int f) {
    const std::int8_t* const row = w + std::int64_t{f} * c.row;
    if (!is_filled_up(row, c.taps(), c.row)) return wrong_filling;
    return sum_fits(type, {row, c.taps()}, biases, f) ? nullptr : wrong_sum;
  }
  /// The same where filters are paired.
  static constexpr const char* pair_fault(const kernels::Int8Convolution& c, const std::int8_t* w,
                                          const void* biases, int f) {
    std::int64_t size = 0;
    for (int tap = 0; tap < c.row; ++tap) {
      const int weight = kernels::int8_weight(c, w, f, tap);
      if (tap >= c.taps() && weight != 0) return wrong_filling;
      size += weight < 0 ? -weight : weight;
    }
    const std::int64_t bias = static_cast<const std::int32_t*>(biases)[f], most = INT32_MAX;
    if (f % 2 != 0 && size > kernels::most_second_weights) return wrong_sum;
    return bias >= -most && bias <= most && size * 128 <= most - (bias < 0 ? -bias : bias) ? nullptr
                                                                                           : wrong_sum;
  }
  static constexpr const char* scales_fault(const Step& s, const void* const* weights) {
    const auto a = unpack<Attributes>(s.attributes);
    return scaled_fault(type(a), a.per_channel ? s.out.last() : 1, {weights[2], a.short_scales != 0},
                        *static_cast<const kernels::Int8Io*>(weights[3]));
  }
  static constexpr bool has_short_scales(const Step& s) {
    return unpack<Attributes>(s.attributes).short_scales != 0;
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
            a.per_channel,
            a.paired};
  }
  static constexpr Value scratch(const Step& s) { return scratch(s, kernels::every_set); }
  static constexpr Value scratch(const Step& s, kernels::KernelSets sets) {
    const kernels::Int8Convolution c = convolution(s);
    const bool wide = type(s) == ElementType::i16;
    return {wide ? kernels::int16_convolution_scratch(c, sets) : kernels::int8_convolution_scratch(c, sets),
            Role::temporary, false, type(s)};
  }
  static constexpr Overlap overlap(const Step& s) {
    return {0, 0, kernels::int8_convolution_overlap(convolution(s))};
  }
  static constexpr long long macs(const Step& s) {
    return static_cast<long long>(s.out.size()) * convolution(s).taps();
  }

  static constexpr std::int64_t trained_numbers(const Step& s, int k, const Value&) {
    return k == 0 ? convolution(s).taps() * std::int64_t{s.out.last()} : k == 1 ? s.out.last() : 0;
  }
  static void ranges(const Step& s, const void* const* weights, std::span<const Int8Ranges> x,
                     std::span<Int8Range> y) {
    const kernels::Int8Convolution c = convolution(s);
    const detail::Int8ConvolutionWeights w(weights, has_short_scales(s));
    std::size_t at = 0;
    for (int oy = 0; oy < c.y.out; ++oy)
      for (int ox = 0; ox < c.x.out; ++ox)
        for (int f = 0; f < c.filters; ++f) {
          SumRange sum;
          detail::for_taps(c.y, c.x, oy, ox, [&](int tap, int pixel) {
            for (int i = 0; i < c.channels; ++i)
              sum.add(kernels::int8_weight(c, w.taps, f, tap * c.channels + i),
                      pixel < 0 ? w.outside() : x[0][static_cast<unsigned>(pixel * c.channels + i)]);
          });
          y[at++] = w.result(f, sum, c.per_channel);
        }
  }
  static void computed(const Step& s, const void* const* weights, std::span<const Int8Ranges> x,
                       ComputedNumbers& numbers) {
    const kernels::Int8Convolution c = convolution(s);
    const auto* const w = static_cast<const std::int8_t*>(weights[0]);
    computed_of(s, weights, x, numbers, [&](int f, int tap) { return kernels::int8_weight(c, w, f, tap); });
  }
  /// Of convolutions with weights of any kind. \param weight(filter, tap)
  template <class Weight>
  static void computed_of(const Step& s, const void* const* weights, std::span<const Int8Ranges> x,
                          ComputedNumbers& numbers, const Weight& weight) {
    const kernels::Int8Convolution c = convolution(s);
    if (type(s) == ElementType::i8)
      computed_by_window(c, detail::Int8ConvolutionWeights(weights, has_short_scales(s)), x, numbers, weight);
    else
      computed_wide(s, c.filters, c.taps(), weights, numbers, weight);
  }
  /// Of int16, whose numbers may be any.
  template <class Weight>
  static void computed_wide(const Step& s, int filters, int taps, const void* const* weights,
                            ComputedNumbers& numbers, const Weight& weight) {
    const auto* const bias = static_cast<const kernels::WideBias*>(weights[1]);
    const bool per_channel = unpack<Attributes>(s.attributes).per_channel != 0;
    const kernels::Int8Scales scale{weights[2], has_short_scales(s)};
    for (int f = 0; f < filters; ++f) {
      PartialSums sum(bias[f]);
      for (int tap = 0; tap < taps; ++tap) sum.add(weight(f, tap), any_int16);
      sum.say_wide(numbers, scale[per_channel ? f : 0]);
    }
  }
  /// Of int8: each window by itself.
  template <class Weight>
  static void computed_by_window(const kernels::Int8Convolution& c, const detail::Int8ConvolutionWeights& w,
                                 std::span<const Int8Ranges> x, ComputedNumbers& numbers,
                                 const Weight& weight) {
    for (int oy = 0; oy < c.y.out; ++oy)
      for (int ox = 0; ox < c.x.out; ++ox)
        for (int f = 0; f < c.filters; ++f) {
          PartialSums sum(w.bias[f]);
          detail::for_taps(c.y, c.x, oy, ox, [&](int tap, int pixel) {
            for (int i = 0; i < c.channels; ++i)
              sum.add(weight(f, tap * c.channels + i),
                      pixel < 0 ? w.outside() : x[0][static_cast<unsigned>(pixel * c.channels + i)]);
          });
          sum.say(numbers, w.scale[c.per_channel ? f : 0]);
        }
  }
  /// In `kernels::Int8Io`.
  static constexpr ResultBounds bounds(const Step&) { return {3, 2}; }

  static bool fuse_padding(Step& s, const kernels::Pad& pad, std::int32_t filling,
                           const void* const* weights) {
    Step padded = s;
    padded.in = {pad.height, pad.width, pad.channels};
    auto a = unpack<Attributes>(s.attributes);
    a.top += pad.top;
    a.left += pad.left;
    padded.attributes = pack(a);
    const kernels::Int8Convolution c = convolution(padded);
    if (filling != static_cast<const kernels::Int8Io*>(weights[3])->input_zero_point ||
        pad.out_height < pad.height || pad.out_width < pad.width || !meets_data(c.y) || !meets_data(c.x))
      return false;
    s = padded;
    return true;
  }

  static constexpr Channels channels(const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return a.wide == 0 && a.paired == 0 && a.short_scales == 0 ? Channels::mixed : Channels::together;
  }
  static void fixed_sums(const Step& s, const void* const* weights, Int8Ranges x, int channels,
                         std::span<FixedSum> sums) {
    const kernels::Int8Convolution c = convolution(s);
    const bool again_and_again = c.channels % channels == 0 && c.y.kernel * c.x.kernel == 1;
    if (c.channels != channels && !again_and_again) return;
    const detail::ChannelSums of(c, weights, x, channels);
    std::size_t at = 0;
    for (int channel = 0; channel < channels; ++channel)
      for (int f = 0; f < c.filters; ++f) sums[at++] = of.sum(channel, f);
  }
  static constexpr bool select(Step& s, const SelectedChannels& kept, std::span<WeightBlock> weights) {
    const kernels::Int8Convolution c = convolution(s);
    const int filters = static_cast<int>(kept.out.size()), taps = c.y.kernel * c.x.kernel;
    const int used = taps * static_cast<int>(kept.in.size()), row = kernels::int8_row_bytes(used);
    auto* const numbers = static_cast<std::int8_t*>(weights[0].numbers);
    std::int8_t* to = numbers;
    for (const int f : kept.out) {
      for (int tap = 0; tap < taps; ++tap)
        for (const int i : kept.in) *to++ = numbers[f * c.row + tap * c.channels + i];
      for (int i = used; i < row; ++i) *to++ = 0;
    }
    weights[0].shape = {filters, row};
    return select_filters(s, kept, weights);
  }
  /// The same of biases and scales.
  static constexpr bool select_filters(const Step& s, const SelectedChannels& kept,
                                       std::span<WeightBlock> weights) {
    const int filters = static_cast<int>(kept.out.size());
    const bool scales = unpack<Attributes>(s.attributes).per_channel != 0;
    auto* bias = static_cast<std::int32_t*>(weights[1].numbers);
    auto* scale = static_cast<kernels::Int8Scale*>(weights[2].numbers);
    const std::int32_t* const biases = bias;
    const kernels::Int8Scale* const all = scale;
    for (const int f : kept.out) {
      const std::int64_t sum = biases[f] + kept.sums[static_cast<unsigned>(f)];
      if (sum < INT32_MIN || sum > INT32_MAX) return false;
      *bias++ = static_cast<std::int32_t>(sum);
      if (scales) *scale++ = all[f];
    }
    weights[1].shape = {filters};
    if (scales) weights[2].shape = {2 * filters};
    return true;
  }

  template <class G>
  [[gnu::always_inline]] static constexpr Description describe(const G& g, const Step& s) {
    return describe_filters<QuantizedConvolution>(g, s);
  }
  static constexpr bool shares_code(const Description& d) { return d.convolution.paired == 0; }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const kernels::Int8Convolution& c = d.convolution;
    run_filters(
        d, c.filters, call, p, [&](const auto&... operands) __attribute__((always_inline)) {
          if (lacks_room(d.scratch))
            portable_convolution(c, operands...);
          else if (c.paired != 0)
            kernels::int8_paired_convolution(c, operands...);
          else
            kernels::int8_convolution(c, operands...);
        });
  }

 private:
  template <class... Operand>
  [[gnu::always_inline]] static void portable_convolution(const kernels::Int8Convolution& c,
                                                          const Operand&... operands) {
    if (c.paired != 0)
      kernels::portable::int8_paired_convolution(c, operands...);
    else
      kernels::portable::int8_convolution(c, operands...);
  }
  /// Whether windows lie as those of SAME padding may: each over some of the data.
  static constexpr bool meets_data(const kernels::Int8Axis& a) {
    return a.before >= 0 && a.before < a.span() && (a.out - 1) * a.stride - a.before < a.in;
  }
};

}  // namespace etch::ops
