// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/loss.hpp>

namespace etch::ops {

/// A loss and its gradient: operands prediction, targets | gradient, sum over rows. Targets are int32 classes
/// for the sparse loss, else of the element type.
struct Loss : OpDefaults {
  static constexpr const char* name = "Loss";
  struct Attributes {
    LossKind kind = LossKind::mean_squared_error;
    int logits = 0;
    int through = 0;
  };
  struct Description {
    kernels::Loss loss;
  };

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return {{a.kind, 1, s.in.size(), a.logits, a.through, g.result(s) >= 0}};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    kernels::loss<T>(d.loss, {}, call.rows, p[0], p[1], static_cast<const std::int32_t*>(p.pointer[1]),
                     nullptr, nullptr, p[2], p[3]);
  }
};

}  // namespace etch::ops
