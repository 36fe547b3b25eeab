// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/step_forms.hpp>

namespace etch::host::declare {

namespace {

/// A step's windows along rows and columns, as layers are told them.
struct Window {
  int axes;
  Pair extent, out, size, strides, dilation, before;

  Pair reach() const {
    return {(size.first - 1) * dilation.first + 1, (size.second - 1) * dilation.second + 1};
  }
};

Pair image_of(const Shape& shape) { return shape.rank == 2 ? Pair{1, shape[0]} : Pair{shape[0], shape[1]}; }

Window window_of(const StepView& view) {
  const auto a = view.attributes<ops::Convolution>();
  return {view.step.in.rank - 1,
          image_of(view.step.in),
          image_of(view.step.out),
          {a.kernel_height, a.kernel_width},
          {a.stride_height, a.stride_width},
          {a.dilation_height, a.dilation_width},
          {a.top, a.left}};
}

bool lies_as(const Window& w, Padding padding) {
  const Windows rows = windows_along(w.extent.first, w.reach().first, w.strides.first, padding);
  const Windows columns = windows_along(w.extent.second, w.reach().second, w.strides.second, padding);
  return rows.count == w.out.first && columns.count == w.out.second && rows.before == w.before.first &&
         columns.before == w.before.second;
}

std::optional<Padding> padding_of(const Window& w) {
  for (const Padding padding : {Padding::valid, Padding::same, Padding::causal})
    if ((padding != Padding::causal || w.axes == 1) && lies_as(w, padding)) return padding;
  return std::nullopt;
}

/// The zeros that a layer before has to put around, so that windows lie inside; none for windows that lie
/// beyond what zeros before reach.
std::optional<Sides> zeros_around(const Window& w) {
  const auto after = [](int out, int stride, int reach, int before, int extent) {
    return (out - 1) * stride + reach - before - extent;
  };
  const int below = after(w.out.first, w.strides.first, w.reach().first, w.before.first, w.extent.first);
  const int right = after(w.out.second, w.strides.second, w.reach().second, w.before.second, w.extent.second);
  if (w.before.first < 0 || w.before.second < 0) return std::nullopt;
  return Sides{{w.before.first, below > 0 ? below : 0}, {w.before.second, right > 0 ? right : 0}};
}

template <class Layer>
struct Type;
template <>
struct Type<Conv1D> {
  static constexpr const char* name = "Conv1D";
};
template <>
struct Type<Conv2D> {
  static constexpr const char* name = "Conv2D";
};
template <>
struct Type<DepthwiseConv1D> {
  static constexpr const char* name = "DepthwiseConv1D";
};
template <>
struct Type<DepthwiseConv2D> {
  static constexpr const char* name = "DepthwiseConv2D";
};
template <>
struct Type<Conv1DTranspose> {
  static constexpr const char* name = "Conv1DTranspose";
};
template <>
struct Type<Conv2DTranspose> {
  static constexpr const char* name = "Conv2DTranspose";
};

/// A pair as a member of a layer of one axis or two has it.
template <class Member>
Member along(const Pair& pair) {
  if constexpr (std::is_same_v<Member, Pair>)
    return pair;
  else
    return pair.second;
}

template <class Layer>
LayerForm convolution_layer(const StepView& view, const Window& w, Padding padding, bool pads) {
  using Extent = decltype(Layer::strides);
  const auto a = view.attributes<ops::Convolution>();
  constexpr bool depthwise = std::is_same_v<Layer, DepthwiseConv1D> || std::is_same_v<Layer, DepthwiseConv2D>;
  FormOf<Layer> form(Type<Layer>::name);
  if constexpr (!depthwise) form.set("filters", &Layer::filters, view.step.out.last());
  form.set("kernel_size", &Layer::kernel_size, along<Extent>(w.size));
  form.set("strides", &Layer::strides, along<Extent>(w.strides));
  form.set("padding", &Layer::padding, padding);
  if constexpr (depthwise)
    form.set("depth_multiplier", &Layer::depth_multiplier, view.step.out.last() / view.step.in.last());
  form.set("dilation_rate", &Layer::dilation_rate, along<Extent>(w.dilation));
  if constexpr (!depthwise) form.set("groups", &Layer::groups, a.groups);
  form.set("activation", &Layer::activation, view.activation)
      .set("use_bias", &Layer::use_bias, a.use_bias != 0);
  if (pads) form.pads();
  return form.one_input();
}

LayerForm convolution_of(const StepView& view, const Window& w, Padding padding, bool pads) {
  const int channels = view.step.in.last();
  const bool depthwise = channels > 1 && view.attributes<ops::Convolution>().groups == channels;
  if (w.axes == 1)
    return depthwise ? convolution_layer<DepthwiseConv1D>(view, w, padding, pads)
                     : convolution_layer<Conv1D>(view, w, padding, pads);
  return depthwise ? convolution_layer<DepthwiseConv2D>(view, w, padding, pads)
                   : convolution_layer<Conv2D>(view, w, padding, pads);
}

LayerForm zeros_of(const Sides& sides, int axes) {
  if (axes == 1)
    return FormOf<ZeroPadding1D>("ZeroPadding1D")
        .first("padding", &ZeroPadding1D::padding, sides.columns)
        .one_input();
  return FormOf<ZeroPadding2D>("ZeroPadding2D").first("padding", &ZeroPadding2D::padding, sides).one_input();
}

template <class Layer>
StepForm transposed_layer(const StepView& view, const Window& w) {
  using Extent = decltype(Layer::strides);
  const auto a = view.attributes<ops::TransposedConvolution>();
  for (const Padding padding : {Padding::valid, Padding::same}) {
    const auto fits = [&](int extent, int size, int stride, int out, int cut) {
      const int length = etch::detail::transposed_length(extent, size, stride, padding, -1);
      return length == out && etch::detail::transposed_cut(extent, size, stride, length) == cut;
    };
    if (!fits(w.extent.first, w.reach().first, w.strides.first, w.out.first, w.before.first) ||
        !fits(w.extent.second, w.reach().second, w.strides.second, w.out.second, w.before.second))
      continue;
    FormOf<Layer> form(Type<Layer>::name);
    form.set("filters", &Layer::filters, view.step.out.last())
        .set("kernel_size", &Layer::kernel_size, along<Extent>(w.size))
        .set("strides", &Layer::strides, along<Extent>(w.strides))
        .set("padding", &Layer::padding, padding)
        .set("dilation_rate", &Layer::dilation_rate, along<Extent>(w.dilation))
        .set("activation", &Layer::activation, view.activation)
        .set("use_bias", &Layer::use_bias, a.use_bias != 0);
    return one_layer(form.one_input(), true);
  }
  return no_form("its padding is neither `valid` nor `same`");
}

}  // namespace

StepForm dense_form(const StepView& view) {
  const auto a = view.attributes<ops::Dense>();
  const Shape& in = view.step.in;
  const bool bias = a.use_bias != 0;
  if (in.rank == 3)
    return one_layer(FormOf<Conv2D>("Conv2D")
                         .set("filters", &Conv2D::filters, a.units)
                         .set("activation", &Conv2D::activation, view.activation)
                         .set("use_bias", &Conv2D::use_bias, bias)
                         .one_input(),
                     true);
  if (in.rank == 2 && view.weight(0).rank == 3)
    return one_layer(FormOf<Conv1D>("Conv1D")
                         .set("filters", &Conv1D::filters, a.units)
                         .set("activation", &Conv1D::activation, view.activation)
                         .set("use_bias", &Conv1D::use_bias, bias)
                         .one_input(),
                     true);
  return one_layer(FormOf<Dense>("Dense")
                       .first("units", &Dense::units, a.units)
                       .first("activation", &Dense::activation, view.activation)
                       .set("use_bias", &Dense::use_bias, bias)
                       .set("allow_axes", &Dense::allow_axes, in.rank > 1, true)
                       .one_input(),
                   true);
}

StepForm convolution_form(const StepView& view) {
  const Window w = window_of(view);
  if (w.axes != 1 && w.axes != 2) return no_form("its input has another number of axes than layers take");
  StepForm form;
  form.takes_activation = true;
  const std::optional<Padding> padding = padding_of(w);
  if (padding) {
    form.layers.push_back(convolution_of(view, w, *padding, false));
    return form;
  }
  const std::optional<Sides> zeros = zeros_around(w);
  if (!zeros) return no_form("its windows begin within its input");
  form.layers.push_back(zeros_of(*zeros, w.axes));
  form.layers.push_back(convolution_of(view, w, Padding::valid, true));
  return form;
}

StepForm transposed_convolution_form(const StepView& view) {
  const Window w = window_of(view);
  if (view.attributes<ops::TransposedConvolution>().groups != 1) return no_form("it has groups");
  if (w.axes == 1) return transposed_layer<Conv1DTranspose>(view, w);
  if (w.axes == 2) return transposed_layer<Conv2DTranspose>(view, w);
  return no_form("its input has another number of axes than layers take");
}

}  // namespace etch::host::declare
