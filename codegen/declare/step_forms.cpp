// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/step_forms.hpp>

namespace etch::host::declare {

namespace {

struct Entry {
  int op;
  StepForm (*form)(const StepView& view);
  Shape (*input)(const Step& step, int k, const Shape& has) = nullptr;  ///< null: as the first
};

constexpr Entry table[]{
    {op_code<ops::Dense>, dense_form},
    {op_code<ops::Convolution>, convolution_form},
    {op_code<ops::TransposedConvolution>, transposed_convolution_form},
    {op_code<ops::BatchNormalization>, batch_normalization_form},
    {op_code<ops::Normalize>, normalize_form},
    {op_code<ops::UnitNorm>, unit_norm_form},
    {op_code<ops::Affine>, affine_form},
    {op_code<ops::Activation>, activation_form},
    {op_code<ops::ParametricActivation>, parametric_activation_form},
    {op_code<ops::PReLU>, prelu_form},
    {op_code<ops::Softmax>, softmax_form},
    {op_code<ops::Dropout>, dropout_form},
    {op_code<ops::Noise>, noise_form},
    {op_code<ops::Add>, add_form},
    {op_code<ops::Binary>, binary_form, broadcast_shape},
    {op_code<ops::Concatenate>, concatenate_form, concatenated_shape},
    {op_code<ops::Pool>, pool_form},
    {op_code<ops::Pad>, pad_form},
    {op_code<ops::Resize>, resize_form},
    {op_code<ops::ResizeTo>, resize_to_form},
    {op_code<ops::Permute>, permute_form},
    {op_code<ops::Embedding>, embedding_form},
    {op_code<ops::SimpleRNN>, simple_rnn_form},
    {op_code<ops::LSTM>, lstm_form},
    {op_code<ops::GRU>, gru_form},
    {op_code<ops::Mfcc>, mfcc_form},
};

}  // namespace

StepForm form_of(const StepView& view) {
  for (const Entry& entry : table)
    if (entry.op == view.step.op) return entry.form(view);
  return no_form("no layer is that step");
}

Shape input_shape(const Step& step, int k, const Shape& has) {
  for (const Entry& entry : table)
    if (entry.op == step.op && entry.input) return entry.input(step, k, has);
  return step.in;
}

}  // namespace etch::host::declare
