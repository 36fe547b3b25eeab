// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/outer_product.hpp>
#include <runtime/kernels/portable/update.hpp>

#include <bit>
#include <type_traits>

namespace etch::kernels {

/// A step's constants as a kernel keeps them in registers while it updates tiles: the weights that it writes
/// are floats too, so that `Hyper` would be read again after each.
template <class T>
struct UpdateStep {
  const Hyper* hyper;
  rules::Constants<T> constants;
  bool decays;  ///< asked of bits: a comparison of floats is four instructions
  [[gnu::always_inline]] explicit UpdateStep(const Hyper& h)
      : hyper(&h), constants(h), decays(std::bit_cast<std::uint32_t>(h.weight_decay) << 1 != 0) {}
};

/// A rule that is known while compiling: a type, whose value is used like the rule.
template <Rule rule>
using FixedRule = std::integral_constant<Rule, rule>;

/// Where a kernel puts a finished piece of a weight gradient: into a gradient array, or straight into the
/// weights. Kernels take a sink of any class with these members, for a kernel and its bias alike.
/// \tparam R `FixedRule`, so that a program has that rule's step alone and calls it, whichever kernels it
/// shares among steps; or `Rule`, for what knows its rule at run time.
template <class T, class R = Rule>
class GradientSink {
 public:
  /// One of a weight that is not trained: nothing is put there.
  GradientSink() = default;
  [[gnu::always_inline]] bool is_open() const { return to_ != nullptr; }

  [[gnu::always_inline]] GradientSink(R rule, T* gradient, T* weights = nullptr, T* a = nullptr,
                                      T* b = nullptr)
      : rule_(rule), to_(updates_weights(rule) ? weights : gradient), a_(a), b_(b) {}

  /// Whether sums go on from what stands in the gradient: those of samples before these (`Rule::sum`).
  [[gnu::always_inline]] constexpr bool goes_on() const { return rule_ == Rule::sum; }
  /// Then `sums` become those.
  [[gnu::always_inline]] void resume(int at, T* sums, int n) const {
    if (!goes_on()) return;
    for (int i = 0; i < n; ++i) sums[i] = to_[at + i];
  }
  /// Where those stand; null where sums begin anew.
  [[gnu::always_inline]] const T* stored(int at) const { return goes_on() ? to_ + at : nullptr; }

  /// Where a gradient goes that is kept as it is; null where something is done with it.
  [[gnu::always_inline]] T* kept(int at) const { return rule_ == Rule::none && to_ ? to_ + at : nullptr; }

  [[gnu::always_inline]] void put(const Hyper& hyper, int at, const T* g, int n) const {
    put_shape(hyper, at, g, {n});
  }

  /// `put` for a tile of gradients in registers, whose rows lie `stride` apart in the weights. Rules of
  /// few instructions are a part of the kernel.
  template <int rows, int columns>
  [[gnu::always_inline]] void put_tile(const UpdateStep<T>& step, int at, int stride, const T* g) const {
    if constexpr (!always_in_registers())
      if (!updates_in_registers(rule_)) return put_shape(*step.hyper, at, g, {columns, rows, stride});
    if (updates_weights(rule_) && step.decays) decay_weights(*step.hyper, to_ + at, {columns, rows, stride});
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
      for (int k = 0; k < columns; ++k) put_one(step, at + r * stride + k, g[r * columns + k]);
  }

  /// Whether tiles of gradients are summed and put in one loop in assembly: a constant where the rule is.
  [[gnu::always_inline]] bool takes_tiles() const {
    return fused_forms::takes_loops<T> && (rule_ == Rule::sgd || rule_ == Rule::momentum);
  }
  /// Then this puts at least one of them.
  [[gnu::always_inline]] void put_tiles([[maybe_unused]] const UpdateStep<T>& step, [[maybe_unused]] int at,
                                        [[maybe_unused]] const fused_forms::GradientTiles& all) const {
#if ETCH_FLOAT_ASSEMBLY
    if constexpr (fused_forms::takes_loops<T>) {
      if (step.decays) decay_weights(*step.hyper, to_ + at, {4 * all.tiles, 4, all.bytes / 4});
      const rules::Constants<T>& c = step.constants;
      if (rule_ == Rule::sgd) fused_forms::descend_tiles(all, c.rate, to_ + at);
      if (rule_ == Rule::momentum) fused_forms::momentum_tiles(all, c.rate, c.momentum, to_ + at, a_ + at);
    }
#endif
  }

