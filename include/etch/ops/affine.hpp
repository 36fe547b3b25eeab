// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/affine.hpp>

namespace etch::ops {

/// y = scale x + offset with constants, for all elements or for up to 6 channels of the last axis.
struct Affine : OpDefaults {
  static constexpr const char* name = "Affine";
  static constexpr int capacity = kernels::Affine::capacity;
  struct Attributes {
    int channels = 0, first = 0, count = 1;
    float scale[capacity]{}, offset[capacity]{};
  };
  struct Description {
    kernels::Affine affine;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds&) {
    const auto a = unpack<Attributes>(s.attributes);
    return a.channels >= 0 && a.first >= 0 && a.count >= 0 && a.count <= capacity
               ? nullptr
               : "an affine step has channels that it has no numbers for";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    return element_by_element(ends);
  }
  static constexpr GradientRule gradient(const Step&) { return {}; }
  static constexpr int overwrites(const Step&, int) { return 0; }
  static constexpr long long macs(const Step& s) { return s.in.size(); }
  static constexpr bool one_time(Step& s) { return first_axis_to_one(s); }

  static constexpr Int8Form int8_form(const Step& s) {
    return unpack<Attributes>(s.attributes).channels == 0 ? Int8Form::table : Int8Form::real;
  }
  template <class T>
  static T function(const Step& s, T x) {
    const auto a = unpack<Attributes>(s.attributes);
    return static_cast<T>(a.scale[0]) * x + static_cast<T>(a.offset[0]);
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    Description d{{s.in.size(), a.channels, a.first, a.count, s.phase == Phase::backward}};
    for (int i = 0; i < capacity; ++i) {
      d.affine.scale[i] = a.scale[i];
      d.affine.offset[i] = a.offset[i];
    }
    return d;
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    kernels::affine<T>(d.affine, call.rows, p[0], p[1]);
  }
};

}  // namespace etch::ops
