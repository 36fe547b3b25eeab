// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/step_forms.hpp>

namespace etch::host::declare {

namespace {

template <class Layer>
LayerForm merge(const char* type) {
  return FormOf<Layer>(type).many_inputs();
}

template <class Layer>
LayerForm global_pool(const char* type, bool keepdims) {
  return FormOf<Layer>(type).set("keepdims", &Layer::keepdims, keepdims).one_input();
}

template <class Layer>
LayerForm windows_pool(const char* type, const kernels::Pool& a, Padding padding) {
  FormOf<Layer> form(type);
  if constexpr (std::is_same_v<decltype(Layer::strides), Pair>) {
    const Pair size{a.pool_height, a.pool_width}, strides{a.stride_height, a.stride_width};
    form.set("pool_size", &Layer::pool_size, size);
    if (!(size == strides)) form.set("strides", &Layer::strides, strides);
  } else {
    form.set("pool_size", &Layer::pool_size, a.pool_width);
    if (a.pool_width != a.stride_width) form.set("strides", &Layer::strides, a.stride_width);
  }
  return form.set("padding", &Layer::padding, padding).one_input();
}

bool lies_as(const kernels::Pool& a, Padding padding) {
  const Windows rows = windows_along(a.height, a.pool_height, a.stride_height, padding);
  const Windows columns = windows_along(a.width, a.pool_width, a.stride_width, padding);
  return rows.count == a.out_height && columns.count == a.out_width && rows.before == a.top &&
         columns.before == a.left;
}

StepForm pool_of_all(const StepView& view, const kernels::Pool& a) {
  const bool keeps = view.step.out.rank == view.step.in.rank, one_axis = view.step.in.rank == 2;
  if (a.kind == kernels::PoolKind::max)
    return one_layer(one_axis ? global_pool<GlobalMaxPooling1D>("GlobalMaxPooling1D", keeps)
                              : global_pool<GlobalMaxPooling2D>("GlobalMaxPooling2D", keeps));
  return one_layer(one_axis ? global_pool<GlobalAveragePooling1D>("GlobalAveragePooling1D", keeps)
                            : global_pool<GlobalAveragePooling2D>("GlobalAveragePooling2D", keeps));
}

}  // namespace

StepForm add_form(const StepView&) { return one_layer(merge<Add>("Add")); }

StepForm binary_form(const StepView& view) {
  if (view.step.parameters > 0) return no_form("one of its operands is a constant");
  switch (view.attributes<ops::Binary>().kind) {
    case kernels::BinaryKind::add:
      return one_layer(merge<Add>("Add"));
    case kernels::BinaryKind::subtract:
      return one_layer(FormOf<Subtract>("Subtract").two_inputs());
    case kernels::BinaryKind::multiply:
      return one_layer(merge<Multiply>("Multiply"));
    case kernels::BinaryKind::maximum:
      return one_layer(merge<Maximum>("Maximum"));
    case kernels::BinaryKind::minimum:
      return one_layer(merge<Minimum>("Minimum"));
    case kernels::BinaryKind::average:
      if (view.attributes<ops::Binary>().count == 2) return one_layer(merge<Average>("Average"));
      return no_form("it is the last sum of an average of more than two");
    default:
      return no_form("no layer computes that of two tensors");
  }
}

/// Unless it broadcasts as it is: extents where it moves, 1 where it stands.
Shape broadcast_shape(const Step& step, int, const Shape& has) {
  if (etch::detail::broadcast_shape(step.in, has) == step.out) return has;
  const auto a = unpack<ops::Binary::Attributes>(step.attributes);
  Shape shape;
  for (int i = Shape::max_rank - step.out.rank; i < Shape::max_rank; ++i) {
    const auto at = static_cast<std::size_t>(i);
    shape.append(a.b_stride[at] == 0 ? 1 : a.extent[at]);
  }
  return shape.size() == has.size() ? shape : has;
}

Shape concatenated_shape(const Step& step, int k, const Shape&) {
  const auto a = unpack<ops::Concatenate::Attributes>(step.attributes);
  Shape shape = step.in;
  shape.dim[static_cast<std::size_t>(a.axis)] = a.extent[static_cast<std::size_t>(k)];
  return shape;
}

StepForm concatenate_form(const StepView& view) {
  if (view.step.parameters > 0) return no_form("one of its operands is a constant");
  const int axis = view.attributes<ops::Concatenate>().axis;
  return one_layer(FormOf<Concatenate>("Concatenate")
                       .first("axis", &Concatenate::axis, axis == view.step.in.rank - 1 ? -1 : axis + 1)
                       .many_inputs());
}

StepForm pool_form(const StepView& view) {
  const auto a = view.attributes<ops::Pool>();
  const Shape &in = view.step.in, &out = view.step.out;
  const bool one_axis = in.rank == 2, maximum = a.kind == kernels::PoolKind::max;
  if (in.rank != 2 && in.rank != 3) return no_form("its input has another number of axes than layers take");
  const bool all = a.pool_height == a.height && a.pool_width == a.width && a.out_height * a.out_width == 1 &&
                   a.stride_height == 1 && a.stride_width == 1 && a.top == 0 && a.left == 0;
  if (all && (out.rank == 1 || out.rank == in.rank)) return pool_of_all(view, a);
  for (const Padding padding : {Padding::valid, Padding::same}) {
    if (!lies_as(a, padding)) continue;
    if (one_axis)
      return one_layer(maximum ? windows_pool<MaxPooling1D>("MaxPooling1D", a, padding)
                               : windows_pool<AveragePooling1D>("AveragePooling1D", a, padding));
    return one_layer(maximum ? windows_pool<MaxPooling2D>("MaxPooling2D", a, padding)
                             : windows_pool<AveragePooling2D>("AveragePooling2D", a, padding));
  }
  return no_form("its padding is neither `valid` nor `same`, and a pool does not count what pads it");
}

StepForm pad_form(const StepView& view) {
  const auto a = view.attributes<ops::Pad>();
  const int below = a.out_height - a.height - a.top, right = a.out_width - a.width - a.left;
  const bool grows = a.top >= 0 && a.left >= 0 && below >= 0 && right >= 0;
  const bool shrinks = a.top <= 0 && a.left <= 0 && below <= 0 && right <= 0;
  if (!grows && !shrinks) return no_form("it grows one end and crops another");
  const int sign = grows ? 1 : -1;
  const Sides sides{{sign * a.top, sign * below}, {sign * a.left, sign * right}};
  if (view.step.in.rank == 2)
    return one_layer(grows ? FormOf<ZeroPadding1D>("ZeroPadding1D")
                                 .first("padding", &ZeroPadding1D::padding, sides.columns)
                                 .one_input()
                           : FormOf<Cropping1D>("Cropping1D")
                                 .first("cropping", &Cropping1D::cropping, sides.columns)
                                 .one_input());
  if (view.step.in.rank != 3) return no_form("its input has another number of axes than layers take");
  return one_layer(
      grows ? FormOf<ZeroPadding2D>("ZeroPadding2D")
                  .first("padding", &ZeroPadding2D::padding, sides)
                  .one_input()
            : FormOf<Cropping2D>("Cropping2D").first("cropping", &Cropping2D::cropping, sides).one_input());
}

StepForm resize_form(const StepView& view) {
  const auto a = view.attributes<ops::Resize>();
  if (view.step.in.rank == 1)
    return one_layer(
        FormOf<RepeatVector>("RepeatVector").first("n", &RepeatVector::n, a.rows_each).one_input());
  if (view.step.in.rank == 2)
    return one_layer(
        FormOf<UpSampling1D>("UpSampling1D").first("size", &UpSampling1D::size, a.rows_each).one_input());
  return one_layer(FormOf<UpSampling2D>("UpSampling2D")
                       .first("size", &UpSampling2D::size, {a.rows_each, a.columns_each})
                       .set("interpolation", &UpSampling2D::interpolation, a.kind)
                       .one_input());
}

StepForm resize_to_form(const StepView& view) {
  const auto a = view.attributes<ops::ResizeTo>();
  return one_layer(FormOf<Resizing>("Resizing")
                       .set("height", &Resizing::height, a.out_height)
                       .set("width", &Resizing::width, a.out_width)
                       .set("interpolation", &Resizing::interpolation, a.kind)
                       .one_input());
}

StepForm permute_form(const StepView& view) {
  const auto a = view.attributes<ops::Permute>();
  const int rank = view.step.in.rank, missing = Shape::max_rank - rank;
  Shape dims;
  for (int i = 0; i < rank; ++i) {
    const auto at = static_cast<unsigned>(missing + i);
    if (a.extent[at] != view.step.in[i] || a.order[at] < missing)
      return no_form("it moves axes that its input does not have as such");
    dims.append(a.order[at] - missing + 1);
  }
  return one_layer(FormOf<Permute>("Permute").first("dims", &Permute::dims, dims).one_input());
}

StepForm embedding_form(const StepView& view) {
  const auto a = view.attributes<ops::Embedding>();
  return one_layer(FormOf<Embedding>("Embedding")
                       .set("input_dim", &Embedding::input_dim, a.input_dim)
                       .set("output_dim", &Embedding::output_dim, a.output_dim)
                       .one_input());
}

}  // namespace etch::host::declare
