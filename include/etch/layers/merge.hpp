// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/layer.hpp>

namespace etch {

namespace detail {

/// The extents of a shape as four, from the right.
constexpr std::array<int, 4> four_extents(const Shape& shape) {
  std::array<int, 4> extent{1, 1, 1, 1};
  for (int i = 0; i < shape.rank && i < Shape::max_rank; ++i)
    extent[static_cast<unsigned>(Shape::max_rank - shape.rank + i)] = shape[i];
  return extent;
}

/// NumPy's broadcasting: axes are matched from the last, and an extent of 1 fits any. Rank 0: they do not
/// fit.
constexpr Shape broadcast_shape(const Shape& a, const Shape& b) {
  Shape out = a.rank >= b.rank ? a : b;
  const auto from_a = four_extents(a), from_b = four_extents(b);
  for (int i = 0; i < out.rank; ++i) {
    const auto at = static_cast<unsigned>(Shape::max_rank - out.rank + i);
    if (from_a[at] != from_b[at] && from_a[at] != 1 && from_b[at] != 1) return {};
    out.dim[static_cast<unsigned>(i)] = from_a[at] == 1 ? from_b[at] : from_a[at];
  }
  return out;
}

/// a op b, of shapes that fit.
constexpr Tensor binary_step(const Tensor& a, const Tensor& b, kernels::BinaryKind kind, int count,
                             int line) {
  const Shape out = broadcast_shape(a.shape, b.shape);
  LayerState none{line};
  const Tensor inputs[]{a, b};
  if (kind == kernels::BinaryKind::add && a.shape == b.shape)
    return a.builder->apply(op_rule<ops::Add>, none, pack(ops::Add::Attributes{}), out, inputs);
  const auto attributes =
      kernels::broadcast(kind, count, four_extents(out), four_extents(a.shape), four_extents(b.shape));
  return a.builder->apply(op_rule<ops::Binary>, none, pack(attributes), out, inputs);
}

/// A step counts where every mask of the inputs counts it, as Keras merges them.
constexpr std::int16_t merged_mask(std::span<const Tensor> inputs, int line) {
  Tensor mask{inputs[0].builder};
  for (const Tensor& x : inputs) {
    if (x.mask < 0 || x.mask == mask.mask) continue;
    const Tensor other{x.builder, x.mask, -1, {x.shape[0]}, x.mask};
    if (mask.mask >= 0 && mask.shape == other.shape) {
      mask = binary_step(mask, other, kernels::BinaryKind::multiply, 1, line);
      mask.mask = mask.value;
    } else if (mask.mask < 0) {
      mask = other;
    }
  }
  return mask.mask;
}

/// From the first input to the last: ((a op b) op c) ... \param misfit says that shapes do not fit.
constexpr Tensor merge_layer(std::span<const Tensor> inputs, kernels::BinaryKind kind,
                             const LayerNames& names, const char* misfit, LayerState& state) {
  Builder& g = *inputs[0].builder;
  Tensor y = inputs[0];
  const bool averages = kind == kernels::BinaryKind::average;
  for (unsigned i = 1; i < inputs.size(); ++i) {
    g.check(broadcast_shape(y.shape, inputs[i].shape).rank > 0, misfit, inputs[i].shape.size(),
            y.shape.size(), state.line);
    if (g.graph.fault) return stopped(inputs[0]);
    const bool last = i + 1 == inputs.size();
    y = binary_step(y, inputs[i], averages && !last ? kernels::BinaryKind::add : kind,
                    static_cast<int>(inputs.size()), state.line);
  }
  if (g.graph.fault) return stopped(inputs[0]);
  y.mask = merged_mask(inputs, state.line);
  g.note(names.type, names.base, names.given, state, inputs, y);
  return y;
}

}  // namespace detail

/// The layers below merge two or more tensors element by element. Shapes are equal, or broadcast as NumPy's:
/// matched from the last axis, where an extent of 1 fits any. Maximum and Minimum give the gradient to the
/// first of equal elements.
struct Add {
  const char* name = nullptr;
  LayerState state{};

