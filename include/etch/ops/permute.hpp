// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/permute.hpp>

namespace etch::ops {

/// The axes of a sample in another order: axis order[i] becomes axis i of the result. Always four axes; those
/// that a shape lacks come first with extent 1 and stay.
struct Permute : OpDefaults {
  static constexpr const char* name = "Permute";
  struct Attributes {
    std::array<int, 4> extent{1, 1, 1, 1};  ///< of the input
    std::array<int, 4> order{0, 1, 2, 3};
  };
  struct Description {
    kernels::Permute permute;
    ElementType type = ElementType::real;
  };

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    if (s.phase != Phase::backward) return {kernels::permutation(a.extent, a.order), moved_type(g, s)};
    std::array<int, 4> inverse{}, extent{};
    for (unsigned i = 0; i < 4; ++i) {
      inverse[static_cast<unsigned>(a.order[i])] = static_cast<int>(i);
      extent[i] = a.extent[static_cast<unsigned>(a.order[i])];
    }
    return {kernels::permutation(extent, inverse)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    as_moved(
        d.type, p, [&](auto o) __attribute__((always_inline)) {
          kernels::permute(d.permute, call.rows, o[0], o[1]);
        });
  }
};

}  // namespace etch::ops
