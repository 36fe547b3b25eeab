// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/chosen_channels.hpp>
#include <runtime/kernels/portable/constraint.hpp>
#include <runtime/kernels/portable/gradient_rules.hpp>
#include <runtime/kernels/portable/regularizer.hpp>
#include <runtime/kernels/portable/update.hpp>

namespace etch::ops {

/// What trains of a weight.
struct TrainedPart {
  int elements = 0;                                 ///< of its gradient
  int channels = 1;                                 ///< its last axis
  const kernels::ChosenChannels* chosen = nullptr;  ///< of these; null: all
};
/// Of a step that updates it, whose `out` then is its last axis.
template <class G>
constexpr TrainedPart trained_part(const G& g, const Step& s) {
  const int all = g.values[g.operand(s, 0)].elements, channels = s.out.last();
  return {s.chosen ? all / channels * s.chosen->count : all, channels, s.chosen};
}

/// Calls `change(weights, at, n)` with what trains of a weight, in one piece or several.
template <class T, class Change>
[[gnu::always_inline]] inline void for_trained(const TrainedPart& part, T* w, const Change& change) {
  if (part.chosen)
    kernels::for_chosen(*part.chosen, part.elements / part.chosen->count, part.channels, w, change);
  else
    change(w, 0, part.elements);
}

/// Makes a whole gradient ready for an update: adds the penalty's slope, and the gradients of the batches
/// before.
template <class T>
[[gnu::always_inline]] inline void complete_gradient(const Regularizer& r, const TrainedPart& part,
                                                     const kernels::Hyper& h, T* w, T* g, T* accumulated) {
  if (r.any())
    for_trained(part, w,
                [&](const T* some, int at, int n) { kernels::regularize(r.l1, r.l2, some, g + at, n); });
  if (accumulated) kernels::accumulate(h, g, accumulated, part.elements);
}

/// Completes a gradient and takes it into the norm of all gradients: operands parameter, gradient,
/// accumulated gradient or nothing, norm so far or nothing | norm. A norm is the two numbers of
/// `kernels::Norm`.
struct GradientNorm : OpDefaults {
  static constexpr const char* name = "GradientNorm";
  struct Attributes {
    Regularizer regularizer{};
    int first = 0;  ///< no norm so far
  };
  struct Description {
    TrainedPart part;
    Regularizer regularizer{};
    int first = 0;
  };

  static constexpr const char* fault(const Step& s, const StepEnds&) {
    return is_flag(unpack<Attributes>(s.attributes).first)
               ? whole_batch_fault(s)
               : "a norm of gradients has an option that is neither 0 nor 1";
  }
  /// With everything that it can have.
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    for (int k = 0; k < 3; ++k) o.input(ends.x.elements);
    o.input(2);
    o.result(2);
    return o;
  }
  static constexpr int overwrites(const Step&, int) { return 3; }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return {trained_part(g, s), a.regularizer, a.first};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    complete_gradient(d.regularizer, d.part, call.hyper, p[0], p[1], p[2]);
    kernels::Norm<T> norm;
    if (!d.first) norm = {p[3][0], p[3][1]};
    if (call.hyper.update) norm = kernels::joined(norm, kernels::norm_of(p[1], d.part.elements));
    p[4][0] = norm.scale;
    p[4][1] = norm.squares;
  }
};

/// One optimizer step on a parameter whose whole gradient is known: operands parameter, gradient, the rule's
/// two slots, average, accumulated gradient, norm of all gradients (each or nothing). With a norm, the
/// gradient is complete already. In Keras's order: rule, then average (after every batch, also where batches
/// accumulate), then constraint.
struct Update : OpDefaults {
  static constexpr const char* name = "Update";
  struct Attributes {
    kernels::Rule rule = kernels::Rule::sgd;
    kernels::Clip clip = kernels::Clip::none;
    Regularizer regularizer{};
    Constraint constraint{};
    int outer = 1, n = 1, inner = 1;  ///< the parameter, as its constraint sees it
  };
  struct Description {
    TrainedPart part;
    Attributes how{};
  };

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    if (!is_up_to(a.rule, kernels::Rule::lion) || !is_up_to(a.clip, kernels::Clip::global_norm) ||
        !is_up_to(a.constraint.kind, ConstraintKind::min_max_norm))
      return "there is no such rule, clipping or constraint";
    return volume({a.outer, a.n, a.inner}) == ends.x.elements ? whole_batch_fault(s)
                                                              : "an update has other extents than its weight";
  }
  /// With everything that it can have; it writes in place.
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    for (int k = 0; k < 6; ++k) o.input(ends.x.elements);
    o.input(2);
    return o;
  }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {trained_part(g, s), unpack<Attributes>(s.attributes)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const kernels::Hyper& h = call.hyper;
    T *const w = p[0], *const g = p[1];
    if (!p[6]) complete_gradient(d.how.regularizer, d.part, h, w, g, p[5]);
    if (h.update) apply(d, h, w, g, p);
    if (p[4]) kernels::average(h, w, p[4], d.part.elements);
    if (d.how.constraint.any()) kernels::constrain(d.how.constraint, w, d.how.outer, d.how.n, d.how.inner);
  }

 private:
  template <class T>
  [[gnu::always_inline]] static void apply(const Description& d, const kernels::Hyper& h, T* w, T* g,
                                           Operands<T> p) {
    if (d.how.clip == kernels::Clip::value) kernels::clip_by_value(T(h.clip), g, d.part.elements);
    if (d.how.clip == kernels::Clip::norm) kernels::clip_by_norm(T(h.clip), g, d.part.elements);
    if (p[6]) kernels::clip_to(T(h.clip), {p[6][0], p[6][1]}, g, d.part.elements);
    // Inlined, so that the rule is a constant and no other is linked.
    for_trained(
        d.part, w, [&](T * some, int at, int n) __attribute__((always_inline)) {
          kernels::update<T>(d.how.rule, h, g + at, some, p[2] ? p[2] + at : nullptr,
                             p[3] ? p[3] + at : nullptr, n);
        });
  }
};

}  // namespace etch::ops
