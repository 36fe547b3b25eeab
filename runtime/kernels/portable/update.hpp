// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/dot.hpp>
#include <runtime/kernels/fused/outer_product.hpp>
#include <runtime/kernels/portable/call.hpp>
#include <runtime/kernels/portable/math.hpp>

#include <bit>

namespace etch::kernels {

/// One weight's step by each rule, with Keras 3's formulas: g is the gradient, w the weight, a and b the
/// rule's slots.
namespace rules {

template <class T>
struct Constants {
  T rate, momentum, decay1, decay2, epsilon;
  T rest1, rest2;  ///< of 1
  [[gnu::always_inline]] explicit Constants(const Hyper& h)
      : rate(T(h.rate)),
        momentum(T(h.momentum)),
        decay1(T(h.decay1)),
        decay2(T(h.decay2)),
        epsilon(T(h.epsilon)),
        rest1(T(1) - decay1),
        rest2(T(1) - decay2) {}
};

/// The first moments of Adam, Adamax and Nadam, and Adam's second, go the share `rest` of the way to a new
/// value that lies `away`.
template <class T>
[[gnu::always_inline]] inline T approach(T& moment, T away, T rest) {
  moment = multiply_add(away, rest, moment);
  return moment;
}

template <class T>
[[gnu::always_inline]] inline void momentum(const Constants<T>& c, T g, T& w, T& a) {
  w += a = multiply_subtract(c.rate, g, c.momentum * a);
}

template <class T>
[[gnu::always_inline]] inline void nesterov(const Constants<T>& c, T g, T& w, T& a) {
  a = multiply_subtract(c.rate, g, c.momentum * a);
  w += multiply_subtract(c.rate, g, c.momentum * a);
}

/// Kingma and Ba 2015, with epsilon outside the correction as Keras has it.
template <class T>
[[gnu::always_inline]] inline void adam(const Constants<T>& c, T g, T& w, T& a, T& b) {
  const T mean = approach(a, g - a, c.rest1);
  const T square = approach(b, multiply_add(g, g, -b), c.rest2);
  w -= mean * c.rate / (math::sqrt_of_square(square) + c.epsilon);
}

/// Kingma and Ba 2015, section 7.1: the second moment is a maximum. `rate` holds the correction.
template <class T>
[[gnu::always_inline]] inline void adamax(const Constants<T>& c, T g, T& w, T& a, T& b) {
  approach(a, g - a, c.rest1);
  const T faded = separately(c.decay2 * b), size = g < 0 ? -g : g;
  b = faded > size ? faded : size;
  w -= c.rate * a / (b + c.epsilon);
}

/// Dozat 2015. `rate` and `momentum` are the weights of moment and gradient; they and epsilon hold the
/// corrections.
template <class T>
[[gnu::always_inline]] inline void nadam(const Constants<T>& c, T g, T& w, T& a, T& b) {
  approach(a, g - a, c.rest1);
  approach(b, multiply_add(g, g, -b), c.rest2);
  w -= multiply_add(c.momentum, g, c.rate * a) / (math::sqrt_of_square(b) + c.epsilon);
}

template <class T>
[[gnu::always_inline]] inline T mean_square(const Constants<T>& c, T& a, T g) {
  return a = multiply_add(c.rest1, g * g, c.decay1 * a);
}

/// Hinton, lecture 6e.
template <class T>
[[gnu::always_inline]] inline void rmsprop(const Constants<T>& c, T g, T& w, T& a) {
  w -= c.rate * g / math::sqrt(mean_square(c, a, g) + c.epsilon);
}

template <class T>
[[gnu::always_inline]] inline void rmsprop_momentum(const Constants<T>& c, T g, T& w, T& a, T& b) {
  b = multiply_add(c.momentum, b, c.rate * g / math::sqrt(mean_square(c, a, g) + c.epsilon));
  w -= b;
}

/// Graves 2013: by the variance instead of the mean square. Rounding must not make it negative.
template <class T>
[[gnu::always_inline]] inline void rmsprop_centered(const Constants<T>& c, T g, T& w, T& a, T& b) {
  mean_square(c, a, g);
  b = multiply_add(c.rest1, g, c.decay1 * b);
  const T variance = multiply_subtract(b, b, a);
  w -= c.rate * g / math::sqrt((variance > 0 ? variance : T(0)) + c.epsilon);
}

/// Duchi, Hazan and Singer 2011.
template <class T>
[[gnu::always_inline]] inline void adagrad(const Constants<T>& c, T g, T& w, T& a) {
  a = multiply_add(g, g, a);
  w -= c.rate * g / math::sqrt(a + c.epsilon);
}

/// Zeiler 2012.
template <class T>
[[gnu::always_inline]] inline void adadelta(const Constants<T>& c, T g, T& w, T& a, T& b) {
  mean_square(c, a, g);
  const T delta = math::sqrt(b + c.epsilon) * g / math::sqrt(a + c.epsilon);
  mean_square(c, b, delta);
  w = multiply_subtract(c.rate, delta, w);
}

/// Chen et al. 2023: steps of one size, in the direction of the signs.
template <class T>
[[gnu::always_inline]] inline void lion(const Constants<T>& c, T g, T& w, T& a) {
  const T direction = multiply_add(g, c.rest1, a * c.decay1);
  w = multiply_subtract(c.rate, direction > 0 ? T(1) : direction < 0 ? T(-1) : T(0), w);
  a = multiply_add(g, c.rest2, a * c.decay2);
}

}  // namespace rules

/// Weights that one call updates: `rows` times `n`, `stride` apart. Their gradients follow each other.
struct UpdateShape {
  int n, rows = 1, stride = 0;
};

/// One optimizer step on some weights. `a` and `b` are the rule's slots, null where it has none; no array
/// overlaps another.
template <class T>
using UpdateFunction = void (*)(const Hyper&, const T* g, T* w, T* a, T* b, UpdateShape shape);

/// What decoupled weight decay takes from weights before a rule's step.
template <class T>
[[gnu::noinline]] void decay_weights(const Hyper& h, T* w, UpdateShape shape) {
  for (int r = 0; r < shape.rows; ++r, w += shape.stride)
    for (int i = 0; i < shape.n; ++i) w[i] = multiply_subtract(w[i], T(h.weight_decay), w[i]);
}

template <Rule rule, class T>
[[gnu::always_inline]] inline void update_row(const rules::Constants<T>& c, const T* __restrict g,
                                              T* __restrict w, T* __restrict a, T* __restrict b, int i,
                                              int n) {
  for (; i < n; ++i) {
    if constexpr (rule == Rule::sgd) w[i] = multiply_subtract(c.rate, g[i], w[i]);
    if constexpr (rule == Rule::momentum) rules::momentum(c, g[i], w[i], a[i]);
    if constexpr (rule == Rule::nesterov) rules::nesterov(c, g[i], w[i], a[i]);
    if constexpr (rule == Rule::adam) rules::adam(c, g[i], w[i], a[i], b[i]);
    if constexpr (rule == Rule::rmsprop) rules::rmsprop(c, g[i], w[i], a[i]);
    if constexpr (rule == Rule::rmsprop_momentum) rules::rmsprop_momentum(c, g[i], w[i], a[i], b[i]);
    if constexpr (rule == Rule::rmsprop_centered) rules::rmsprop_centered(c, g[i], w[i], a[i], b[i]);
    if constexpr (rule == Rule::adagrad) rules::adagrad(c, g[i], w[i], a[i]);
    if constexpr (rule == Rule::adadelta) rules::adadelta(c, g[i], w[i], a[i], b[i]);
    if constexpr (rule == Rule::adamax) rules::adamax(c, g[i], w[i], a[i], b[i]);
    if constexpr (rule == Rule::nadam) rules::nadam(c, g[i], w[i], a[i], b[i]);
    if constexpr (rule == Rule::lion) rules::lion(c, g[i], w[i], a[i]);
  }
}

#if ETCH_FLOAT_ASSEMBLY
/// The weights of columns of four, or the first ones of a single row. \return how many of each row.
inline int adam_in_fours(const rules::Constants<float>& c, const float* g, float* w, float* a, float* b,
                         UpdateShape shape) {
  if (shape.n < 4 || (shape.n > 4 && shape.rows > 1)) return 0;
  const int fours = shape.n > 4 ? shape.n / 4 : shape.rows, bytes = shape.n > 4 ? 16 : shape.stride * 4;
  fused_forms::adam_fours({c.rate, c.rest1, c.rest2, c.epsilon}, fours, g, w, a, b, bytes);
  return shape.n / 4 * 4;
}
#endif

/// The step of one rule: a function of its own, so that a program keeps one copy of the rules it uses.
template <Rule rule, class T>
void update_by(const Hyper& h, const T* g, T* w, T* a, T* b, UpdateShape shape) {
  const rules::Constants<T> c(h);
  if (h.weight_decay != 0) decay_weights(h, w, shape);
  int done = 0;
#if ETCH_FLOAT_ASSEMBLY
  if constexpr (rule == Rule::adam && fused_forms::takes_loops<T>) {
    done = adam_in_fours(c, g, w, a, b, shape);
    if (done == shape.n) return;
  }
#endif
  for (int r = 0; r < shape.rows; ++r) {
    update_row<rule>(c, g, w, a, b, done, shape.n);
    g += shape.n;
    w += shape.stride;
    if (slots_of(rule) > 0) a += shape.stride;
    if (slots_of(rule) > 1) b += shape.stride;
  }
}

/// Keeps a gradient instead: what `Rule::none` does.
template <class T>
void store_gradient(const Hyper&, const T* g, T* to, T*, T*, UpdateShape shape) {
  for (int r = 0; r < shape.rows; ++r, g += shape.n, to += shape.stride)
    for (int i = 0; i < shape.n; ++i) to[i] = g[i];
}

/// A rule's step. Folds where the rule is a constant, so that no other rule is linked.
template <class T>
[[gnu::always_inline]] constexpr UpdateFunction<T> update_function(Rule rule) {
  switch (rule) {
    case Rule::none:
      return store_gradient<T>;
    case Rule::sgd:
      return update_by<Rule::sgd, T>;
    case Rule::momentum:
      return update_by<Rule::momentum, T>;
    case Rule::nesterov:
      return update_by<Rule::nesterov, T>;
    case Rule::adam:
      return update_by<Rule::adam, T>;
    case Rule::rmsprop:
      return update_by<Rule::rmsprop, T>;
    case Rule::rmsprop_momentum:
      return update_by<Rule::rmsprop_momentum, T>;
    case Rule::rmsprop_centered:
      return update_by<Rule::rmsprop_centered, T>;
    case Rule::adagrad:
      return update_by<Rule::adagrad, T>;
    case Rule::adadelta:
      return update_by<Rule::adadelta, T>;
    case Rule::adamax:
      return update_by<Rule::adamax, T>;
    case Rule::nadam:
      return update_by<Rule::nadam, T>;
    case Rule::lion:
      return update_by<Rule::lion, T>;
  }
  return store_gradient<T>;
}

/// Applies one optimizer step to `n` weights; `a` and `b` are the rule's slots.
template <class T>
[[gnu::always_inline]] inline void update(Rule rule, const Hyper& h, const T* g, T* w, T* a, T* b, int n) {
  update_function<T>(rule)(h, g, w, a, b, {n});
}

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

/// Where a kernel puts a finished piece of a weight gradient: into a gradient array, or straight into the
/// weights.
template <class T>
class GradientSink {
 public:
  /// One of a weight that is not trained: nothing is put there.
  GradientSink() = default;
  [[gnu::always_inline]] bool is_open() const { return to_ != nullptr; }

