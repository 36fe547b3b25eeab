// SPDX-License-Identifier: BSL-1.0
// What ops and their cases say of themselves: the registry is made of it, so that no list names ops twice.
#pragma once
#include "step_graph.hpp"

namespace etch::test {

/// The types of a step's first input and first result.
struct StepTypes {
  ElementType x = ElementType::real, y = ElementType::real;
  bool operator==(const StepTypes&) const = default;
};

inline constexpr ElementType element_types[]{ElementType::real, ElementType::i8, ElementType::i16,
                                             ElementType::i32};

inline StepTypes types_of(const StepOperands& o) {
  return {o.item[0].type, o.item[o.inputs + o.weights].type};
}

/// The types that the rule of an op accepts, in the forms of its cases.
template <class Op>
std::vector<StepTypes> types_of() {
  std::vector<StepTypes> types;
  for (StepCase c : StepCases<Op>::all())
    for (const ElementType x : element_types)
      for (const ElementType y : element_types) {
        c.x = x;
        c.y = y;
        if (Op::fault(step_of(op_code<Op>, c), {{volume(c.in), x}, {volume(c.out), y}})) continue;
        const StepTypes found = types_of(operands_of(op_code<Op>, c));
        if (std::ranges::find(types, found) == types.end()) types.push_back(found);
      }
  std::ranges::sort(types, {}, [](const StepTypes& t) { return std::pair(t.x, t.y); });
  return types;
}

/// Whether all that a case's step reads and writes is real numbers.
template <class Op>
bool is_real(const StepCase& c) {
  const StepOperands o = operands_of(op_code<Op>, c);
  return std::all_of(o.item, o.item + o.count(),
                     [](const Operand& operand) { return operand.type == ElementType::real; });
}

/// Whether nothing of that is a real number.
template <class Op>
bool is_whole(const StepCase& c) {
  const StepOperands o = operands_of(op_code<Op>, c);
  return std::none_of(o.item, o.item + o.count(),
                      [](const Operand& operand) { return operand.type == ElementType::real; });
}

template <class Op>
bool has_states(const StepCase& c) {
  const StepOperands o = operands_of(op_code<Op>, c);
  return std::any_of(o.item, o.item + o.count(), [](const Operand& operand) { return operand.again >= 0; });
}

/// What training does with the gradient of a step's result.
enum class CaseGradient {
  none,      ///< the step is of whole numbers, stands behind the loss, or keeps a state from batch to batch
  stops,     ///< it goes no further
  straight,  ///< it passes as if the step were not there
  checked    ///< it goes on, and is compared with finite differences
};

template <class Op>
CaseGradient gradient_of(const StepCase& c) {
  if (StepCases<Op>::whole_batch || !is_real<Op>(c)) return CaseGradient::none;
  if (Op::gradient(step_of(op_code<Op>, c)).stops) return CaseGradient::stops;
  if (has_states<Op>(c)) return CaseGradient::none;
  return StepCases<Op>::straight_through ? CaseGradient::straight : CaseGradient::checked;
}

/// The most that any of its cases has.
template <class Op>
CaseGradient gradient_of() {
  CaseGradient most = CaseGradient::none;
  for (const StepCase& c : StepCases<Op>::all()) most = std::max(most, gradient_of<Op>(c));
  return most;
}

/// Whether files of models may name an op: one of predictions that any program knows. They hold real numbers.
template <class Op>
bool is_in_files() {
  if (StepCases<Op>::whole_batch || __is_same(Op, ops::Primitive)) return false;
  const auto cases = StepCases<Op>::all();
  return std::ranges::any_of(cases, [](const StepCase& c) { return is_real<Op>(c); });
}

}  // namespace etch::test
