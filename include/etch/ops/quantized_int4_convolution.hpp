// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/quantized_convolution.hpp>
#include <runtime/kernels/portable/int4_convolution.hpp>

namespace etch::ops {

/// A quantized convolution whose weights have 4 bits, -8 to 7 (`kernels::int4_group` says where they lie).
/// Operands as `QuantizedConvolution` with short scales, but for the weights: w i8 [groups of four
/// filters][2 * row].
struct QuantizedInt4Convolution : OpDefaults {
  static constexpr const char* name = "QuantizedInt4Convolution";
  static constexpr bool whole_numbers = true;
  using Attributes = QuantizedConvolution::Attributes;
  using Description = QuantizedFilters<kernels::Int8Convolution>;

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    if (a.paired != 0) return "a convolution by weights of 4 bits has filters that are paired";
    if (a.short_scales == 0) return "a convolution by weights of 4 bits has scales of 8 bytes";
    return QuantizedConvolution::fault(s, ends);
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const kernels::Int8Convolution c = convolution(s);
    return QuantizedConvolution::operands_of(unpack<Attributes>(s.attributes),
                                             volume({kernels::int4_groups(c.filters), 2, c.row}), c.filters,
                                             ends);
  }
  /// What fills up the last group, too, are weights of 0.
  static const char* constants_fault(const Step& s, const StepEnds&, const void* const* weights) {
    const kernels::Int8Convolution c = convolution(s);
    const auto* const w = static_cast<const std::int8_t*>(weights[0]);
    for (int f = 0; f < kernels::int4_groups(c.filters) * kernels::int4_group; ++f) {
      std::int64_t size = 0;
      for (int tap = 0; tap < c.row; ++tap) {
        const int weight = kernels::int4_weight(c, w, f, tap);
        if (weight != 0 && (tap >= c.taps() || f >= c.filters)) return wrong_filling;
        size += weight < 0 ? -weight : weight;
      }
      if (f < c.filters && !size_fits(QuantizedConvolution::type(s), size, weights[1], f)) return wrong_sum;
    }
    return QuantizedConvolution::scales_fault(s, weights);
  }

  static constexpr kernels::Int8Convolution convolution(const Step& s) {
    return QuantizedConvolution::convolution(s);
  }
  static constexpr Value scratch(const Step& s) { return scratch(s, kernels::every_set); }
  static constexpr Value scratch(const Step& s, kernels::KernelSets sets) {
    const kernels::Int8Convolution c = convolution(s);
    const ElementType type = QuantizedConvolution::type(s);
    const int elements = type == ElementType::i16 ? kernels::portable::int8_convolution_scratch(c)
                                                  : kernels::int4_convolution_scratch(c, sets);
    return {elements, Role::temporary, false, type};
  }
  static constexpr Overlap overlap(const Step& s) { return QuantizedConvolution::overlap(s); }
  static constexpr long long macs(const Step& s) { return QuantizedConvolution::macs(s); }
  static constexpr std::int64_t trained_numbers(const Step& s, int k, const Value& weight) {
    return QuantizedConvolution::trained_numbers(s, k, weight);
  }
  static void computed(const Step& s, const void* const* weights, std::span<const Int8Ranges> x,
                       ComputedNumbers& numbers) {
    const kernels::Int8Convolution c = convolution(s);
    const auto* const w = static_cast<const std::int8_t*>(weights[0]);
    QuantizedConvolution::computed_of(s, weights, x, numbers,
                                      [&](int f, int tap) { return kernels::int4_weight(c, w, f, tap); });
  }
  static constexpr ResultBounds bounds(const Step& s) { return QuantizedConvolution::bounds(s); }

  template <class G>
  [[gnu::always_inline]] static constexpr Description describe(const G& g, const Step& s) {
    return describe_filters<QuantizedInt4Convolution>(g, s);
  }
  static constexpr bool shares_code(const Description& d) { return d.wide == 0; }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const kernels::Int8Convolution& c = d.convolution;
    run_filters(
        d, c.filters, call, p,
        [&](const auto* x, const std::int8_t* w, const auto* bias, const auto* scale, const auto&... others)
            __attribute__((always_inline)) {
              if constexpr (kernels::is_short<std::remove_cvref_t<decltype(*scale)>>)
                kernels::int4_convolution(c, x, w, bias, scale, others...);
            });
  }
};

}  // namespace etch::ops
