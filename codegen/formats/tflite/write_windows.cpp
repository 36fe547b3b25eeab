// SPDX-License-Identifier: BSL-1.0
// Pools, padding, and what windows and bounds are called in a file.
#include <codegen/formats/tflite/step_writers.hpp>
#include <codegen/int8/quantized_step.hpp>

#include <algorithm>

namespace etch::host::tflite {

FusedActivation activation_of(const int8::Bounds& bounds, const Quantization& result, ElementType type) {
  constexpr std::pair<FusedActivation, int8::RealBounds> all[]{{FusedActivation::none, {}},
                                                               {FusedActivation::relu, {.lowest = 0}},
                                                               {FusedActivation::relu6, {0, 6}},
                                                               {FusedActivation::relu_n1_to_1, {-1, 1}}};
  for (const auto& [activation, real] : all)
    if (bounds == int8::stored_bounds(real, result, type)) return activation;
  GraphWriter::refuse("holds its result between bounds that no activation has");
}

std::optional<bool> is_same_padding(const std::array<Axis, 2>& axes) {
  const auto all = [&](bool same) {
    return std::ranges::all_of(axes, [&](const Axis& a) {
      if (!same) return a.before == 0 && a.in >= a.reach() && a.out == (a.in - a.reach()) / a.stride + 1;
      const int padding = (a.out - 1) * a.stride + a.reach() - a.in;
      return a.out == (a.in + a.stride - 1) / a.stride && a.before == std::max(padding, 0) / 2;
    });
  };
  if (all(false)) return false;
  return all(true) ? std::optional(true) : std::nullopt;
}

namespace {

FileOptions pool_options(const kernels::Pool& p) {
  FileOptions options;
  const auto same = is_same_padding({Axis{p.height, p.out_height, p.pool_height, p.stride_height, 1, p.top},
                                     Axis{p.width, p.out_width, p.pool_width, p.stride_width, 1, p.left}});
  GraphWriter::require(same.has_value(), "is a pool that pads otherwise than SAME and VALID");
  options.same_padding = *same;
  options.stride_height = p.stride_height;
  options.stride_width = p.stride_width;
  options.filter_height = p.pool_height;
  options.filter_width = p.pool_width;
  return options;
}

void add_pool(GraphWriter& to, const Step& step, const kernels::Pool& p, OperatorKind kind,
              FusedActivation after) {
  FileOptions options = pool_options(p);
  options.activation = after;
  const int x = to.input(step, 0, {1, p.height, p.width, p.channels});
  to.add(kind, {x}, to.result(step, {1, p.out_height, p.out_width, p.channels}), options);
}

}  // namespace

void write_pool(GraphWriter& to, const Step& step) {
  const auto p = unpack<kernels::Pool>(step.attributes);
  to.require(p.kind == kernels::PoolKind::max, "is of real numbers");
  to.learn(to.graph().result(step), to.of_input(step));
  add_pool(to, step, p, OperatorKind::max_pool_2d, FusedActivation::none);
}

/// Averages in their own quantization, and means over an axis in another one.
void write_average(GraphWriter& to, const Step& step) {
  const auto [p, halves_up] = unpack<ops::QuantizedPool::Attributes>(step.attributes);
  to.require(to.is_unsigned() || halves_up == 0, "rounds as averages of uint8 do");
  const auto io = to.weight_of<kernels::Int8Io>(step, 0);
  if (step.parameters == 1) {
    to.learn(to.graph().result(step), to.of_input(step));
    return add_pool(to, step, p, OperatorKind::average_pool_2d,
                    activation_of({io.lowest, io.highest}, to.of_result(step), to.type_of_result(step)));
  }
  to.require(p.pool_height == 1 && p.pool_width == p.width && p.out_width == 1 && p.out_height == p.height,
             "is a mean over windows");
  to.require(int8::Bounds{io.lowest, io.highest} == int8::all_numbers(to.type_of_result(step)),
             "is a mean with an activation");
  FileOptions options;
  options.keep_dims = true;
  const int x = to.input(step, 0, {1, p.height, p.width, p.channels}), axes = to.words({2}, {1});
  to.add(OperatorKind::mean, {x, axes}, to.result(step, {1, p.height, 1, p.channels}), options);
}

void write_pad(GraphWriter& to, const Step& step) {
  const auto p = unpack<kernels::Pad>(step.attributes);
  to.require(step.parameters == 1, "is of real numbers");
  const int below = p.out_height - p.height - p.top, right = p.out_width - p.width - p.left;
  to.require(p.top >= 0 && p.left >= 0 && below >= 0 && right >= 0,
             "crops, which no operator that is written does");
  to.learn(to.graph().result(step), to.of_input(step));
  const Quantization& q = to.of_result(step);
  const bool wide = to.is_wide(step);
  const std::int32_t filling =
      wide ? to.weight<std::int16_t>(step, 0).at(0) : to.weight<std::int8_t>(step, 0).at(0);
  const int x = to.input(step, 0, {1, p.height, p.width, p.channels});
  std::vector<int> inputs{x, to.words({0, 0, p.top, below, p.left, right, 0, 0}, {4, 2})};
  const bool zeros = filling == q.zero_point;
  if (!zeros)
    inputs.push_back(to.constant(wide ? ElementKind::int16 : ElementKind::int8, {1},
                                 int8::stored_constant({filling}, to.type_of_result(step)).bytes, {q.scale},
                                 0, q.zero_point));
  to.add(zeros ? OperatorKind::pad : OperatorKind::pad_v2, inputs,
         to.result(step, {1, p.out_height, p.out_width, p.channels}));
}

}  // namespace etch::host::tflite
