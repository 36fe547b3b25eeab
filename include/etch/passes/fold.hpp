// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/rewrite.hpp>

namespace etch {

/// How one parameter of a folded graph is made from the parameters of the graph it came from.
struct Recipe {
  enum class Kind : std::uint8_t { copy, fold_kernel, fold_bias } kind = Kind::copy;
  int source = -1;                                      ///< the parameter itself (kernel; bias or -1)
  int gamma = -1, beta = -1, mean = -1, variance = -1;  ///< of the batch normalization that was folded
  float epsilon = 0;
  int inner = 1, channels = 1;  ///< element i belongs to channel (i / inner) % channels
  constexpr bool operator==(const Recipe&) const = default;
};

/// A declaration for deployment: batch normalization is folded into the step before it, and only the
/// parameters that are still read are left, in the order of their use.
template <Sizes S>
struct Folded {
  Graph<S> graph;
  List<Recipe, S.parameters> recipes;
  List<std::int16_t, S.values> sources;  ///< of each value behind the parameters, the value it was
};

namespace detail {

struct NormOperands {
  int gamma = -1, beta = -1, mean = -1, variance = -1;
};

template <Sizes S>
constexpr NormOperands norm_operands(const Graph<S>& g, const Step& step) {
  const auto a = unpack<ops::BatchNormalization::Attributes>(step.attributes);
  int next = step.inputs - step.parameters;  // a mask may stand before them
  NormOperands n;
  if (a.scale) n.gamma = g.operand(step, next++);
  if (a.center) n.beta = g.operand(step, next++);
  n.mean = g.operand(step, next++);
  n.variance = g.operand(step, next);
  return n;
}

constexpr Sizes folded_sizes(Sizes s) {
  s.parameters += s.steps;  // a dense step without bias gains one
  s.values += s.steps;
  s.operands += 2 * s.steps;
  return s;
}

/// The step that alone reads the result of step `s`, when that is a batch normalization of its channels and
/// the kernel of `s` is a parameter; else -1.
template <Sizes S>
constexpr int foldable_norm(const Graph<S>& g, int s, const Uses<S>& uses) {
  const Step& step = g.steps.item[s];
  if (!norm_fold(step).folds || uses.count[g.result(step)] != 1) return -1;
  if (g.operand(step, 1) >= g.parameters.count) return -1;  // a kernel that a step made: fake quantization
  for (int t = s + 1; t < g.steps.count; ++t) {
    const Step& norm = g.steps.item[t];
    if (norm.op == op_code<ops::BatchNormalization> && g.operand(norm, 0) == g.result(step) &&
        norm.in.last() == step.out.last())
      return t;
  }
  return -1;
}

/// Values are numbered while steps are appended: parameters first, so the others are collected apart, with
/// numbers from `first_other` on, and appended at the end.
template <Sizes S>
struct Folder {
  static constexpr Sizes room = folded_sizes(S);
  static constexpr std::int16_t first_other = room.parameters + 1;
  const Graph<S>& from;
  Folded<room> out{};
  List<Value, room.values> others{};
  std::int16_t new_id[S.values > 0 ? S.values : 1]{};
  bool consumed[S.steps > 0 ? S.steps : 1]{};

  constexpr Graph<room>& to() { return out.graph; }

  constexpr std::int16_t parameter(const Recipe& recipe, const Parameter& as) {
    for (int i = 0; i < out.recipes.count; ++i)
      if (out.recipes.item[i] == recipe) return static_cast<std::int16_t>(i);
    out.recipes.push(recipe);
    return static_cast<std::int16_t>(to().parameters.push(as));
  }
  constexpr std::int16_t other(int v) {
    if (new_id[v] == 0) {
      new_id[v] = static_cast<std::int16_t>(first_other + others.push(from.values.item[v]));
      out.sources.push(static_cast<std::int16_t>(v));
    }
    return new_id[v];
  }
  constexpr std::int16_t operand(int v) {
    if (v >= from.parameters.count) return other(v);
    return parameter({.source = v}, from.parameters.item[v]);
  }

  constexpr void append_same(const Step& step) {
    std::int16_t operands[max_operands]{};
    for (int k = 0; k < step.inputs + step.outputs; ++k)
      operands[k] = operand(from.operands.item[step.first + k]);
    append_step(to(), step, operands, step.inputs, step.outputs);
  }

  /// A step and the normalization of its result as one step with other weights.
  constexpr void append_folded(Step step, const Step& norm) {
    const auto n = norm_operands(from, norm);
    Recipe recipe{Recipe::Kind::fold_kernel,
                  from.operand(step, 1),
                  n.gamma,
                  n.beta,
                  n.mean,
                  n.variance,
                  unpack<ops::BatchNormalization::Attributes>(norm.attributes).epsilon,
                  norm_fold(step).inner,
                  step.out.last()};
    const Parameter& kernel = from.parameters.item[recipe.source];
    std::int16_t operands[4]{other(from.operand(step, 0)), parameter(recipe, kernel)};
    recipe.kind = Recipe::Kind::fold_bias;
    recipe.source = step.parameters > 1 ? from.operand(step, 2) : -1;
    recipe.inner = 1;
    Parameter bias = kernel;
    bias.shape = {step.out.last()};
    bias.role_name = 1;
    operands[2] = parameter(recipe, bias);
    operands[3] = other(from.result(norm));
    visit_op(step.op, [&](auto op) { decltype(op)::set_bias(step.attributes); });
    step.parameters = 2;
    append_step(to(), step, operands, 3, 1);
  }

  constexpr void append_steps() {
    const auto uses = uses_of(from);
    for (int s = 0; s < from.steps.count; ++s) {
      if (consumed[s]) continue;
      const int norm = foldable_norm(from, s, uses);
      if (norm < 0) {
        append_same(from.steps.item[s]);
        continue;
      }
      consumed[norm] = true;
      append_folded(from.steps.item[s], from.steps.item[norm]);
    }
  }

  template <int N>
  constexpr void settle(List<std::int16_t, N>& ids) {
    for (int i = 0; i < ids.count; ++i)
      if (ids.item[i] >= first_other)
        ids.item[i] = static_cast<std::int16_t>(ids.item[i] - first_other + to().parameters.count);
  }
  constexpr void append_values() {
    settle(to().operands);
    settle(to().inputs);
    settle(to().outputs);
    for (int p = 0; p < to().parameters.count; ++p) {
      const Parameter& parameter = to().parameters[p];
      to().values.push({parameter.shape.size(), Role::parameter, false, parameter.type});
    }
    for (const Value& value : others) to().values.push(value);
  }

  constexpr void run() {
    to().numerics = from.numerics;
    for (int k = 0; k < from.inputs.count; ++k) to().inputs.push(other(from.inputs.item[k]));
    append_steps();
    for (int k = 0; k < from.outputs.count; ++k) to().outputs.push(other(from.outputs.item[k]));
    append_values();
    for (int k = 0; k < from.inputs.count; ++k) to().input_shapes.push(from.input_shapes.item[k]);
    for (int k = 0; k < from.outputs.count; ++k) {
      to().output_shapes.push(from.output_shapes.item[k]);
      to().output_masks.push(-1);
    }
  }
};

}  // namespace detail

/// \param declared the graph as traced; what comes back is for `infer`.
template <Sizes S>
constexpr auto fold(const Graph<S>& declared) {
  require_stage(declared.stage == Stage::declared,
                "fold takes a graph as it was declared: fold comes before infer and differentiate");
  detail::Folder<S> folder{declared};
  folder.run();
  return folder.out;
}

}  // namespace etch
