// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/merge.hpp>

namespace etch::ops {

/// Joins up to 8 tensors along one axis.
struct Concatenate : OpDefaults {
  static constexpr const char* name = "Concatenate";
  static constexpr int max_inputs = 8;
  struct Attributes {
    int axis = -1;
    int inputs = 0;
    std::array<int, max_inputs> extent{};  ///< of each input along the axis
  };
  struct Description {
    Phase phase = Phase::forward;
    int groups = 0, inputs = 0, total = 0;
    std::array<int, max_inputs> run{};
    ElementType type = ElementType::real;
  };

  static constexpr GradientRule gradient(const Step&) { return {}; }

  /// Inputs follow one another in the result where nothing but axes of 1 stands before the axis.
  static constexpr Part part(const Step& s, int k) {
    const auto a = unpack<Attributes>(s.attributes);
    if (s.phase != Phase::forward || k >= a.inputs) return {};
    int before = 1, from = 0;
    for (int i = 0; i < a.axis; ++i) before *= s.out[i];
    for (int i = 0; i < k; ++i) from += a.extent[static_cast<unsigned>(i)];
    for (int i = a.axis + 1; i < s.out.rank; ++i) from *= s.out[i];
    return before == 1 ? Part{k, a.inputs, from} : Part{};
  }

  static constexpr bool one_time(Step& s) {
    return unpack<Attributes>(s.attributes).axis > 0 && first_axis_to_one(s);
  }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    Description d{
        s.phase == Phase::training ? Phase::forward : s.phase, 1, a.inputs, 0, {}, moved_type(g, s)};
    int inner = 1;
    for (int i = 0; i < a.axis; ++i) d.groups *= s.out[i];
    for (int i = a.axis + 1; i < s.out.rank; ++i) inner *= s.out[i];
    for (unsigned k = 0; k < static_cast<unsigned>(a.inputs); ++k) {
      d.run[k] = a.extent[k] * inner;
      d.total += d.run[k];
    }
    return d;
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    as_moved(
        d.type, p, [&](auto o) __attribute__((always_inline)) { move(d, call, o); });
  }

 private:
  template <class T>
  [[gnu::always_inline]] static void move(const Description& d, const kernels::Call& call, Operands<T> p) {
    const int groups = call.rows * d.groups;
    T* whole = d.phase == Phase::backward ? p[0] : p[d.inputs];
    for (int k = 0; k < d.inputs; ++k) {
      const int run = d.run[static_cast<unsigned>(k)];
      T* const part = p[d.phase == Phase::forward ? k : 1 + k];
      if (d.phase == Phase::backward && part)
        kernels::copy_runs(groups, run, whole, d.total, part, run);
      else if (d.phase == Phase::forward && part != whole)  // else it was computed in its place
        kernels::copy_runs(groups, run, part, run, whole, d.total);
      whole += run;
    }
  }
};

}  // namespace etch::ops
