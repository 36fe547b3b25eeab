// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/declare/layer_form.hpp>
#include <codegen/model/imported_model.hpp>

#include <optional>

namespace etch::host::declare {

using DeclaredGraph = Graph<declaration_capacity>;

/// What the form of a step may depend on.
struct StepView {
  const DeclaredGraph& graph;
  const Step& step;
  std::string name{};                                  ///< of its result, as the source has it
  ActivationKind activation = ActivationKind::linear;  ///< that it may take in: nothing else reads its result

  template <class Op>
  typename Op::Attributes attributes() const {
    return unpack<typename Op::Attributes>(step.attributes);
  }
  /// The shape of its weight `k`.
  const Shape& weight(int k) const {
    return graph.parameters[graph.operand(step, step.inputs - step.parameters + k)].shape;
  }
  int data_inputs() const { return step.inputs - step.parameters; }
};

/// The layers that a step is, one after the other: the last one makes the step, one before it may pad. Empty:
/// no layer makes it, and `why` says what stands against it.
struct StepForm {
  std::vector<LayerForm> layers;
  std::string why;
  bool takes_activation = false;  ///< the last layer has the activation of the view
};

/// The one table of which layer each op is.
StepForm form_of(const StepView& view);

/// The shape in which a step sees its input `k`, where that is not the first. \param has the value's own.
Shape input_shape(const Step& step, int k, const Shape& has);

// Its entries, by kinds of ops.
StepForm dense_form(const StepView& view);
StepForm convolution_form(const StepView& view);
StepForm transposed_convolution_form(const StepView& view);
StepForm batch_normalization_form(const StepView& view);
StepForm normalize_form(const StepView& view);
StepForm unit_norm_form(const StepView& view);
StepForm affine_form(const StepView& view);
StepForm activation_form(const StepView& view);
StepForm parametric_activation_form(const StepView& view);
StepForm prelu_form(const StepView& view);
StepForm softmax_form(const StepView& view);
StepForm dropout_form(const StepView& view);
StepForm noise_form(const StepView& view);
StepForm add_form(const StepView& view);
StepForm binary_form(const StepView& view);
StepForm concatenate_form(const StepView& view);
StepForm pool_form(const StepView& view);
StepForm pad_form(const StepView& view);
StepForm resize_form(const StepView& view);
StepForm resize_to_form(const StepView& view);
StepForm permute_form(const StepView& view);
StepForm embedding_form(const StepView& view);
StepForm simple_rnn_form(const StepView& view);
StepForm lstm_form(const StepView& view);
StepForm gru_form(const StepView& view);
StepForm mfcc_form(const StepView& view);

Shape concatenated_shape(const Step& step, int k, const Shape& has);
Shape broadcast_shape(const Step& step, int k, const Shape& has);

/// No layer.
inline StepForm no_form(std::string why) { return {{}, std::move(why)}; }
inline StepForm one_layer(LayerForm layer, bool takes_activation = false) {
  StepForm form;
  form.layers.push_back(std::move(layer));
  form.takes_activation = takes_activation;
  return form;
}

}  // namespace etch::host::declare
