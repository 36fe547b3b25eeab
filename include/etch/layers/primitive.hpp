// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/layer.hpp>

namespace etch {

namespace detail {
template <class Layer, class T>
void primitive_forward(const Words& words, const PrimitiveForward<T>& with) {
  Layer::forward(unpack<typename Layer::Attributes>(words), with);
}
template <class Layer, class T>
void primitive_backward(const Words& words, const PrimitiveBackward<T>& with) {
  Layer::backward(unpack<typename Layer::Attributes>(words), with);
}
template <class Layer>
inline constexpr PrimitiveOp primitive_op{Layer::kind, primitive_forward<Layer, float>,
                                          primitive_backward<Layer, float>, primitive_forward<Layer, double>,
                                          primitive_backward<Layer, double>};
}  // namespace detail

/// A user's own op in one struct. `Layer` derives from `Primitive<Layer>` and has
///   static constexpr const char* kind = "Swish";
///   struct Attributes { float beta = 1; };     4-byte members; and a member `Attributes attributes`
///   static constexpr Shape output_shape(const Shape& in, const Attributes&);
///   static constexpr Shape weights(const Shape& in, const Attributes&);   rank 0: none
///   template <class T> static void forward(const Attributes&, const PrimitiveForward<T>&);
///   template <class T> static void backward(const Attributes&, const PrimitiveBackward<T>&);
template <class Layer>
struct Primitive {
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) {
    auto& self = static_cast<Layer&>(*this);
    Builder& g = *x.builder;
    if (g.graph.fault) return detail::stopped(x);
    const Shape weights = Layer::weights(x.shape, self.attributes);
    if (g.first_call(state)) {
      if (weights.rank > 0)
        g.parameter(state, detail::kernel_parameter(weights, Initializer::glorot_uniform));
    } else if (weights.rank > 0) {
      g.same_parameter(state, 0, weights);
    }
    const Tensor inputs[]{x};
    Tensor y = g.apply(op_rule<ops::Primitive>, state, pack(self.attributes),
                       Layer::output_shape(x.shape, self.attributes), inputs, &detail::primitive_op<Layer>);
    const char* const names[]{"weights"};
    g.note(Layer::kind, Layer::kind, nullptr, state, inputs, y, names);
    return y;
  }
};

}  // namespace etch
