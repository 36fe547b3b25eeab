// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/constant_checks.hpp>
#include <etch/ops/svdf.hpp>
#include <runtime/kernels/portable/int8_svdf.hpp>

namespace etch::ops {

/// Quantized SVDF, one step of a stream a call. Operands x i8, state i8 [filters * memory] | feature weights
/// i8 [filters][row], their bias i32[filters], time weights i8 [filters][memory], bias i32[units], numbers
/// i32[6] (`kernels::Int8SvdfNumbers`) | y i8 [units], the state again.
struct Int8Svdf : OpDefaults {
  static constexpr const char* name = "Int8Svdf";
  static constexpr bool whole_numbers = true;
  struct Attributes {
    int rank = 1, memory = 1;
  };
  struct Description {
    kernels::Int8Svdf svdf;
  };

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    return Svdf::fault(s, {{ends.x.elements + 3, ends.x.type}, ends.y});  // rows are filled up
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const kernels::Int8Svdf d = svdf(s);
    StepOperands o;
    o.input(ends.x.elements, ElementType::i8);
    o.input(volume({d.filters(), d.memory}), ElementType::i8);
    o.weight(volume({d.filters(), d.row}), ElementType::i8);
    o.weight(d.filters(), ElementType::i32);
    o.weight(volume({d.filters(), d.memory}), ElementType::i8);
    o.weight(d.units, ElementType::i32);
    o.weight(sizeof(kernels::Int8SvdfNumbers) / 4, ElementType::i32);
    o.result(ends.y.elements, ElementType::i8);
    o.result_over(1);
    return o;
  }
  static const char* constants_fault(const Step& s, const StepEnds&, const void* const* weights) {
    const kernels::Int8Svdf d = svdf(s);
    const auto bytes = [&](int k) { return static_cast<const std::int8_t*>(weights[k]); };
    const auto words = [&](int k) { return static_cast<const std::int32_t*>(weights[k]); };
    if (const char* fault = rows_fault(bytes(0), d.filters(), d.in, words(1))) return fault;
    const int times = d.rank * d.memory;
    for (std::int64_t u = 0; u < d.units; ++u)  // states are differences to their zero point
      if (!sum_fits({bytes(2) + u * times, times}, words(3)[u], 255, INT32_MAX)) return wrong_sum;
    const auto& n = *static_cast<const kernels::Int8SvdfNumbers*>(weights[4]);
    if (!is_scale(n.feature) || !is_scale(n.time)) return wrong_scale;
    return is_of_type(n.state_zero_point, ElementType::i8) && is_of_type(n.output_zero_point, ElementType::i8)
               ? nullptr
               : wrong_zero_point;
  }

  static constexpr kernels::Int8Svdf svdf(const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return {s.in.size(), s.out.size(), a.rank, a.memory, kernels::int8_row_bytes(s.in.size())};
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static constexpr long long macs(const Step& s) {
    const kernels::Int8Svdf d = svdf(s);
    return static_cast<long long>(d.filters()) * (d.in + d.memory);
  }

  static void computed(const Step& s, const void* const* weights, std::span<const Int8Ranges> x,
                       ComputedNumbers& numbers) {
    const kernels::Int8Svdf d = svdf(s);
    const auto bytes = [&](int k) { return static_cast<const std::int8_t*>(weights[k]); };
    const auto words = [&](int k) { return static_cast<const std::int32_t*>(weights[k]); };
    const auto& n = *static_cast<const kernels::Int8SvdfNumbers*>(weights[4]);
    for (int f = 0; f < d.filters(); ++f) {
      PartialSums sum(words(1)[f]);
      for (int i = 0; i < d.in; ++i) sum.add(bytes(0)[f * d.row + i], x[0][static_cast<unsigned>(i)]);
      sum.say(numbers, n.feature);
    }
    const NumberRange kept{-128 - n.state_zero_point, 127 - n.state_zero_point};
    for (int u = 0; u < d.units; ++u) {
      PartialSums sum(words(3)[u]);
      for (int k = 0; k < d.rank * d.memory; ++k) sum.add(bytes(2)[u * d.rank * d.memory + k], kept);
      sum.say(numbers, n.time);
    }
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {svdf(s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const auto at = [&](int i) { return static_cast<std::int8_t*>(p.pointer[i]); };
    const auto words = [&](int i) { return static_cast<const std::int32_t*>(p.pointer[i]); };
    const kernels::Int8SvdfWeights weights{at(2), words(3), at(4), words(5)};
    for (int r = 0; r < call.rows; ++r)
      kernels::int8_svdf(d.svdf, at(0) + r * d.svdf.in, weights,
                         *static_cast<const kernels::Int8SvdfNumbers*>(p.pointer[6]),
                         at(1) + r * d.svdf.filters() * d.svdf.memory, at(7) + r * d.svdf.units);
  }
};

}  // namespace etch::ops
