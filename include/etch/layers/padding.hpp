// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/layer.hpp>
#include <etch/layers/window.hpp>

namespace etch {

/// Amounts of the four sides, as Keras takes them: one number; (rows, columns), each for both sides; or
/// ((top, bottom), (left, right)).
struct Sides {
  Pair rows, columns;
  constexpr Sides(int all) : rows(all), columns(all) {}
  constexpr Sides(Pair rows_, Pair columns_) : rows(rows_), columns(columns_) {}
};

namespace detail {

/// Grows (sign 1) or crops (sign -1) the first axis, or the first two, by `sides`.
constexpr Tensor pad_layer(const Tensor& x, int axes, int sign, const Sides& sides, const LayerNames& names,
                           LayerState& state) {
  Builder& g = *x.builder;
  g.check(x.shape.rank == axes + 1,
          axes == 1 ? "1-D padding and cropping need an input of [length, channels]"
                    : "2-D padding and cropping need an input of [height, width, channels]",
          x.shape.rank, axes + 1, state.line);
  int least = 0;
  for (const int amount : {sides.rows.first, sides.rows.second, sides.columns.first, sides.columns.second})
    least = amount < least ? amount : least;
  g.check(least == 0, "padding and cropping take amounts of at least 0", least, 0, state.line);
  if (g.graph.fault) return stopped(x);
  const int height = axes == 1 ? 1 : x.shape[0], width = x.shape[axes - 1], channels = x.shape.last();
  const auto grown = [&](std::int64_t from, const Pair& by) {
    return extent(from + sign * (std::int64_t{by.first} + by.second));
  };
  const int out_height = grown(height, sides.rows), out_width = grown(width, sides.columns);
  g.check(out_height > 0, "cropping leaves no row: crop less", height - out_height, height, state.line);
  g.check(out_width > 0, "cropping leaves nothing of an axis: crop less", width - out_width, width,
          state.line);
  if (g.graph.fault) return stopped(x);
  const kernels::Pad pad{
      height, width, channels, out_height, out_width, sign * sides.rows.first, sign * sides.columns.first};
  const Shape out = axes == 1 ? Shape{out_width, channels} : Shape{out_height, out_width, channels};
  LayerState none{state.line};
  const Tensor inputs[]{x};
  Tensor y = g.apply(op_rule<ops::Pad>, none, pack(pad), out, inputs);
  g.note(names.type, names.base, names.given, state, inputs, y);
  return y;
}

}  // namespace detail

/// Zeros before and after: [length, channels] to [length + before + after, channels]. `padding`: one number,
/// or (before, after).
struct ZeroPadding1D {
  Pair padding = 1;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    return detail::pad_layer(x, 1, 1, {0, padding}, {"ZeroPadding1D", "zero_padding1d", name}, state);
  }
};

/// Zeros around: [height, width, channels] grows by the amounts of `padding`, see Sides.
struct ZeroPadding2D {
  Sides padding = 1;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    return detail::pad_layer(x, 2, 1, padding, {"ZeroPadding2D", "zero_padding2d", name}, state);
  }
};

/// Takes steps off the ends: [length, channels] to [length - before - after, channels].
struct Cropping1D {
  Pair cropping = 1;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    return detail::pad_layer(x, 1, -1, {0, cropping}, {"Cropping1D", "cropping1d", name}, state);
  }
};

/// Takes rows and columns off the borders: [height, width, channels] shrinks by the amounts of `cropping`.
struct Cropping2D {
  Sides cropping = 0;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    return detail::pad_layer(x, 2, -1, cropping, {"Cropping2D", "cropping2d", name}, state);
  }
};

}  // namespace etch
