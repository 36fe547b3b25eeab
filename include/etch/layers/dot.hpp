// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/permute.hpp>
#include <etch/layers/window.hpp>

namespace etch {

namespace detail {

/// A tensor seen as [before, along, after] around one of its axes.
struct Around {
  int before = 1, along = 1, after = 1;
};
constexpr Around around(const Shape& shape, int axis) {
  Around a{1, shape[axis], 1};
  for (int i = 0; i < axis; ++i) a.before *= shape[i];
  for (int i = axis + 1; i < shape.rank; ++i) a.after *= shape[i];
  return a;
}

constexpr Tensor unit_length(const Tensor& x, int axis, int line) {
  const Around a = around(x.shape, axis);
  LayerState none{line};
  const Tensor inputs[]{x};
  return x.builder->apply(op_rule<ops::UnitNorm>, none, pack(kernels::UnitNorm{a.before, a.along, a.after}),
                          x.shape, inputs);
}

/// Moves the axis to the place where a product of matrices can read it, if it lies between others.
constexpr Tensor with_axis_at(const Tensor& x, int axis, int place, int line) {
  std::array<int, 4> order{0, 1, 2, 3};
  for (int i = 0, next = 0; i < x.shape.rank; ++i) {
    if (next == axis) ++next;
    order[static_cast<unsigned>(i)] = i == place ? axis : next++;
  }
  return permute_step(x, order, line);
}

}  // namespace detail

/// The sum of products of two tensors along one axis of each, as `keras.ops.batch_dot`: the result has the
/// remaining axes of the first, then those of the second; [1] where none remain. `axes` (one number, or one
/// for each tensor) count the batch as axis 0, as Keras does; negative: from the last. `normalize` first
/// divides the vectors along the axes by their lengths: cosine similarity.
struct Dot {
  Pair axes;
  bool normalize = false;
  const char* name = nullptr;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& a, const Tensor& b) {
    Builder& g = *a.builder;
    const int first = axis_of(axes.first, a), second = axis_of(axes.second, b);
    g.check(first >= 0 && first < a.shape.rank && second >= 0 && second < b.shape.rank,
            "Dot needs axes of its inputs, counted from 1",
            first < 0 || first >= a.shape.rank ? axes.first : axes.second,
            first < 0 || first >= a.shape.rank ? a.shape.rank : b.shape.rank, state.line);
    if (g.graph.fault) return detail::stopped(a);
    g.check(a.shape[first] == b.shape[second], "Dot needs axes of one length", b.shape[second],
            a.shape[first], state.line);
    g.check(a.shape.rank + b.shape.rank - 2 <= Shape::max_rank, "Dot gives at most 4 axes",
            a.shape.rank + b.shape.rank - 2, Shape::max_rank, state.line);
    if (g.graph.fault) return detail::stopped(a);
    Shape out;
    for (int i = 0; i < a.shape.rank; ++i)
      if (i != first) out.append(a.shape[i]);
    for (int i = 0; i < b.shape.rank; ++i)
      if (i != second) out.append(b.shape[i]);
    if (out.rank == 0) out.append(1);
    Tensor y = product(a, first, b, second, out);
    const Tensor inputs[]{a, b};
    g.note("Dot", "dot", name, state, inputs, y);
    return y;
  }

 private:
  static constexpr int axis_of(int axis, const Tensor& x) {
    return axis < 0 ? axis + x.shape.rank : axis - 1;
  }

  constexpr Tensor product(Tensor a, int first, Tensor b, int second, const Shape& out) const {
    if (normalize) {
      a = detail::unit_length(a, first, state.line);
      b = detail::unit_length(b, second, state.line);
    }
    detail::Around left = detail::around(a.shape, first), right = detail::around(b.shape, second);
    if (left.before > 1 && left.after > 1) {
      a = detail::with_axis_at(a, first, a.shape.rank - 1, state.line);
      left = {left.before * left.after, left.along, 1};
    }
    if (right.before > 1 && right.after > 1) {
      b = detail::with_axis_at(b, second, 0, state.line);
      right = {1, right.along, right.before * right.after};
    }
    const kernels::MatMul matrices{1,          left.before * left.after, right.before * right.after,
                                   left.along, left.after > 1,           right.before > 1};
    LayerState none{state.line};
    const Tensor inputs[]{a, b};
    return a.builder->apply(op_rule<ops::MatMul>, none, pack(matrices), out, inputs);
  }
};

}  // namespace etch
