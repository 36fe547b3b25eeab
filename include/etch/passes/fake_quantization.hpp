// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/builder.hpp>
#include <etch/passes/int8_form.hpp>
#include <etch/passes/note_rounding.hpp>

#include <string_view>

namespace etch {

/// How a model is trained for its int8 form.
struct FakeQuantization {
  int weight_bits = 8, activation_bits = 8;  ///< 2 to 8; fewer than 8 make it harder, for experiments
  float momentum = 0.99f;                    ///< of the ranges, moving averages over batches; 1 keeps them
  constexpr bool operator==(const FakeQuantization&) const = default;
};

namespace detail {

/// Inserts fake quantization where an int8 model rounds: weights of dense layers and convolutions, inputs and
/// results of steps that have an int8 form, after the bounds and normalization that such a step takes in.
template <Sizes S>
struct FakeQuantizer {
  const Graph<S>& from;
  FakeQuantization options;
  Graph<S> to{};
  List<std::int16_t, S.parameters> ranged{};  // values whose range is a new parameter, in order
  List<Rounded, S.steps> rounded{};           // inputs and results, in order
  Uses<S> uses = uses_of(from);
  std::int16_t instead[S.values > 0 ? S.values : 1]{};  // of each value of `from`, what is read

  constexpr bool fits() const {
    return from.parameters.count + ranged.count <= S.parameters &&
           from.values.count + 2 * from.steps.count + ranged.count <= S.values &&
           3 * from.steps.count + from.inputs.count <= S.steps &&
           from.operands.count + 8 * from.steps.count <= S.operands;
  }

  /// The step that alone reads a value, or -1.
  constexpr int only_reader(int value) const {
    if (uses.count[value] != 1) return -1;
    for (int s = 0; s < from.steps.count; ++s)
      for (int k = 0; k < from.steps.item[s].inputs; ++k)
        if (from.operand(from.steps.item[s], k) == value) return s;
    return -1;
  }

  /// Whether the int8 step goes on with the next one in it: its result is not rounded.
  constexpr bool continues(const Step& step) const {
    const int next = only_reader(from.result(step));
    if (next < 0) return false;
    const Step& after = from.steps.item[next];
    if (after.op == op_code<ops::BatchNormalization>) return norm_fold(step).folds;
    const ActivationKind kind = plain_activation(after);
    return kind != ActivationKind::linear && is_bound(kind) && takes_bounds(int8_form(step));
  }

  static constexpr bool rounds(Int8Form form) { return takes_bounds(form) || form == Int8Form::table; }
  /// The functions whose results have a scale that is known.
  static constexpr bool known_range(const Step& step) {
    const ActivationKind kind = plain_activation(step);
    return kind == ActivationKind::sigmoid || kind == ActivationKind::tanh;
  }
  constexpr bool is_output(int value) const {
    for (int k = 0; k < from.outputs.count; ++k)
      if (from.outputs.item[k] == value) return true;
    return false;
  }
  constexpr bool rounds_result(const Step& step) const {
    // A model's last sigmoid and its loss differentiate together.
    if (known_range(step) && is_output(from.result(step))) return false;
    return rounds(int8_form(step)) && !continues(step);
  }
  constexpr bool rounds_input(int value) const {
    for (int s = 0; s < from.steps.count; ++s) {
      const Step& step = from.steps.item[s];
      for (int k = 0; k < step.inputs - step.parameters; ++k)
        if (from.operand(step, k) == value && int8_form(step) != Int8Form::real) return true;
    }
    return false;
  }

  constexpr void find_ranges() {
    for (int k = 0; k < from.inputs.count; ++k)
      if (rounds_input(from.inputs.item[k])) ranged.push(from.inputs.item[k]);
    for (int s = 0; s < from.steps.count; ++s)
      if (rounds_result(from.steps.item[s]) && !known_range(from.steps.item[s]))
        ranged.push(static_cast<std::int16_t>(from.result(from.steps.item[s])));
  }

  constexpr std::int16_t renumbered(int v) const {
    return static_cast<std::int16_t>(v < from.parameters.count ? v : v + ranged.count);
  }

  constexpr void copy_values_with_ranges() {
    to.numerics = from.numerics;
    const int p = from.parameters.count;
    for (int i = 0; i < p; ++i) {
      to.parameters.push(from.parameters.item[i]);
      to.values.push(from.values.item[i]);
    }
    for (int i = 0; i < ranged.count; ++i) {
      Parameter range;
      range.shape = {2};
      range.trainable = false;
      to.parameters.push(range);
      to.values.push({2, Role::statistic, false});
    }
    for (int v = p; v < from.values.count; ++v) to.values.push(from.values.item[v]);
    for (int k = 0; k < from.inputs.count; ++k) {
      to.inputs.push(renumbered(from.inputs.item[k]));
      to.input_shapes.push(from.input_shapes.item[k]);
    }
    for (int v = 0; v < from.values.count; ++v) instead[v] = renumbered(v);
  }

  /// Adds a step that rounds a value, and makes later steps read its result.
  constexpr void round_value(int value, const Shape& shape, const Step* maker) {
    ops::FakeQuantize::Attributes a{options.activation_bits, 0, options.momentum, 0, 0};
    std::int16_t operands[3]{renumbered(value)};
    int inputs = 1;
    std::int16_t range = -1;
    if (maker && known_range(*maker)) {
      const bool tanh = plain_activation(*maker) == ActivationKind::tanh;
      a.lowest = tanh ? -1.0f : 0.0f;
      a.highest = tanh ? 127.0f / 128 : 255.0f / 256;
    } else {
      int at = 0;
      while (ranged.item[at] != value) ++at;
      operands[inputs++] = range = static_cast<std::int16_t>(from.parameters.count + at);
    }
    rounded.push({static_cast<std::int16_t>(value - from.parameters.count), range});
    add(a, shape, operands, inputs, inputs - 1, true);
    instead[value] = operands[inputs];
  }

