// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/layer.hpp>
#include <etch/layers/window.hpp>

namespace etch {

/// How new pixels come about, by Keras's names.
using Interpolation = kernels::ResizeKind;
inline constexpr Interpolation nearest = Interpolation::nearest;
inline constexpr Interpolation bilinear = Interpolation::bilinear;

namespace detail {
constexpr Tensor resize_step(const Tensor& x, const kernels::Resize& resize, const Shape& out, int line) {
  LayerState none{line};
  const Tensor inputs[]{x};
  return x.builder->apply(op_rule<ops::Resize>, none, pack(resize), out, inputs);
}
}  // namespace detail

/// Repeats every step `size` times: [length, channels] to [length * size, channels].
struct UpSampling1D {
  int size = 2;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    g.check(x.shape.rank == 2, "UpSampling1D needs an input of [length, channels]", x.shape.rank, 2,
            state.line);
    g.check(size > 0, "UpSampling1D needs a size of at least 1", size, 1, state.line);
    if (g.graph.fault) return detail::stopped(x);
    const int length = x.shape[0], channels = x.shape[1];
    Tensor y = detail::resize_step(x, {nearest, length, 1, channels, size, 1},
                                   {detail::extent_product(length, size), channels}, state.line);
    const Tensor inputs[]{x};
    g.note("UpSampling1D", "up_sampling1d", name, state, inputs, y);
    return y;
  }
};

/// [height, width, channels] to [height * rows, width * columns, channels] for `size` (rows, columns).
/// nearest repeats pixels; bilinear interpolates between half-pixel centres, as TensorFlow's resize does.
struct UpSampling2D {
  Pair size = 2;
  Interpolation interpolation = nearest;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    g.check(x.shape.rank == 3, "UpSampling2D needs an input of [height, width, channels]", x.shape.rank, 3,
            state.line);
    const int least = size.first < size.second ? size.first : size.second;
    g.check(least > 0, "UpSampling2D needs a size of at least 1", least, 1, state.line);
    if (g.graph.fault) return detail::stopped(x);
    const int height = x.shape[0], width = x.shape[1], channels = x.shape[2];
    Tensor y = detail::resize_step(
        x, {interpolation, height, width, channels, size.first, size.second},
        {detail::extent_product(height, size.first), detail::extent_product(width, size.second), channels},
        state.line);
    const Tensor inputs[]{x};
    g.note("UpSampling2D", "up_sampling2d", name, state, inputs, y);
    return y;
  }
};

/// [height, width, channels] to [`height`, `width`, channels], both of at least 1, as Keras's layer: bilinear
/// or nearest, with half-pixel centres and without smoothing. What has that size already passes as it is.
struct Resizing {
  int height = 0, width = 0;
  Interpolation interpolation = bilinear;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    g.check(x.shape.rank == 3, "Resizing needs an input of [height, width, channels]", x.shape.rank, 3,
            state.line);
    const int least = height < width ? height : width, most = height < width ? width : height;
    g.check(least > 0, "Resizing needs a height and width of at least 1", least, 1, state.line);
    g.check(most <= kernels::most_resized_pixels, "Resizing gives at most 65,536 pixels along an axis", most,
            kernels::most_resized_pixels, state.line);
    if (g.graph.fault) return detail::stopped(x);
    const int channels = x.shape[2];
    const Tensor inputs[]{x};
    Tensor y = x;
    if (x.shape[0] != height || x.shape[1] != width) {
      LayerState none{state.line};
      const kernels::ResizeTo resize{interpolation, x.shape[0], x.shape[1], channels, height, width};
      y = g.apply(op_rule<ops::ResizeTo>, none, pack(resize), {height, width, channels}, inputs);
    }
    g.note("Resizing", "resizing", name, state, inputs, y);
    return y;
  }
};

/// A vector `n` times: [channels] to [n, channels].
struct RepeatVector {
  int n = 0;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    g.check(x.shape.rank == 1, "RepeatVector needs a rank-1 input: put Flatten before it", x.shape.rank, 1,
            state.line);
    g.check(n > 0, "RepeatVector needs at least one repetition", n, 1, state.line);
    if (g.graph.fault) return detail::stopped(x);
    const int channels = x.shape[0];
    Tensor y = detail::resize_step(x, {nearest, 1, 1, channels, n, 1}, {n, channels}, state.line);
    const Tensor inputs[]{x};
    g.note("RepeatVector", "repeat_vector", name, state, inputs, y);
    return y;
  }
};

}  // namespace etch
