// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/onnx/graph_writer.hpp>
#include <etch/ops/op_list.hpp>

namespace etch::host::onnx {

/// Writes a function of one number, or softmax, on a tensor whose channels lie along `axis`.
std::string write_function(GraphWriter& to, ActivationKind kind, const std::string& x, int axis);

/// Writes a node on each element, wherever the channels of its input lie.
template <class F>
void write_elements(GraphWriter& to, const Step& step, F f) {
  const bool first = to.has_first(step, 0, step.in);
  const std::string x = first ? to.first(step, 0, step.in) : to.last(step, 0, step.in);
  const std::string y = f(x, first ? 1 : -1);
  if (first)
    to.define_first(to.graph().result(step), y, step.in);
  else
    to.define_last(to.graph().result(step), y, step.in);
}

// The nodes of each op's steps. An activation that a step has taken in is given to it.
void write_dense(GraphWriter& to, const Step& step, ActivationKind after);
void write_convolution(GraphWriter& to, const Step& step, ActivationKind after);
void write_transposed_convolution(GraphWriter& to, const Step& step, ActivationKind after);
void write_pool(GraphWriter& to, const Step& step, ActivationKind after);
void write_pad(GraphWriter& to, const Step& step, ActivationKind after);
void write_batch_normalization(GraphWriter& to, const Step& step, ActivationKind after);
void write_normalize(GraphWriter& to, const Step& step, ActivationKind after);
void write_activation(GraphWriter& to, const Step& step, ActivationKind after);
void write_parametric_activation(GraphWriter& to, const Step& step, ActivationKind after);
void write_prelu(GraphWriter& to, const Step& step, ActivationKind after);
void write_affine(GraphWriter& to, const Step& step, ActivationKind after);
void write_add(GraphWriter& to, const Step& step, ActivationKind after);
void write_binary(GraphWriter& to, const Step& step, ActivationKind after);
void write_concatenate(GraphWriter& to, const Step& step, ActivationKind after);
void write_permute(GraphWriter& to, const Step& step, ActivationKind after);
void write_resize(GraphWriter& to, const Step& step, ActivationKind after);
void write_resize_to(GraphWriter& to, const Step& step, ActivationKind after);
void write_embedding(GraphWriter& to, const Step& step, ActivationKind after);
void write_simple_rnn(GraphWriter& to, const Step& step, ActivationKind after);
void write_lstm(GraphWriter& to, const Step& step, ActivationKind after);
void write_gru(GraphWriter& to, const Step& step, ActivationKind after);

}  // namespace etch::host::onnx