  constexpr void add(const ops::FakeQuantize::Attributes& attributes, const Shape& shape,
                     std::int16_t (&operands)[3], int inputs, int parameters, bool per_row) {
    Step step = make_step<ops::FakeQuantize>(attributes);
    step.in = step.out = shape;
    step.parameters = static_cast<std::uint8_t>(parameters);
    operands[inputs] = append_value(to, shape.size(), Role::temporary, per_row);
    append_step(to, step, operands, inputs, 1);
  }

  /// What a step reads for its kernel: weights that two steps share are rounded once.
  constexpr std::int16_t rounded_weight(int parameter) {
    if (instead[parameter] != parameter) return instead[parameter];
    const ops::FakeQuantize::Attributes a{options.weight_bits, 1, 1, 0, 0};
    std::int16_t operands[3]{static_cast<std::int16_t>(parameter)};
    add(a, from.parameters.item[parameter].shape, operands, 1, 1, false);
    return instead[parameter] = operands[1];
  }

  /// The parameter that a step multiplies inputs with, or -1.
  constexpr int kernel_of(const Step& step) const {
    const Int8Form form = int8_form(step);
    if ((form != Int8Form::convolution && form != Int8Form::depthwise) || step.parameters == 0) return -1;
    const int v = from.operand(step, step.inputs - step.parameters);
    return v < from.parameters.count ? v : -1;
  }

  constexpr void copy_step(const Step& step) {
    std::int16_t operands[max_operands]{};
    const int kernel = kernel_of(step);
    for (int k = 0; k < step.inputs; ++k) {
      const int v = from.operand(step, k);
      operands[k] = v == kernel && k == step.inputs - step.parameters ? rounded_weight(v)
                    : v < from.parameters.count                       ? static_cast<std::int16_t>(v)
                                                                      : instead[v];
    }
    for (int k = 0; k < step.outputs; ++k) operands[step.inputs + k] = renumbered(from.result(step, k));
    append_step(to, step, operands, step.inputs, step.outputs);
  }

  constexpr void run() {
    find_ranges();
    if (!fits()) {
      to = from;
      to.fault = {"a model has too many steps for fake quantization", from.steps.count, S.steps / 3, 0};
      return;
    }
    copy_values_with_ranges();
    for (int k = 0; k < from.inputs.count; ++k)
      if (rounds_input(from.inputs.item[k]))
        round_value(from.inputs.item[k], from.input_shapes.item[k], nullptr);
    for (int s = 0; s < from.steps.count; ++s) {
      const Step& step = from.steps.item[s];
      copy_step(step);
      if (rounds_result(step)) round_value(from.result(step), step.out, &step);
    }
    for (int k = 0; k < from.outputs.count; ++k) {
      const std::int16_t mask = from.output_masks.item[k];
      to.outputs.push(instead[from.outputs.item[k]]);
      to.output_shapes.push(from.output_shapes.item[k]);
      to.output_masks.push(mask < 0 ? mask : renumbered(mask));
    }
  }
};

}  // namespace detail

/// The values of a declared graph whose ranges fake quantization learns; their parameters, of two numbers
/// each, come after those of the graph in this order.
template <Sizes S>
constexpr auto fake_quantized_values(const Graph<S>& declared) {
  detail::FakeQuantizer<S> f{declared, {}};
  f.find_ranges();
  return f.ranged;
}

/// Calls f(parameter) for each that fake quantization of a declared graph rounds, once.
template <Sizes S, class F>
constexpr void for_each_rounded_weight(const Graph<S>& declared, F&& f) {
  const detail::FakeQuantizer<S> quantizer{declared, {}};
  bool done[S.parameters > 0 ? S.parameters : 1]{};
  for (int s = 0; s < declared.steps.count; ++s) {
    const int v = quantizer.kernel_of(declared.steps.item[s]);
    if (v < 0 || done[v]) continue;
    done[v] = true;
    f(v);
  }
}

/// Rewrites a declared graph so that it predicts and trains as its int8 model will round. Weights keep their
/// places.
template <Sizes S>
constexpr Graph<S> fake_quantize(const Graph<S>& declared, const FakeQuantization& options = {}) {
  require_stage(declared.stage == Stage::declared,
                "fake_quantize takes a graph as it was declared: it comes before infer and differentiate");
  detail::FakeQuantizer<S> f{declared, options};
  f.run();
  return f.to;
}

/// A declared model with fake quantization: compiled and trained as any other.
template <const auto& Parent>
struct FakeQuantized {
  static constexpr std::string_view title = "fake_quantized";
  FakeQuantization options{};
  int line = 0;

  constexpr void trace(Builder& g) const {
    Parent.trace(g);
    g.check(options.weight_bits >= 2 && options.weight_bits <= 8 && options.activation_bits >= 2 &&
                options.activation_bits <= 8,
            "fake_quantized takes 2 to 8 bits", options.weight_bits, 8, line);
    if (g.graph.fault) return;
    detail::FakeQuantizer<declaration_capacity> f{g.graph, options};
    f.run();
    if (g.notes()) detail::note_rounding(*g.notes(), {f.rounded.begin(), f.rounded.end()});
    g.graph = f.to;
  }
};

/// `fake_quantized<model>()` is the model to be fine-tuned: give it the trained weights of `model`, which are
/// the first of its own, and train it with a small learning rate.
template <const auto& Parent>
constexpr auto fake_quantized(FakeQuantization options = {}, int line = __builtin_LINE()) {
  return FakeQuantized<Parent>{options, line};
}

}  // namespace etch
