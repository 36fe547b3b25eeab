// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/loss.hpp>

namespace etch::ops {

/// A loss and its gradient: operands prediction, targets, one weight a sample, mask (where there is one) |
/// gradient, sum over rows. Targets are int32 classes for the sparse loss, else of the element type.
struct Loss : OpDefaults {
  static constexpr const char* name = "Loss";
  struct Attributes {
    LossKind kind = LossKind::mean_squared_error;
    int logits = 0;
    int through = 0;
    int index = 0;  ///< of the output, and of the loss's numbers
    int masked = 0;
  };
  struct Description {
    kernels::Loss loss;
    int index = 0, masked = 0;
  };

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    const int elements = s.in.last();
    return {{a.kind, s.in.size() / elements, elements, a.logits, a.through, g.result(s) >= 0, s.loss},
            a.index,
            a.masked};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const LossParameters with = call.losses ? call.losses[d.index] : LossParameters{};
    const int y = 3 + d.masked;
    kernels::loss<T>(d.loss, with, call.rows, p[0], p[1], static_cast<const std::int32_t*>(p.pointer[1]),
                     p[2], d.masked ? p[3] : nullptr, p[y], p[y + 1]);
  }
};

/// Sums the losses of several outputs, each times its share: operands losses, predictions | total. The
/// predictions are only named, so that they stand until the losses are known: metrics read them.
struct TotalLoss : OpDefaults {
  static constexpr const char* name = "TotalLoss";
  struct Attributes {
    int outputs = 0;
  };
  struct Description {
    int outputs = 0;
  };

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {unpack<Attributes>(s.attributes).outputs};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    T sum = 0;
    for (int k = 0; k < d.outputs; ++k) sum += *p[k] * (call.losses ? T(call.losses[k].weight) : T(1));
    *p[2 * d.outputs] = sum;
  }
};

}  // namespace etch::ops
