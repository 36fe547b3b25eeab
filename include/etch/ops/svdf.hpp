// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/svdf.hpp>

namespace etch::ops {

/// SVDF of real numbers, one step of a stream a call. Operands x, state [filters * memory] | feature weights
/// [filters][in], time weights [filters][memory], bias [units] | y [units], the state again. There is no way
/// back through it.
struct Svdf : OpDefaults {
  static constexpr const char* name = "Svdf";
  struct Attributes {
    int rank = 1, memory = 1;
  };
  struct Description {
    kernels::Svdf svdf;
  };

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    return volume({a.rank, a.memory, ends.y.elements}) > 0 &&
                   volume({a.rank, ends.x.elements, ends.y.elements}) > 0
               ? nullptr
               : "an SVDF has a rank or a memory that no array has room for";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    const std::int64_t kept = volume({ends.y.elements, a.rank, a.memory});
    StepOperands o;
    o.input(ends.x.elements);
    o.input(kept);
    o.weight(volume({ends.y.elements, a.rank, ends.x.elements}));
    o.weight(kept);
    o.weight(ends.y.elements);
    o.result(ends.y.elements);
    o.result_over(1);
    return o;
  }

  static constexpr kernels::Svdf svdf(const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return {s.in.size(), s.out.size(), a.rank, a.memory};
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static constexpr long long macs(const Step& s) {
    const kernels::Svdf d = svdf(s);
    return static_cast<long long>(d.filters()) * (d.in + d.memory);
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {svdf(s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    for (int r = 0; r < call.rows; ++r)
      kernels::svdf(d.svdf, p[0] + r * d.svdf.in, p[2], p[3], p[4],
                    p[1] + r * d.svdf.filters() * d.svdf.memory, p[5] + r * d.svdf.units);
  }
};

}  // namespace etch::ops
