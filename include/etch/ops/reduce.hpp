// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/reduce.hpp>

namespace etch::ops {

/// The sum, mean, product, largest or smallest of a tensor along any axes. Maximum and minimum also take int8
/// and int16.
struct Reduce : OpDefaults {
  static constexpr const char* name = "Reduce";
  using Attributes = kernels::Reduce;
  struct Description {
    int backward = 0;
    kernels::Reduce reduce;
    ElementType type = ElementType::real;
  };

  static constexpr bool picks(const kernels::Reduce& r) {
    return r.kind == kernels::ReduceKind::maximum || r.kind == kernels::ReduceKind::minimum;
  }
  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto r = unpack<Attributes>(s.attributes);
    if (!is_up_to(r.kind, kernels::last_reduce_kind) || r.axes < 0 || r.axes > 15)
      return "a reduction has a kind or axes that do not exist";
    if (picks(r) ? !is_movable(ends.x.type) : ends.x.type != ElementType::real)
      return "a reduction is of real numbers, the largest or smallest also of int8 or int16";
    if (volume({r.extent[0], r.extent[1], r.extent[2], r.extent[3]}) != ends.x.elements)
      return "a reduction has other extents than its input";
    return r.elements() / r.taken() == ends.y.elements ? nullptr
                                                       : "a reduction has another result than its axes leave";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ends.x.type);
    o.result(ends.y.elements, ends.x.type);
    return o;
  }
  static constexpr GradientRule rule(const kernels::Reduce& r) {
    return {.needs_input = picks(r) || r.kind == kernels::ReduceKind::product, .needs_output = picks(r)};
  }
  static constexpr GradientRule gradient(const Step& s) { return rule(unpack<Attributes>(s.attributes)); }

  static constexpr Int8Form int8_form(const Step& s) {
    return picks(unpack<Attributes>(s.attributes)) ? Int8Form::share : Int8Form::real;
  }
  static constexpr long long range_work(const Step& s) { return s.in.size(); }
  static void ranges(const Step& s, const void* const*, std::span<const Int8Ranges> x,
                     std::span<Int8Range> y) {
    const auto r = unpack<Attributes>(s.attributes);
    const bool largest = r.kind == kernels::ReduceKind::maximum;
    const auto stays = kernels::detail::reduce_walk(r, false), goes = kernels::detail::reduce_walk(r, true);
    std::size_t result = 0;
    kernels::detail::walk_through(stays, [&](int at) {
      Int8Range& both = y[result++];
      both = x[0][static_cast<std::size_t>(at)];
      kernels::detail::walk_through(goes, [&](int place) {
        const Int8Range& one = x[0][static_cast<std::size_t>(at + place)];
        if (largest ? one.low > both.low : one.low < both.low) both.low = one.low;
        if (largest ? one.high > both.high : one.high < both.high) both.high = one.high;
      });
    });
  }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {s.phase == Phase::backward, unpack<Attributes>(s.attributes), moved_type(g, s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    if (d.backward) {
      const GradientRule needs = rule(d.reduce);
      const BackwardLayout at = backward_layout(needs, 1, 0);
      return kernels::reduce_backward<T>(d.reduce, call.rows, p[0], needs.needs_input ? p[at.x] : nullptr,
                                         needs.needs_output ? p[at.y] : nullptr, p[at.dx]);
    }
    if (!picks(d.reduce)) return kernels::reduce<T>(d.reduce, call.rows, p[0], p[1]);
    as_moved(
        d.type,
        p, [&](auto o) __attribute__((always_inline)) { kernels::reduce(d.reduce, call.rows, o[0], o[1]); });
  }
};

}  // namespace etch::ops
