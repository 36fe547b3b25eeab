// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/int8_room.hpp>
#include <runtime/kernels/portable/requantize.hpp>

namespace etch::ops {

/// What a quantized convolution of any kind is told. \tparam Convolution the kernel's description
template <class Convolution>
struct QuantizedFilters {
  Convolution convolution;
  int scratch = 0;  ///< `scratch_form`
  int wide = 0;
  int short_scales = 0;  ///< `kernels::Int8ShortScale`
};

/// \tparam Op one with `convolution(step)`, `scratch(step)` and `scratch(step, sets)`
template <class Op, class G>
[[gnu::always_inline]] constexpr auto describe_filters(const G& g, const Step& s) {
  const int own = Op::scratch(s, {kernels::kernel_set}).elements;
  const auto a = unpack<typename Op::Attributes>(s.attributes);
  return typename Op::Description{Op::convolution(s), scratch_form(g, s, Op::scratch(s).elements, own),
                                  a.wide, a.short_scales};
}

/// Calls `kernel(x, w, bias, scale, io, y, scratch)` for each sample, of the types that the step has.
/// Operands as `QuantizedConvolution`.
template <class Convolution, class T, class Kernel>
[[gnu::always_inline]] inline void run_filters(const QuantizedFilters<Convolution>& d, int filters,
                                               const kernels::Call& call, Operands<T> p,
                                               const Kernel& kernel) {
  const Convolution& c = d.convolution;
  const int in = c.y.in * c.x.in * c.channels, out = c.y.out * c.x.out * filters;
  as_whole(
      d.wide != 0 ? ElementType::i16 : ElementType::i8,
      p, [&]<class X>(Operands<X> at) __attribute__((always_inline)) {
        using Bias = typename kernels::WeightedSum<X>::Bias;
        const auto* const w = static_cast<const std::int8_t*>(p.pointer[1]);
        const auto* const bias = static_cast<const Bias*>(p.pointer[2]);
        const auto& io = *static_cast<const kernels::Int8Io*>(p.pointer[4]);
        X* const scratch = d.scratch != 0 ? at[6] : nullptr;
        const auto run = [&](const auto* scale) __attribute__((always_inline)) {
          for (int r = 0; r < call.rows; ++r)
            kernel(static_cast<const X*>(at[0] + r * in), w, bias, scale, io, at[5] + r * out, scratch);
        };
        if (d.short_scales != 0)
          run(static_cast<const kernels::Int8ShortScale*>(p.pointer[3]));
        else
          run(static_cast<const kernels::Int8Scale*>(p.pointer[3]));
      });
}

}  // namespace etch::ops
