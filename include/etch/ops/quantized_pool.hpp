// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/constant_checks.hpp>
#include <etch/ops/pool.hpp>

namespace etch::ops {

/// Quantized average pooling, and with a scale the mean or sum over a window in another quantization.
/// Operands x i8 or i16 | io i32[4], scale i32[2] (if there is one) | y of its type. Max pooling is `Pool`
/// itself. An average of int8 that stands for uint8 rounds its halves up.
struct QuantizedPool : OpDefaults {
  static constexpr const char* name = "QuantizedPool";
  static constexpr bool whole_numbers = true;
  struct Attributes {
    kernels::Pool pool;
    int halves_up = 0;  ///< of an average of int8; else away from zero
  };
  struct Description {
    kernels::Pool pool;
    int scaled = 0, halves_up = 0;
    ElementType type = ElementType::i8;
  };

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto [p, halves_up] = unpack<Attributes>(s.attributes);
    if (!is_flag(halves_up) || (halves_up && (s.parameters > 1 || ends.x.type != ElementType::i8)))
      return "a quantized pooling step rounds in a way that does not exist";
    if (p.kind != kernels::PoolKind::average || p.saves_taps != 0 || !is_small_whole(ends.x.type))
      return "a quantized pooling step is an average of int8 or int16";
    if (const char* fault = pool_fault(p, ends)) return fault;
    const auto inside = [](int pool, int extent) { return std::int64_t{pool < extent ? pool : extent}; };
    const std::int64_t taps = inside(p.pool_height, p.height) * inside(p.pool_width, p.width);
    const std::int64_t most = halves_up                        ? kernels::most_scaled<std::int8_t>
                              : ends.x.type == ElementType::i8 ? most_taps<std::int8_t>(s)
                                                               : most_taps<std::int16_t>(s);
    return taps <= most ? nullptr : "a quantized pooling step has windows whose sums may overflow";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ends.x.type);
    o.weight(4, ElementType::i32);
    if (s.parameters > 1) o.weight(2, ElementType::i32);
    o.result(ends.y.elements, ends.x.type);
    return o;
  }
  static const char* constants_fault(const Step& s, const StepEnds& ends, const void* const* weights) {
    if (s.parameters > 1) {
      const auto& scale = *static_cast<const kernels::Int8Scale*>(weights[1]);
      if (!is_scale(scale)) return wrong_scale;
    }
    return io_fault(ends.x.type, *static_cast<const kernels::Int8Io*>(weights[0]));
  }
  static constexpr Overlap overlap(const Step& s) {
    const kernels::Pool a = unpack<Attributes>(s.attributes).pool;
    return a.top == 0 && a.left == 0 ? Overlap{0, 0, s.out.size()} : Overlap{};
  }

  static void ranges(const Step& s, const void* const* weights, std::span<const Int8Ranges> x,
                     std::span<Int8Range> y) {
    auto [p, halves_up] = unpack<Attributes>(s.attributes);
    const auto* const scale = s.parameters > 1 ? static_cast<const kernels::Int8Scale*>(weights[1]) : nullptr;
    if (scale && (scale->multiplier < 0 || scale->shift > 0)) return;
    p.channels *= 2;
    const auto& io = *static_cast<const kernels::Int8Io*>(weights[0]);
    if (halves_up)
      kernels::portable::int8_pool_halves_up(p, ends_of(x[0]), io, ends_of(y));
    else
      kernels::portable::int8_pool(p, ends_of(x[0]), io, scale, ends_of(y));
  }
  static void computed(const Step& s, const void* const* weights, std::span<const Int8Ranges> x,
                       ComputedNumbers& numbers) {
    const auto [p, halves_up] = unpack<Attributes>(s.attributes);
    const auto& io = *static_cast<const kernels::Int8Io*>(weights[0]);
    const NumberRange any = range_of_all(x[0]);
    const auto inside = [](int pool, int extent) { return std::int64_t{pool < extent ? pool : extent}; };
    const std::int64_t taps = inside(p.pool_height, p.height) * inside(p.pool_width, p.width);
    // A window at an edge has fewer taps, and while it is added up there are fewer too.
    const std::int64_t least = any.low < 0 ? taps * any.low : 0, most = any.high > 0 ? taps * any.high : 0;
    const std::int64_t above = halves_up ? 128 * taps + taps / 2 : 0;
    numbers.add("sum of a window, in any order", least, most + above);
    if (s.parameters == 1) {
      numbers.add("sum with half of the divisor", least - taps / 2, most + above + taps / 2);
      return;
    }
    const std::int64_t low = any.low - io.input_zero_point, high = any.high - io.input_zero_point;
    const std::int64_t lowest = low < 0 ? taps * low : 0, highest = high > 0 ? taps * high : 0;
    const std::int64_t zero_point = io.input_zero_point;
    numbers.add("product of divisor and zero point", zero_point < 0 ? taps * zero_point : 0,
                zero_point > 0 ? taps * zero_point : 0);
    numbers.add("difference to the zero point", lowest, highest);
    numbers.add_requantized(lowest, highest, *static_cast<const kernels::Int8Scale*>(weights[1]));
  }
  static constexpr long long range_work(const Step& s) {
    return static_cast<long long>(s.out.size()) * unpack<Attributes>(s.attributes).pool.taps();
  }
  static constexpr Channels channels(const Step& s) { return Pool::channels(s); }
  static constexpr bool select(Step& s, const SelectedChannels& kept, std::span<WeightBlock> weights) {
    const int halves_up = unpack<Attributes>(s.attributes).halves_up;
    const bool selected = Pool::select(s, kept, weights);
    s.attributes = pack(Attributes{unpack<kernels::Pool>(s.attributes), halves_up});
    return selected;
  }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return {a.pool, s.parameters == 2, a.halves_up, moved_type(g, s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const kernels::Pool& pool = d.pool;
    const int in = pool.height * pool.width * pool.channels;
    const int out = pool.out_height * pool.out_width * pool.channels;
    if (d.halves_up) {
      const auto* const x = static_cast<const std::int8_t*>(p.pointer[0]);
      auto* const y = static_cast<std::int8_t*>(p.pointer[2]);
      for (int r = 0; r < call.rows; ++r)
        kernels::portable::int8_pool_halves_up(
            pool, x + r * in, *static_cast<const kernels::Int8Io*>(p.pointer[1]), y + r * out);
      return;
    }
    as_whole(
        d.type, p, [&](auto at) __attribute__((always_inline)) {
          for (int r = 0; r < call.rows; ++r)
            kernels::int8_pool(pool, at[0] + r * in, *static_cast<const kernels::Int8Io*>(p.pointer[1]),
                               d.scaled ? static_cast<const kernels::Int8Scale*>(p.pointer[2]) : nullptr,
                               at[d.scaled ? 3 : 2] + r * out);
        });
  }

 private:
  /// How many numbers of a type a sum of 32 bits holds.
  template <class T>
  static constexpr std::int64_t most_taps(const Step& s) {
    return s.parameters > 1 ? kernels::most_scaled<T> : kernels::most_averaged<T>;
  }
};

}  // namespace etch::ops
