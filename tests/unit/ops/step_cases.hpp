// SPDX-License-Identifier: BSL-1.0
// Good steps of every op, from which `step_rules_test.cpp` makes damaged ones.
#pragma once
#include <etch/ops/op_list.hpp>

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

namespace etch::test {

/// What stands in a weight.
struct WeightWords {
  int weight = 0;  ///< its place among the weights
  std::vector<int> words;
};

/// A step that runs. Its operands are those that the op's rule asks for.
struct StepCase {
  Words attributes{};
  Shape in, out;
  int weights = 0;                     ///< before the rule is asked: some ops have forms that differ in it
  ElementType x = ElementType::real;   ///< of the first input
  ElementType y = ElementType::real;   ///< of the first result, where the op can give several
  std::vector<WeightWords> numbers{};  ///< of weights whose contents matter
  const PrimitiveOp* primitive = nullptr;  ///< of a user's op
};

/// `static constexpr std::vector<StepCase> all()`: one case or more of an op, of each of its forms. An op
/// without it does not compile.
template <class Op>
struct StepCases;

struct StepCaseDefaults {
  static constexpr bool any_attributes = false;    ///< no word of the attributes can be wrong
  static constexpr bool whole_batch = false;       ///< a step is not repeated for parts of a sample
  static constexpr bool straight_through = false;  ///< its gradient is not that of its function

  /// How many weights, the last ones, are not trained.
  static constexpr int statistics(const StepCase&) { return 0; }
  /// Whether the last input is a mask, to which no gradient goes.
  static constexpr bool masked(const StepCase&) { return false; }
};

/// Writes the numbers that a case has for a weight over the first of it.
inline void put_words(const StepCase& c, int weight, std::span<std::byte> to) {
  for (const WeightWords& given : c.numbers)
    if (given.weight == weight)
      std::memcpy(to.data(), given.words.data(), std::min(to.size(), 4 * given.words.size()));
}

/// The step itself. Its operands are still to be counted.
constexpr Step step_of(int op, const StepCase& c) {
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
