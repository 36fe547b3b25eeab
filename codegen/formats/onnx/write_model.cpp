// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/step_writers.hpp>
#include <codegen/formats/onnx/write_model.hpp>

namespace etch::host {

namespace onnx {
namespace {

struct Entry {
  int op;
  void (*write)(GraphWriter& to, const Step& step, ActivationKind after);
};

constexpr Entry step_writers[]{
    {op_code<ops::Dense>, write_dense},
    {op_code<ops::Convolution>, write_convolution},
    {op_code<ops::TransposedConvolution>, write_transposed_convolution},
    {op_code<ops::Pool>, write_pool},
    {op_code<ops::Pad>, write_pad},
    {op_code<ops::BatchNormalization>, write_batch_normalization},
    {op_code<ops::Normalize>, write_normalize},
    {op_code<ops::Activation>, write_activation},
    {op_code<ops::Softmax>, write_softmax},
    {op_code<ops::ParametricActivation>, write_parametric_activation},
    {op_code<ops::PReLU>, write_prelu},
    {op_code<ops::Affine>, write_affine},
    {op_code<ops::Add>, write_add},
    {op_code<ops::Binary>, write_binary},
    {op_code<ops::Concatenate>, write_concatenate},
    {op_code<ops::Permute>, write_permute},
    {op_code<ops::Resize>, write_resize},
    {op_code<ops::ResizeTo>, write_resize_to},
    {op_code<ops::Embedding>, write_embedding},
    {op_code<ops::SimpleRNN>, write_simple_rnn},
    {op_code<ops::LSTM>, write_lstm},
    {op_code<ops::GRU>, write_gru},
};

void write_step(GraphWriter& to, int s) {
  Step step = to.graph().steps[s];
  to.begin(s);
  to.require(step.repeat == 1, "takes the steps of a sequence one by one");
  const ActivationKind after =
      visit_op(step.op, [&](auto op) { return decltype(op)::split_activation(step.attributes); });
  for (const Entry& entry : step_writers)
    if (entry.op == step.op) return entry.write(to, step, after);
  to.refuse("has no operators of ONNX that are written");
}

}  // namespace
}  // namespace onnx

std::vector<std::byte> write_onnx(const ImportedModel& model) {
  onnx::GraphWriter to(model);
  for (int s = 0; s < model.graph->steps.count; ++s) onnx::write_step(to, s);
  return onnx::bytes_of(to.finish(), model.name);
}

}  // namespace etch::host
