// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/step_forms.hpp>

#include <cmath>

namespace etch::host::declare {

namespace {

template <class Layer>
LayerForm noise_layer(const char* type, float amount) {
  FormOf<Layer> form(type);
  if constexpr (std::is_same_v<Layer, GaussianNoise>)
    form.first("stddev", &Layer::stddev, amount);
  else
    form.first("rate", &Layer::rate, amount);
  return form.one_input();
}

/// The axis along which a step works, if one axis of its shape lies between such products of extents.
std::optional<int> axis_of(const Shape& shape, int outer, int extent, int inner) {
  for (int axis = 0, before = 1; axis < shape.rank; before *= shape[axis++])
    if (before == outer && shape[axis] == extent && shape.size() == outer * extent * inner) return axis;
  return std::nullopt;
}

/// As layers count it: the last one is their default.
int counted(int axis, const Shape& shape) { return axis == shape.rank - 1 ? -1 : axis + 1; }

StepForm elu_or_relu(const kernels::ParametricActivation& a) {
  if (a.function == kernels::ParametricFunction::elu)
    return one_layer(FormOf<ELU>("ELU").first("alpha", &ELU::alpha, a.slope).one_input());
  const bool leaks = std::isinf(a.max_value) && a.threshold == 0;
  if (leaks)
    return one_layer(FormOf<LeakyReLU>("LeakyReLU")
                         .set("negative_slope", &LeakyReLU::negative_slope, a.slope)
                         .one_input());
  return one_layer(FormOf<ReLU>("ReLU")
                       .set("max_value", &ReLU::max_value, a.max_value)
                       .set("negative_slope", &ReLU::negative_slope, a.slope)
                       .set("threshold", &ReLU::threshold, a.threshold)
                       .one_input());
}

/// Over the last axes: how many of them.
std::optional<int> trailing_axes(const Shape& shape, const ops::Normalize::Attributes& a) {
  int channels = 1;
  for (int axes = 1; axes <= shape.rank; ++axes) {
    channels *= shape[shape.rank - axes];
    if (channels == a.channels && a.blocks * channels == shape.size()) return axes;
  }
  return std::nullopt;
}

Axes last_axes(int count) {
  Axes axes;
  for (int i = -count; i < 0; ++i) axes.item[axes.count++] = i;
  return axes;
}

}  // namespace

StepForm activation_form(const StepView& view) {
  const ActivationKind kind = view.attributes<ops::Activation>().kind;
  using Function = etch::Activation;
  const auto function = [&] {
    return one_layer(
        FormOf<Function>("Activation").first("activation", &Function::activation, kind).one_input());
  };
  if (view.name.starts_with("activation")) return function();  // as Keras names that layer
  if (kind == ActivationKind::relu) return one_layer(FormOf<ReLU>("ReLU").one_input());
  if (kind == ActivationKind::softmax) return one_layer(FormOf<Softmax>("Softmax").one_input());
  if (kind == ActivationKind::relu6)
    return one_layer(FormOf<ReLU>("ReLU").set("max_value", &ReLU::max_value, 6.0f).one_input());
  return function();
}

StepForm parametric_activation_form(const StepView& view) {
  return elu_or_relu(view.attributes<ops::ParametricActivation>());
}

StepForm prelu_form(const StepView& view) {
  const auto a = view.attributes<ops::PReLU>();
  const Shape& in = view.step.in;
  Axes shared;
  for (int i = 0; i < in.rank; ++i)
    if (a.stride[i] == 0 && in[i] > 1) shared.item[shared.count++] = i + 1;
  return one_layer(FormOf<PReLU>("PReLU").set("shared_axes", &PReLU::shared_axes, shared).one_input());
}

StepForm softmax_form(const StepView& view) {
  const auto a = view.attributes<ops::Softmax>();
  const std::optional<int> axis = axis_of(view.step.in, a.outer, a.extent, a.inner);
  if (a.masked || a.causal) return no_form("it is masked, as within an attention layer");
  if (!axis) return no_form("it is over several axes");
  if (a.log && *axis == view.step.in.rank - 1)
    return one_layer(FormOf<etch::Activation>("Activation")
                         .first("activation", &etch::Activation::activation, ActivationKind::log_softmax)
                         .one_input());
  if (a.log) return no_form("a log-softmax over another axis than the last is no layer");
  return one_layer(
      FormOf<Softmax>("Softmax").first("axis", &Softmax::axis, counted(*axis, view.step.in)).one_input());
}

StepForm batch_normalization_form(const StepView& view) {
  const auto a = view.attributes<ops::BatchNormalization>();
  if (a.masked) return no_form("it has a mask");
  return one_layer(FormOf<BatchNormalization>("BatchNormalization")
                       .set("momentum", &BatchNormalization::momentum, a.momentum)
                       .set("epsilon", &BatchNormalization::epsilon, a.epsilon)
                       .set("center", &BatchNormalization::center, a.center != 0)
                       .set("scale", &BatchNormalization::scale, a.scale != 0)
                       .set("trainable", &BatchNormalization::trainable, a.frozen == 0, true)
                       .one_input());
}

StepForm normalize_form(const StepView& view) {
  const auto a = view.attributes<ops::Normalize>();
  const bool center = a.center != 0, scale = a.scale != 0;
  const std::optional<int> axes =
      a.positions == 1 && a.groups == 1 ? trailing_axes(view.step.in, a) : std::nullopt;
  if (a.kind == kernels::NormalizeKind::rms) {
    if (!axes || center || !scale)
      return no_form("it is a normalization by squares of another kind than RMSNormalization");
    return one_layer(FormOf<RMSNormalization>("RMSNormalization")
                         .set("axis", &RMSNormalization::axis, last_axes(*axes))
                         .set("epsilon", &RMSNormalization::epsilon, a.epsilon)
                         .one_input());
  }
  if (axes)
    return one_layer(FormOf<LayerNormalization>("LayerNormalization")
                         .set("axis", &LayerNormalization::axis, last_axes(*axes))
                         .set("epsilon", &LayerNormalization::epsilon, a.epsilon)
                         .set("center", &LayerNormalization::center, center)
                         .set("scale", &LayerNormalization::scale, scale)
                         .one_input());
  if (a.blocks != 1) return no_form("it normalizes groups of positions");
  return one_layer(FormOf<GroupNormalization>("GroupNormalization")
                       .set("groups", &GroupNormalization::groups, a.groups)
                       .set("epsilon", &GroupNormalization::epsilon, a.epsilon)
                       .set("center", &GroupNormalization::center, center)
                       .set("scale", &GroupNormalization::scale, scale)
                       .one_input());
}

StepForm unit_norm_form(const StepView& view) {
  const auto a = view.attributes<ops::UnitNorm>();
  const std::optional<int> axis = axis_of(view.step.in, a.outer, a.length, a.inner);
  if (!axis) return no_form("it is over several axes");
  return one_layer(FormOf<UnitNormalization>("UnitNormalization")
                       .first("axis", &UnitNormalization::axis, counted(*axis, view.step.in))
                       .one_input());
}

StepForm affine_form(const StepView& view) {
  const auto a = view.attributes<ops::Affine>();
  if (a.first != 0 || (a.channels > 0 && a.channels > a.count))
    return no_form("it scales more than 6 channels by numbers of their own");
  Numbers scale = a.scale[0], offset = a.offset[0];
  if (a.channels > 0) scale.count = offset.count = a.count;
  for (int i = 0; i < a.count; ++i) {
    scale.item[i] = a.scale[i];
    offset.item[i] = a.offset[i];
  }
  return one_layer(FormOf<Rescaling>("Rescaling")
                       .set("scale", &Rescaling::scale, scale)
                       .set("offset", &Rescaling::offset, offset)
                       .one_input());
}

StepForm dropout_form(const StepView& view) {
  return one_layer(noise_layer<Dropout>("Dropout", view.attributes<ops::Dropout>().rate));
}

StepForm noise_form(const StepView& view) {
  const auto a = view.attributes<ops::Noise>();
  switch (a.kind) {
    case kernels::NoiseKind::spatial_dropout:
      if (view.step.in.rank == 2)
        return one_layer(noise_layer<SpatialDropout1D>("SpatialDropout1D", a.amount));
      return one_layer(noise_layer<SpatialDropout2D>("SpatialDropout2D", a.amount));
    case kernels::NoiseKind::gaussian_noise:
      return one_layer(noise_layer<GaussianNoise>("GaussianNoise", a.amount));
    case kernels::NoiseKind::gaussian_dropout:
      return one_layer(noise_layer<GaussianDropout>("GaussianDropout", a.amount));
    case kernels::NoiseKind::alpha_dropout:
      break;
  }
  return one_layer(noise_layer<AlphaDropout>("AlphaDropout", a.amount));
}

StepForm mfcc_form(const StepView& view) {
  const auto a = view.attributes<ops::Mfcc>();
  return one_layer(FormOf<MFCC>("MFCC")
                       .set("frame_length", &MFCC::frame_length, a.frame_length)
                       .set("frame_step", &MFCC::frame_step, a.frame_step)
                       .set("fft_length", &MFCC::fft_length, a.fft_length)
                       .set("mel_bins", &MFCC::mel_bins, a.mel_bins)
                       .set("coefficients", &MFCC::coefficients, a.coefficients)
                       .set("sample_rate", &MFCC::sample_rate, a.sample_rate)
                       .set("lower_edge_hertz", &MFCC::lower_edge_hertz, a.lower)
                       .set("upper_edge_hertz", &MFCC::upper_edge_hertz, a.upper)
                       .set("log_offset", &MFCC::log_offset, a.log_offset)
                       .one_input());
}

}  // namespace etch::host::declare
