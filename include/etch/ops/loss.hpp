// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/loss.hpp>

namespace etch::ops {

/// The most outputs that a model is trained on.
inline constexpr int most_losses = 8;

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
    bool in_parts = false;
  };

  static constexpr const char* fault(const Step& s, const StepEnds&) {
    const auto a = unpack<Attributes>(s.attributes);
    if (!is_up_to(a.kind, LossKind::user) || (a.kind == LossKind::user && !s.loss))
      return "there is no such loss";
    if (const char* fault = whole_batch_fault(s)) return fault;
    return is_flag(a.logits) && is_flag(a.through) && is_flag(a.masked) && a.index >= 0 &&
                   a.index < most_losses
               ? nullptr
               : "a loss has an option that does not exist";
  }
  /// Classes take as much room as real numbers.
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    const std::int64_t positions = ends.x.elements / s.in.last();
    StepOperands o;
    o.input(ends.x.elements);
    o.input(takes_classes(a.kind) ? positions : ends.x.elements);
    o.input(1);
    if (a.masked) o.input(positions);
    o.result(ends.x.elements);
    o.result(1);
    return o;
  }

  /// A mask counts over the whole batch.
  static constexpr bool runs_in_parts(const Step& s) { return !unpack<Attributes>(s.attributes).masked; }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    const int elements = s.in.last();
    return {{a.kind, s.in.size() / elements, elements, a.logits, a.through, g.result(s) >= 0, s.loss},
            a.index,
            a.masked,
            s.in_parts};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const LossParameters with = call.losses ? call.losses[d.index] : LossParameters{};
    const int y = 3 + d.masked;
    kernels::loss<T>(d.loss, with, call.rows, p[0], p[1], static_cast<const std::int32_t*>(p.pointer[1]),
                     p[2], d.masked ? p[3] : nullptr, p[y], p[y + 1],
                     d.in_parts ? *call.part : kernels::BatchPart{});
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

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds&) {
    const int outputs = unpack<Attributes>(s.attributes).outputs;
    if (const char* fault = whole_batch_fault(s)) return fault;
    return outputs >= 1 && outputs <= most_losses ? nullptr : "a model is trained on 1 to 8 outputs";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds&) {
    const int outputs = unpack<Attributes>(s.attributes).outputs;
    StepOperands o;
    for (int k = 0; k < outputs; ++k) o.input(1);
    for (int k = 0; k < outputs; ++k) o.input(Operand::any);
    o.result(1);
    return o;
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {unpack<Attributes>(s.attributes).outputs};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    T sum = 0;
    for (int k = 0; k < d.outputs; ++k)
      sum = kernels::multiply_add(*p[k], call.losses ? T(call.losses[k].weight) : T(1), sum);
    *p[2 * d.outputs] = sum;
  }
};

}  // namespace etch::ops
