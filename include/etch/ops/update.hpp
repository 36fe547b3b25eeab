// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>

namespace etch::ops {

/// One optimizer step on a parameter whose whole gradient is known: operands parameter, gradient, slots.
struct Update : OpDefaults {
  static constexpr const char* name = "Update";
  struct Attributes {
    kernels::Rule rule = kernels::Rule::sgd;
  };
  struct Description {
    int elements = 0;
    kernels::Rule rule = kernels::Rule::sgd;
  };

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {g.values[g.operand(s, 0)].elements, unpack<Attributes>(s.attributes).rule};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    kernels::update<T>(d.rule, call.hyper, p[1], p[0], p[2], p[3], d.elements);
  }
};

}  // namespace etch::ops
