// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/int8_svdf.hpp>

namespace etch::ops {

/// Quantized SVDF, one step of a stream a call. Operands x i8, state i8 [filters * memory] | feature weights
/// i8 [filters][row], their bias i32[filters], time weights i8 [filters][memory], bias i32[units], numbers
/// i32[6] (`kernels::Int8SvdfNumbers`) | y i8 [units], the state again.
struct Int8Svdf : OpDefaults {
  static constexpr const char* name = "Int8Svdf";
  struct Attributes {
    int rank = 1, memory = 1;
  };
  struct Description {
    kernels::Int8Svdf svdf;
  };

  static constexpr kernels::Int8Svdf svdf(const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return {s.in.size(), s.out.size(), a.rank, a.memory, kernels::int8_row_bytes(s.in.size())};
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static constexpr long long macs(const Step& s) {
    const kernels::Int8Svdf d = svdf(s);
    return static_cast<long long>(d.filters()) * (d.in + d.memory);
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