  template <class... More>
  constexpr Tensor operator()(const Tensor& a, const Tensor& b, const More&... more) {
    const Tensor inputs[]{a, b, more...};
    return detail::merge_layer(
        inputs, kernels::BinaryKind::add, {"Add", "add", name},
        "Add needs tensors of one shape, or extents of 1 where they differ (elements are shown)", state);
  }
};

/// a - b, of exactly two.
struct Subtract {
  const char* name = nullptr;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& a, const Tensor& b) {
    const Tensor inputs[]{a, b};
    return detail::merge_layer(
        inputs, kernels::BinaryKind::subtract, {"Subtract", "subtract", name},
        "Subtract needs tensors of one shape, or extents of 1 where they differ (elements are shown)", state);
  }
};

struct Multiply {
  const char* name = nullptr;
  LayerState state{};

  template <class... More>
  constexpr Tensor operator()(const Tensor& a, const Tensor& b, const More&... more) {
    const Tensor inputs[]{a, b, more...};
    return detail::merge_layer(
        inputs, kernels::BinaryKind::multiply, {"Multiply", "multiply", name},
        "Multiply needs tensors of one shape, or extents of 1 where they differ (elements are shown)", state);
  }
};

struct Average {
  const char* name = nullptr;
  LayerState state{};

  template <class... More>
  constexpr Tensor operator()(const Tensor& a, const Tensor& b, const More&... more) {
    const Tensor inputs[]{a, b, more...};
    return detail::merge_layer(
        inputs, kernels::BinaryKind::average, {"Average", "average", name},
        "Average needs tensors of one shape, or extents of 1 where they differ (elements are shown)", state);
  }
};

struct Maximum {
  const char* name = nullptr;
  LayerState state{};

  template <class... More>
  constexpr Tensor operator()(const Tensor& a, const Tensor& b, const More&... more) {
    const Tensor inputs[]{a, b, more...};
    return detail::merge_layer(
        inputs, kernels::BinaryKind::maximum, {"Maximum", "maximum", name},
        "Maximum needs tensors of one shape, or extents of 1 where they differ (elements are shown)", state);
  }
};

struct Minimum {
  const char* name = nullptr;
  LayerState state{};

  template <class... More>
  constexpr Tensor operator()(const Tensor& a, const Tensor& b, const More&... more) {
    const Tensor inputs[]{a, b, more...};
    return detail::merge_layer(
        inputs, kernels::BinaryKind::minimum, {"Minimum", "minimum", name},
        "Minimum needs tensors of one shape, or extents of 1 where they differ (elements are shown)", state);
  }
};

/// Joins two to eight tensors along `axis`, which alone may differ. Axes count as in Keras: 1 is the first of
/// a sample (0 is the batch), negative ones count from the last.
struct Concatenate {
  int axis = -1;
  const char* name = nullptr;
  LayerState state{};
  static constexpr Limit most_tensors{ops::Concatenate::max_inputs,
                                      "Concatenate joins at most 8 tensors: join the results again"};

  template <class... More>
  constexpr Tensor operator()(const Tensor& a, const Tensor& b, const More&... more) {
    constexpr int count = 2 + sizeof...(More);
    const Tensor inputs[]{a, b, more...};
    Builder& g = *a.builder;
    g.check_limit(most_tensors, count, state.line);
    const int along = axis < 0 ? axis + a.shape.rank : axis - 1;
    g.check(along >= 0 && along < a.shape.rank,
            "Concatenate needs an axis of its inputs: 1 is the first axis of a sample", axis, a.shape.rank,
            state.line);
    if (g.graph.fault) return detail::stopped(a);
    ops::Concatenate::Attributes attributes{along, count, {}};
    Shape out = a.shape;
    int total = 0;
    for (unsigned i = 0; i < unsigned{count}; ++i) {
      Shape like = inputs[i].shape;
      if (like.rank == a.shape.rank) like.dim[static_cast<unsigned>(along)] = a.shape[along];
      g.check(like == a.shape, "Concatenate needs equal shapes except along its axis (elements are shown)",
              inputs[i].shape.size(), a.shape.size(), state.line);
      if (g.graph.fault) return detail::stopped(a);
      attributes.extent[i] = inputs[i].shape[along];
      total += inputs[i].shape[along];
    }
    out.dim[static_cast<unsigned>(along)] = total;
    LayerState none{state.line};
    Tensor y = g.apply(op_rule<ops::Concatenate>, none, pack(attributes), out, inputs);
    if (along > 0) y.mask = detail::merged_mask(inputs, state.line);
    g.note("Concatenate", "concatenate", name, state, inputs, y);
    return y;
  }
};

}  // namespace etch