  [[gnu::always_inline]] GradientSink(Rule rule, T* gradient, T* weights = nullptr, T* a = nullptr,
                                      T* b = nullptr)
      : rule_(rule), to_(rule == Rule::none ? gradient : weights), a_(a), b_(b) {}

  [[gnu::always_inline]] void put(const Hyper& hyper, int at, const T* g, int n) const {
    put_shape(hyper, at, g, {n});
  }

  /// The same for a tile of gradients in registers, whose rows lie `stride` apart in the weights. Rules of
  /// few instructions are a part of the kernel.
  template <int rows, int columns>
  [[gnu::always_inline]] void put_tile(const UpdateStep<T>& step, int at, int stride, const T* g) const {
    if (!updates_in_registers()) return put_shape(*step.hyper, at, g, {columns, rows, stride});
    if (rule_ != Rule::none && step.decays) decay_weights(*step.hyper, to_ + at, {columns, rows, stride});
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

  /// Whether the rule is a part of the kernel: a constant where the rule is. Compilers make vectors of a loop
  /// over gradients in memory, and none of many in registers.
  [[gnu::always_inline]] bool updates_in_registers() const {
    return !vectorizes_loops && (rule_ == Rule::none || rule_ == Rule::sgd || rule_ == Rule::momentum);
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
    int o = put_outer_product(step, at, columns, inputs, x, dy);
    for (; o + 2 <= columns; o += 2) put_columns<2>(step, at + o, columns, inputs, x, dy + o);
    if (o < columns) put_columns<1>(step, at + o, columns, inputs, x, dy + o);
  }

 private:
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
    update_function<T>(rule_)(hyper, g, to_ + at, a_ ? a_ + at : nullptr, b_ ? b_ + at : nullptr, shape);
  }
  [[gnu::always_inline]] void put_one(const UpdateStep<T>& step, int at, T g) const {
    if (rule_ == Rule::none) to_[at] = g;
    if (rule_ == Rule::sgd) to_[at] = multiply_subtract(step.constants.rate, g, to_[at]);
    if (rule_ == Rule::momentum) rules::momentum(step.constants, g, to_[at], a_[at]);
  }

  Rule rule_ = Rule::none;
  T* to_ = nullptr;
  T* a_ = nullptr;
  T* b_ = nullptr;
};

}  // namespace etch::kernels
