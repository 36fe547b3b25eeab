// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/graph.hpp>

#include <initializer_list>

namespace etch {

/// The product of extents; 0 where one is below 1, or where no array has room for as many.
constexpr std::int64_t volume(std::initializer_list<std::int64_t> extents) {
  std::int64_t product = 1;
  for (const std::int64_t extent : extents) {
    if (extent < 1 || extent > most_elements / product) return 0;
    product *= extent;
  }
  return product;
}
constexpr std::int64_t volume(const Shape& shape) {
  if (shape.rank < 1 || shape.rank > Shape::max_rank) return 0;
  std::int64_t product = 1;
  for (int i = 0; i < shape.rank; ++i) product = volume({product, shape[i]});
  return product;
}

/// An array that a step reads or writes: its numbers for one of the step's samples, or of a whole weight.
struct Operand {
  static constexpr std::int64_t any =
      -1;  ///< elements where the op does not care, or leaves that to the user
  std::int64_t elements = 0;
  ElementType type = ElementType::real;
  int again = -1;  ///< of a result: it is written over this input, a state
};

/// The operands of a step of the forward pass, in its order: inputs, weights, results. Scratch is not among
/// them.
struct StepOperands {
  static constexpr int capacity = detail::max_forward_operands;
  Operand item[capacity]{};
  int inputs = 0, weights = 0, results = 0;

  constexpr int count() const { return inputs + weights + results; }
  /// Called in the order of the operands. \param elements as `volume` gives them: 0 fits nothing.
  constexpr void input(std::int64_t elements, ElementType type = ElementType::real) {
    add(elements, type);
    ++inputs;
  }
  constexpr void weight(std::int64_t elements, ElementType type = ElementType::real) {
    add(elements, type);
    ++weights;
  }
  constexpr void result(std::int64_t elements, ElementType type = ElementType::real) {
    add(elements, type);
    ++results;
  }
  /// A result that is written over the input `k`, which has to be a state.
  constexpr void result_over(int k) {
    result(item[k].elements, item[k].type);
    item[count() - 1].again = k;
  }

 private:
  constexpr void add(std::int64_t elements, ElementType type) {
    if (count() < capacity) item[count()] = {elements, type};
  }
};

/// What a step does not say of itself: its first input, and its first result as it is wanted, which matters
/// to the few ops that can give several types.
struct StepEnds {
  Operand x, y;
};

/// What an op says of its steps of the forward pass, with pointers, so that this floor knows no op.
struct StepRule {
  int op = -1;
  const char* (*fault)(const Step&, const StepEnds&) = nullptr;
  StepOperands (*operands)(const Step&, const StepEnds&) = nullptr;
  Value (*scratch)(const Step&) = nullptr;
};

namespace detail {

/// Whether a value holds `wanted` for each sample that the step takes of one of the model's.
constexpr bool holds(const Value& value, const Operand& wanted, int times) {
  if (value.type != wanted.type) return false;
  return wanted.elements == Operand::any ||
         (wanted.elements > 0 && value.elements == wanted.elements * times);
}

inline constexpr const char* wrong_operand =
    "an operand of a step has another number of elements, or another type, than its op asks for";

/// Whether operand `k` has the elements of its shape.
template <class G>
constexpr bool is_end(const G& g, const Step& step, int k, std::int64_t elements) {
  const int v = g.operand(step, k);
  return v >= 0 && g.values[v].elements == elements * step.repeat;
}

/// What a step has behind the results of its op: scratch, where that was added.
template <class G>
constexpr bool only_scratch_behind(const StepRule& rule, const G& g, const Step& step, int results) {
  const Value wanted = rule.scratch(step);
  const int times = wanted.per_row ? step.repeat : 1;
  for (int k = results; k < step.outputs; ++k) {
    const int v = g.result(step, k);
    if (v < 0 || !holds(g.values[v], {wanted.elements, wanted.type}, times)) return false;
  }
  return true;
}

template <class G>
constexpr const char* operands_fault(const StepOperands& wanted, const G& g, const Step& step) {
  const int data = step.inputs - step.parameters;
  if (wanted.inputs != data || wanted.weights != step.parameters)
    return "a step has another number of inputs or weights than its op asks for";
  if (wanted.results > step.outputs) return "a step has fewer results than its op gives";
  for (int k = 0; k < wanted.count(); ++k) {
    const int v = g.operand(step, k);
    const bool weight = k >= data && k < step.inputs;
    if (v < 0 || !holds(g.values[v], wanted.item[k], weight ? 1 : step.repeat)) return wrong_operand;
    const int again = wanted.item[k].again;
    if (again >= 0 && (v != g.operand(step, again) || g.values[v].role != Role::state))
      return "a step has to write the states that it reads";
    if (k >= step.inputs && again < 0 && g.values[v].role == Role::state)
      return "a step writes a state that it does not read";
  }
  return nullptr;
}

}  // namespace detail

/// The ends of a step of a graph, as they are in it.
template <class G>
constexpr StepEnds ends_of(const G& g, const Step& step) {
  StepEnds ends{{volume(step.in), g.values[g.operand(step, 0)].type}, {}};
  if (step.outputs > 0) ends.y = {volume(step.out), g.values[g.result(step)].type};
  return ends;
}

/// Why a step of the forward pass cannot run on its operands, as a sentence; null where it can. It looks at
/// everything that its kernel takes for granted, whatever the numbers are. `step` need not be one of the
/// graph's yet, but its operands are.
template <class G>
constexpr const char* step_fault(const StepRule& rule, const G& g, const Step& step) {
  const std::int64_t in = volume(step.in), out = volume(step.out);
  if (in == 0 || out == 0) return "a step has a shape that no array has";
  if (step.repeat < 1) return "a step takes less than one sample";
  if (step.inputs == 0 || !detail::is_end(g, step, 0, in) ||
      (step.outputs > 0 && !detail::is_end(g, step, step.inputs, out)))
    return "an operand of a step has another number of elements than its shape";
  const StepEnds ends = ends_of(g, step);
  if (const char* fault = rule.fault(step, ends)) return fault;
  const StepOperands wanted = rule.operands(step, ends);
  if (const char* fault = detail::operands_fault(wanted, g, step)) return fault;
  return detail::only_scratch_behind(rule, g, step, wanted.results)
             ? nullptr
             : "a step has more results than its op gives";
}

}  // namespace etch
