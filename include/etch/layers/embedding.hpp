// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/masking.hpp>

namespace etch {

/// Turns whole numbers into vectors: [...] to [..., output_dim], by rows of the table embeddings [input_dim,
/// output_dim]. Indices arrive as numbers of the element type, from 0 to input_dim - 1. One outside reads the
/// nearest row (NaN: row 0): a device must not read beyond the table, and training data is checked where it
/// comes in.
struct Embedding {
  int input_dim = 0;
  int output_dim = 0;
  Initializer embeddings_initializer = Initializer::random_uniform;
  Regularizer embeddings_regularizer{};
  Constraint embeddings_constraint{};
  bool mask_zero = false;  ///< index 0 stands for a step that does not count: layers that know masks skip it
  const char* name = nullptr;
  bool trainable = true;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    g.check(input_dim > 0, "Embedding needs an input_dim of at least 1", input_dim, 1, state.line);
    g.check(output_dim > 0, "Embedding needs an output_dim of at least 1", output_dim, 1, state.line);
    g.check(x.shape.rank < Shape::max_rank, "Embedding needs an input of 1 to 3 axes", x.shape.rank,
            Shape::max_rank - 1, state.line);
    g.check(!mask_zero || x.shape.rank == 1, "Embedding makes a mask for an input [time] only", x.shape.rank,
            1, state.line);
    g.check(input_dim <= 1 << 24, "Embedding has an input_dim that float indices cannot count", input_dim,
            1 << 24, state.line);
    if (g.graph.fault) return detail::stopped(x);
    const Shape table{input_dim, output_dim};
    if (g.first_call(state))
      g.parameter(state, detail::weight(
                             table, {embeddings_initializer, embeddings_regularizer, embeddings_constraint},
                             trainable));
    else
      g.same_parameter(state, 0, table);
    Shape out = x.shape;
    out.append(output_dim);
    const Tensor inputs[]{x};
    Tensor y = g.apply(op_rule<ops::Embedding>, state,
                       pack(ops::Embedding::Attributes{input_dim, output_dim}), out, inputs);
    if (mask_zero) y.mask = detail::compute_mask(x, 0, state.line).value;
    const char* const names[]{"embeddings"};
    g.note("Embedding", "embedding", name, state, inputs, y, names);
    return y;
  }
};

}  // namespace etch
