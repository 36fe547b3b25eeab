// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/combine.hpp>
#include <codegen/formats/onnx/operators.hpp>
#include <codegen/formats/onnx/shapes.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace etch::host::onnx {

namespace {

ConstantArray numbers_of(Context& c, int i, const char* what, std::int64_t count) {
  const Array& array = c.constant(i, what);
  if (array.elements() != count)
    c.refuse("is damaged: its " + std::string(what) + " has not " + std::to_string(count) + " numbers");
  return constant_of(floats(array), ElementType::real);
}

float epsilon_of(const Context& c) {
  const auto epsilon = static_cast<float>(c.real("epsilon", 1e-5f));
  c.require(epsilon >= 0, "is damaged: its epsilon is below 0");
  return epsilon;
}

/// Of each sample, in groups of channels that lie last.
Live normalized(Context& c, const Live& from, int groups, const ConstantArray& scale,
                const ConstantArray& offset) {
  Live x = c.channels_last(from);
  const int channels = static_cast<int>(x.dims[1]), samples = static_cast<int>(x.dims[0]);
  ops::Normalize::Attributes a;
  a.blocks = samples;
  a.positions = x.elements() / samples / channels;
  a.channels = channels;
  a.groups = groups;
  a.epsilon = epsilon_of(c);
  return c.real_step(op_code<ops::Normalize>, pack(a), x, {scale, offset});
}

}  // namespace

void import_batch_normalization(Context& c) {
  Live x = c.live(0);
  c.require(x.rank() >= 2, "needs an input of [batch, channels, ...]");
  c.require(c.integer("training_mode", 0) == 0 && c.integer("spatial", 1) != 0 && !c.is_read(1),
            "trains: export the model for prediction (model.eval())");
  const std::int64_t channels = x.dims[1];
  std::vector<ConstantArray> constants;
  int i = 1;
  for (const char* what : {"scale", "bias", "mean", "variance"})
    constants.push_back(numbers_of(c, i++, what, channels));
  const float epsilon = epsilon_of(c);
  const std::vector<int> memory = x.layout.axes_in_memory();
  if (x.layout.is_plain(1) && (channels == 1 || (!memory.empty() && memory.back() == 1))) {
    ops::BatchNormalization::Attributes a;
    a.epsilon = epsilon;
    x.tensor.shape = {x.elements() / static_cast<int>(channels), static_cast<int>(channels)};
    Live y = c.real_step(op_code<ops::BatchNormalization>, pack(a), x, constants);
    return c.define(c.reshaped(y, y.dims));
  }
  // Elsewhere than last: a product and a sum.
  Dims dims(x.dims.size() - 1, 1);
  dims[0] = channels;
  std::vector<double> factor, offset;
  const auto gamma = constants[0].numbers<float>(), beta = constants[1].numbers<float>(),
             mean = constants[2].numbers<float>(), variance = constants[3].numbers<float>();
  for (std::size_t k = 0; k < gamma.size(); ++k) {
    factor.push_back(static_cast<double>(gamma[k]) /
                     std::sqrt(static_cast<double>(variance[k]) + static_cast<double>(epsilon)));
    offset.push_back(static_cast<double>(beta[k]) - static_cast<double>(mean[k]) * factor[k]);
  }
  x = combined(c, kernels::BinaryKind::multiply, x, array_of(factor, dims));
  c.define(combined(c, kernels::BinaryKind::add, x, array_of(offset, dims)));
}

/// Also GroupNormalization, whose scales are a number a group before opset 21.
void import_instance_normalization(Context& c) {
  const Live x = c.live(0);
  c.require(x.rank() >= 3, "needs an input of [batch, channels, ...]");
  const bool grouped = c.node().op == "GroupNormalization";
  const std::int64_t channels = x.dims[1], groups = grouped ? c.integer("num_groups", 0) : channels;
  c.require(groups >= 1 && channels % groups == 0, "is damaged: its groups do not divide its channels");
  const auto each_channel = [&](int i, const char* what) {
    if (!grouped || c.opset() >= 21) return numbers_of(c, i, what, channels);
    std::vector<float> wide;
    for (const float number : numbers_of(c, i, what, groups).numbers<float>())
      wide.insert(wide.end(), static_cast<std::size_t>(channels / groups), number);
    return constant_of(wide, ElementType::real);
  };
  c.define(normalized(c, x, static_cast<int>(groups), each_channel(1, "scale"), each_channel(2, "bias")));
}

void import_layer_normalization(Context& c) {
  Live x = c.live(0);
  c.require(!c.is_read(1) && !c.is_read(2), "gives its means or deviations, which is not supported");
  c.require(c.integer("stash_type", 1) == 1, "computes in another type than float32");
  const int axis = c.axis_of(c.integer("axis", -1), x.dims.size());
  const Dims inside(x.dims.begin() + axis, x.dims.end());
  const auto each = [&](int i, const char* what) {
    const Array& array = c.constant(i, what);
    const auto fits = broadcast_dims(array.dims, inside);
    if (!fits || *fits != inside)
      c.refuse("is damaged: its " + std::string(what) + " does not fit its input");
    std::vector<float> numbers = floats(array);
    c.require(numbers.size() == 1 || array.elements() == elements_of(inside),
              "has scales that are broadcast, which is not supported");
    numbers.resize(static_cast<std::size_t>(elements_of(inside)), numbers[0]);
    return constant_of(numbers, ElementType::real);
  };
  std::vector<int> axes(inside.size());
  std::iota(axes.begin(), axes.end(), axis);
  const auto block = x.layout.block_of(axes);
  const bool rows =
      block && block->inside == 1 && (axes.size() == 1 ? x.layout.is_plain(axis) : x.layout.is_natural());
  if (!rows) x = c.natural(x);
  ops::Normalize::Attributes a;
  a.channels = static_cast<int>(elements_of(inside));
  a.blocks = x.elements() / a.channels;
  a.center = c.has_input(2);
  a.epsilon = epsilon_of(c);
  std::vector<ConstantArray> constants{each(1, "scale")};
  if (a.center) constants.push_back(each(2, "bias"));
  c.define(c.real_step(op_code<ops::Normalize>, pack(a), x, constants));
}

void import_lp_normalization(Context& c) {
  c.require(c.integer("p", 2) == 2, "divides by another norm than the Euclidean one, which is not supported");
  const Live& from = c.stored(0);
  const auto [x, block] = c.with_block(c.live(0), {c.axis_of(c.integer("axis", -1), from.dims.size())});
  c.define(c.real_step(op_code<ops::UnitNorm>,
                       pack(kernels::UnitNorm{block.outside, block.extent, block.inside}), x));
}

}  // namespace etch::host::onnx
