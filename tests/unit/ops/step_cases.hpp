// SPDX-License-Identifier: BSL-1.0
// Good steps of every op, from which `step_rules_test.cpp` makes damaged ones.
#pragma once
#include <etch/ops/op_list.hpp>

#include <map>
#include <vector>

namespace etch::test {

/// A step that runs. Its operands are those that the op's rule asks for.
struct StepCase {
  Words attributes{};
  Shape in, out;
  int weights = 0;                    ///< before the rule is asked: some ops have forms that differ in it
  ElementType x = ElementType::real;  ///< of the first input
  ElementType y = ElementType::real;  ///< of the first result, where the op can give several
  std::map<int, std::vector<int>>
      numbers{};                           ///< of weights (by their place among them) whose contents matter
  const PrimitiveOp* primitive = nullptr;  ///< of a user's op
};

/// `static std::vector<StepCase> all()`: one case or more of an op, of each of its forms. An op without it
/// does not compile.
template <class Op>
struct StepCases;

struct StepCaseDefaults {
  static constexpr bool any_attributes = false;  ///< no word of the attributes can be wrong
  static constexpr bool whole_batch = false;     ///< a step is not repeated for parts of a sample
};

/// The step itself. Its operands are still to be counted.
inline Step step_of(int op, const StepCase& c) {
  Step step;
  step.op = static_cast<std::int16_t>(op);
  step.attributes = c.attributes;
  step.in = c.in;
  step.out = c.out;
  step.parameters = static_cast<std::uint8_t>(c.weights);
  step.primitive = c.primitive;
  return step;
}

}  // namespace etch::test
