// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/float_kernels.hpp>
#include <runtime/kernels/int8_kernels.hpp>

namespace etch::ops {

/// Why no windows of this kind lead from one array to another: each has to have a place within the input.
constexpr const char* pool_fault(const kernels::Pool& p, const StepEnds& ends) {
  const auto inside = [](int out, int stride, int pool, int before, int extent) {
    return WindowWalk{out, pool, stride, 1, before}.fits() && before >= 0 && before < pool &&
           std::int64_t{out - 1} * stride - before < extent;
  };
  if (volume({p.height, p.width, p.channels}) != ends.x.elements ||
      volume({p.out_height, p.out_width, p.channels}) != ends.y.elements)
    return "a pooling step has other extents than its input and result";
  return volume({p.pool_height, p.pool_width}) > 0 &&
                 inside(p.out_height, p.stride_height, p.pool_height, p.top, p.height) &&
                 inside(p.out_width, p.stride_width, p.pool_width, p.left, p.width)
             ? nullptr
             : "a pooling step has a window that lies outside of its input";
}

/// Max and average pooling in one and two dimensions, and over everything.
///
/// The gradient of max needs the place of each largest tap. It is found again in the input, where that is
/// kept anyway (see `kept_for_training` in layers/pooling.hpp); else its number is saved, in one or two bytes
/// a result where the input would be an element a tap.
struct Pool : MovingOpDefaults {
  static constexpr const char* name = "Pool";
  using Attributes = kernels::Pool;
  struct Description {
    Phase phase = Phase::forward;
    kernels::Pool pool;
    ElementType type = ElementType::real;  ///< int8 and int16 for max pooling only
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto p = unpack<Attributes>(s.attributes);
    if (!is_up_to(p.kind, kernels::PoolKind::average) || !is_flag(p.saves_taps))
      return "a pooling step has a kind that does not exist";
    if (ends.x.type != ElementType::real &&
        (p.kind != kernels::PoolKind::max || !is_small_whole(ends.x.type)))
      return "a pooling step is of real numbers, or the largest of int8 or int16";
    if (p.saves_taps && volume({p.pool_height, p.pool_width}) > INT16_MAX)
      return "a pooling step cannot keep the places of windows as large as these";
    return pool_fault(p, ends);
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ends.x.type);
    o.result(ends.y.elements, ends.x.type);
    return o;
  }
  static constexpr GradientRule rule(const kernels::Pool& pool) {
    if (pool.kind == kernels::PoolKind::average) return {};
    if (pool.saves_taps) return {.saved = 1, .trains_as_forward = false};
    return {.needs_input = true};
  }
  static constexpr GradientRule gradient(const Step& s) { return rule(unpack<Attributes>(s.attributes)); }
  static constexpr Value saved(const Step& s, int) {
    const bool small = small_taps(unpack<Attributes>(s.attributes));
    return {s.out.size(), Role::temporary, true, small ? ElementType::i8 : ElementType::i16};
  }
  /// The result may lie on the input's start where nothing is padded before it. It does not take the input's
  /// place: it is smaller, and would hold all of that for as long as it is read.
  static constexpr Overlap overlap(const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    if (s.phase == Phase::backward || a.top > 0 || a.left > 0) return {};
    return {0, 0, s.out.size()};
  }
  static constexpr bool samples_apart(const Step&) { return true; }

  static constexpr Int8Form int8_form(const Step& s) {
    const auto p = unpack<Attributes>(s.attributes);
    if (p.kind == kernels::PoolKind::max) return Int8Form::share;
    // Where every window averages as many numbers, the average may have finer steps than its input.
    const bool columns = p.out_width == 1 && p.pool_width == p.width;
    const bool rows =
        (p.out_height == 1 && p.pool_height == p.height) || (p.pool_height == 1 && p.out_height == p.height);
    return columns && rows && p.top == 0 && p.left == 0 ? Int8Form::mean : Int8Form::share;
  }
  static void ranges(const Step& s, const void* const*, std::span<const Int8Ranges> x,
                     std::span<Int8Range> y) {
    auto p = unpack<Attributes>(s.attributes);
    if (p.kind != kernels::PoolKind::max) return;
    p.channels *= 2;
    kernels::int8_max_pool(p, ends_of(x[0]), ends_of(y));
  }
  static constexpr long long range_work(const Step& s) {
    return static_cast<long long>(s.out.size()) * unpack<Attributes>(s.attributes).taps();
  }
  static constexpr Channels channels(const Step& s) { return named_channels<Attributes>(s); }
  static constexpr bool select(Step& s, const SelectedChannels& kept, std::span<WeightBlock>) {
    return select_named_channels<Attributes>(s, kept);
  }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {s.phase, unpack<Attributes>(s.attributes), moved_type(g, s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    if (small_taps(d.pool))
      run_with<std::int8_t>(d, call, p);
    else
      run_with<std::int16_t>(d, call, p);
  }

 private:
  static constexpr bool small_taps(const kernels::Pool& pool) { return pool.taps() <= 128; }

  template <class T, class Tap>
  [[gnu::always_inline]] static void forward(const kernels::Pool& pool, int rows, const T* x, T* y,
                                             Tap* taps) {
    kernels::pool_forward(pool, rows, x, y, taps);
  }
  template <class Tap>
  [[gnu::always_inline]] static void forward(const kernels::Pool& pool, int rows, const std::int8_t* x,
                                             std::int8_t* y, Tap*) {
    const int in = pool.height * pool.width * pool.channels;
    const int out = pool.out_height * pool.out_width * pool.channels;
    for (int r = 0; r < rows; ++r) kernels::int8_max_pool(pool, x + r * in, y + r * out);
  }

  template <class Tap, class T>
  [[gnu::always_inline]] static void run_with(const Description& d, const kernels::Call& call,
                                              Operands<T> p) {
    if (d.phase != Phase::backward) {
      Tap* const taps = d.phase == Phase::training ? static_cast<Tap*>(p.pointer[2]) : nullptr;
      return as_moved(
          d.type,
          p, [&](auto o) __attribute__((always_inline)) { forward(d.pool, call.rows, o[0], o[1], taps); });
    }
    const GradientRule needs = rule(d.pool);
    const BackwardLayout at = backward_layout(needs, 1, 0);
    kernels::pool_backward<T, Tap>(d.pool, call.rows, p[0], needs.needs_input ? p[at.x] : nullptr,
                                   needs.saved ? static_cast<const Tap*>(p.pointer[at.saved]) : nullptr,
                                   p[at.dx]);
  }
};

}  // namespace etch::ops
