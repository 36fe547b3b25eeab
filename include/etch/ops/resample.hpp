// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/resample.hpp>

namespace etch::ops {

/// Resizing by any factor, of real numbers or int8. Operands x | rows i32[words * out_height], columns
/// i32[words * out_width] with `kernels::resample_words` | y. There is no way back through it.
struct Resample : OpDefaults {
  static constexpr const char* name = "Resample";
  using Attributes = kernels::Resample;
  struct Description {
    kernels::Resample resample;
    ElementType type = ElementType::real;
  };

  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {unpack<Attributes>(s.attributes), moved_type(g, s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const auto* rows = static_cast<const std::int32_t*>(p.pointer[1]);
    const auto* columns = static_cast<const std::int32_t*>(p.pointer[2]);
    as_moved(
        d.type, p, [&](auto o) __attribute__((always_inline)) {
          kernels::resample(d.resample, call.rows, rows, columns, o[0], o[3]);
        });
  }
};

}  // namespace etch::ops
