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

constexpr NormFold norm_fold(const Step& step) {
  return visit_op(step.op, [&](auto op) { return decltype(op)::norm_fold(step); });
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

}  // namespace detail

/// \param declared the graph as traced; what comes back is for `infer`.
template <Sizes S>
constexpr auto fold(const Graph<S>& declared) {
  constexpr Sizes room = detail::folded_sizes(S);
  require_stage(declared.stage == Stage::declared,
                "fold takes a graph as it was declared: fold comes before infer and differentiate");
  Folded<room> out;
  Graph<room>& to = out.graph;
  const auto uses = detail::uses_of(declared);
  // New ids are given on the way: parameters first, so values are collected apart and appended at the end.
  std::int16_t new_id[room.values]{};
  for (auto& id : new_id) id = -1;
  List<Value, room.values> others;
  bool consumed[S.steps > 0 ? S.steps : 1]{};
  constexpr std::int16_t other_tag = room.parameters;  // numbers from here on are of other values
  const auto parameter = [&](Recipe recipe, const Parameter& as) {
    for (int i = 0; i < out.recipes.count; ++i)
      if (out.recipes.item[i] == recipe) return static_cast<std::int16_t>(i);
    out.recipes.push(recipe);
    return static_cast<std::int16_t>(to.parameters.push(as));
  };
  const auto other = [&](int v) {
    if (new_id[v] < 0) {
      new_id[v] = static_cast<std::int16_t>(other_tag + others.push(declared.values.item[v]));
      out.sources.push(static_cast<std::int16_t>(v));
    }
    return new_id[v];
  };
  const auto operand = [&](int v) {
    if (v >= declared.parameters.count) return other(v);
    return parameter({.source = v}, declared.parameters.item[v]);
  };
  for (int k = 0; k < declared.inputs.count; ++k) to.inputs.push(other(declared.inputs.item[k]));
  for (int s = 0; s < declared.steps.count; ++s) {
    if (consumed[s]) continue;
    Step step = declared.steps.item[s];
    std::int16_t operands[detail::max_operands]{};
    const int norm = detail::foldable_norm(declared, s, uses);
    if (norm < 0) {
      for (int k = 0; k < step.inputs + step.outputs; ++k)
        operands[k] = operand(declared.operands.item[step.first + k]);
      detail::append_step(to, step, operands, step.inputs, step.outputs);
      continue;
    }
    consumed[norm] = true;
    const Step& bn = declared.steps.item[norm];
    const auto n = detail::norm_operands(declared, bn);
    Recipe recipe{Recipe::Kind::fold_kernel,
                  declared.operand(step, 1),
                  n.gamma,
                  n.beta,
                  n.mean,
                  n.variance,
                  unpack<ops::BatchNormalization::Attributes>(bn.attributes).epsilon,
                  detail::norm_fold(step).inner,
                  step.out.last()};
    const Parameter& kernel = declared.parameters.item[recipe.source];
    operands[0] = other(declared.operand(step, 0));
    operands[1] = parameter(recipe, kernel);
    recipe.kind = Recipe::Kind::fold_bias;
    recipe.source = step.parameters > 1 ? declared.operand(step, 2) : -1;
    recipe.inner = 1;
    Parameter bias = kernel;
    bias.shape = {step.out.last()};
    bias.role_name = 1;
    operands[2] = parameter(recipe, bias);
    operands[3] = other(declared.result(bn));
    visit_op(step.op, [&](auto op) { decltype(op)::set_bias(step.attributes); });
    step.parameters = 2;
    detail::append_step(to, step, operands, 3, 1);
  }
  for (int k = 0; k < declared.outputs.count; ++k) to.outputs.push(other(declared.outputs.item[k]));
  const int p = to.parameters.count;
  const auto settle = [p](auto& ids) {
    for (int i = 0; i < ids.count; ++i)
      if (ids.item[i] >= other_tag) ids.item[i] = static_cast<std::int16_t>(ids.item[i] - other_tag + p);
  };
  settle(to.operands);
  settle(to.inputs);
  settle(to.outputs);
  for (int i = 0; i < p; ++i) to.values.push({to.parameters.item[i].shape.size(), Role::parameter, false});
  for (int i = 0; i < others.count; ++i) to.values.push(others.item[i]);
  for (int i = 0; i < declared.input_shapes.count; ++i) to.input_shapes.push(declared.input_shapes.item[i]);
  for (int i = 0; i < declared.output_shapes.count; ++i)
    to.output_shapes.push(declared.output_shapes.item[i]);
  for (int i = 0; i < declared.outputs.count; ++i) to.output_masks.push(-1);
  return out;
}

}  // namespace etch