  /// Whether a step by one row is a loop of its own: of rules of few instructions.
  [[gnu::always_inline]] bool takes_outer_products() const {
    return fused_forms::takes_outer_products<T> && (rule_ == Rule::sgd || rule_ == Rule::momentum);
  }
  /// Then this is the step of the weights of `inputs` inputs, rows of `columns`, as far as these fill loops.
  /// \return the columns that had it.
  [[gnu::always_inline]] int put_outer_product(const UpdateStep<T>& step, int at, int columns, int inputs,
                                               const T* x, const T* dy) const {
    const rules::Constants<T>& c = step.constants;
    T* const w = to_ + at;
    int o = 0;
    if (rule_ == Rule::momentum) {
      for (; o + 8 <= columns; o += 8)
        gather_speed_by_outer_product(inputs, x, dy + o, c.rate, c.momentum, w + o, a_ + at + o, columns);
      return o;
    }
    if constexpr (fused_forms::takes_loops<T>)
      for (; o + 16 <= columns; o += 16)
        descend_by_outer_product<16>(inputs, x, dy + o, c.rate, w + o, columns);
    for (; o + 8 <= columns; o += 8) descend_by_outer_product<8>(inputs, x, dy + o, c.rate, w + o, columns);
    return o;
  }
  /// The same for all columns, and with decay.
  [[gnu::always_inline]] void put_whole_outer_product(const UpdateStep<T>& step, int at, int columns,
                                                      int inputs, const T* x, const T* dy) const {
    if (step.decays) decay_weights(*step.hyper, to_ + at, {inputs * columns});
#if ETCH_FLOAT_ASSEMBLY
    if constexpr (fused_forms::takes_loops<T>)
      if (rule_ == Rule::sgd && fused_forms::take_narrow(
                                    columns, [&](auto narrow) __attribute__((always_inline)) {
                                      fused_forms::descend_narrow<narrow>(inputs, x, dy, step.constants.rate,
                                                                          to_ + at);
                                    }))
        return;
#endif
    int o = put_outer_product(step, at, columns, inputs, x, dy);
    for (; o + 2 <= columns; o += 2) put_columns<2>(step, at + o, columns, inputs, x, dy + o);
    if (o < columns) put_columns<1>(step, at + o, columns, inputs, x, dy + o);
  }

  /// The same, and `sums`, the input gradients by the weights `w` before the step, if all of a row's columns
  /// are in registers; a closed sink has the sums alone. \return whether they are.
  [[gnu::always_inline]] bool put_narrow([[maybe_unused]] const UpdateStep<T>& step, [[maybe_unused]] int at,
                                         [[maybe_unused]] int columns, [[maybe_unused]] int inputs,
                                         [[maybe_unused]] const T* x, [[maybe_unused]] const T* dy,
                                         [[maybe_unused]] const T* w, [[maybe_unused]] T* sums) const {
#if ETCH_FLOAT_ASSEMBLY
    if constexpr (fused_forms::takes_loops<T>)
      return rule_ == Rule::sgd && fused_forms::take_narrow(
                                       columns, [&](auto narrow) __attribute__((always_inline)) {
                                         constexpr auto loop = fused_forms::descend_and_sum_narrow<narrow>;
                                         const float rate = step.constants.rate;
                                         T unused[narrow];
                                         fused_forms::NarrowResults results{unused, 0, sums, sizeof(T)};
                                         if (!is_open() || step.decays) loop(inputs, x, dy, rate, w, results);
                                         if (!is_open()) return;
                                         if (step.decays) {  // the sums are by the weights before it
                                           decay_weights(*step.hyper, to_ + at, {inputs * columns});
                                           results = {nullptr, 0, unused, 0};
                                         }
                                         results.w = to_ + at;
                                         results.w_bytes = columns * static_cast<int>(sizeof(T));
                                         loop(inputs, x, dy, rate, results.w, results);
                                       });
#endif
    return false;
  }

 private:
  /// Whether a rule is a part of the kernel. Compilers make vectors of a loop over gradients in memory, and
  /// none of many in registers.
  [[gnu::always_inline]] static constexpr bool updates_in_registers(Rule rule) {
    return !vectorizes_loops && (!updates_weights(rule) || rule == Rule::sgd || rule == Rule::momentum);
  }
  /// Known while compiling: then no tile calls a step.
  [[gnu::always_inline]] static constexpr bool always_in_registers() {
    if constexpr (std::is_same_v<R, Rule>)
      return false;
    else
      return updates_in_registers(R::value);
  }
  template <int columns>
  [[gnu::always_inline]] void put_columns(const UpdateStep<T>& step, int at, int stride, int inputs,
                                          const T* x, const T* dy) const {
    const rules::Constants<T>& c = step.constants;
    if (rule_ == Rule::momentum)
      fused_forms::gather_speed<columns>(inputs, x, dy, c.rate, c.momentum, to_ + at, a_ + at, stride);
    else
      fused_forms::descend<columns>(inputs, x, dy, c.rate, to_ + at, stride);
  }
  [[gnu::always_inline]] void put_shape(const Hyper& hyper, int at, const T* g, UpdateShape shape) const {
    T *const w = to_ + at, *const a = a_ ? a_ + at : nullptr, *const b = b_ ? b_ + at : nullptr;
    if constexpr (std::is_same_v<R, Rule>)
      update_function<T>(rule_)(hyper, g, w, a, b, shape);
    else if constexpr (!updates_weights(R::value))
      store_gradient(hyper, g, w, a, b, shape);
    else
      update_by<R::value>(hyper, g, w, a, b, shape);
  }
  [[gnu::always_inline]] void put_one(const UpdateStep<T>& step, int at, T g) const {
    if (!updates_weights(rule_)) to_[at] = g;
    if (rule_ == Rule::sgd) to_[at] = multiply_subtract(step.constants.rate, g, to_[at]);
    if (rule_ == Rule::momentum) rules::momentum(step.constants, g, to_[at], a_[at]);
  }

  [[no_unique_address]] R rule_{};
  T* to_ = nullptr;
  T* a_ = nullptr;
  T* b_ = nullptr;
};

}  // namespace etch::kernels
