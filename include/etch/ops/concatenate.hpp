// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/merge.hpp>

namespace etch::ops {

/// Joins up to 8 tensors along one axis.
struct Concatenate : MovingOpDefaults {
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

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    if (a.inputs < 1 || a.inputs > max_inputs || a.axis < 0 || a.axis >= s.out.rank)
      return "a concatenation has an axis that does not exist, or not 1 to 8 inputs";
    std::int64_t total = 0;
    for (int k = 0; k < a.inputs; ++k) {
      const int extent = a.extent[static_cast<unsigned>(k)];
      if (extent < 1) return "a concatenation joins extents of at least 1";
      total += extent;
    }
    const std::int64_t slices = ends.y.elements / s.out[a.axis];
    return total == s.out[a.axis] && slices * a.extent[0] == ends.x.elements
               ? nullptr
               : "the inputs of a concatenation do not make up its result";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    StepOperands o;
    for (int k = 0; k < a.inputs; ++k)
      o.input(ends.y.elements / s.out[a.axis] * a.extent[static_cast<unsigned>(k)], ends.x.type);
    o.result(ends.y.elements, ends.x.type);
    return o;
  }
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

  static constexpr Int8Form int8_form(const Step&) { return Int8Form::join; }

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
    as_copied(
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
