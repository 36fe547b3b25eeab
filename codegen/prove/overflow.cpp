// SPDX-License-Identifier: BSL-1.0
#include <codegen/prepare/int8_ranges.hpp>
#include <codegen/prove/overflow.hpp>

#include <algorithm>

namespace etch::host {

namespace {

/// Products that are looked at for all steps of a model, seconds of work: as `int8_ranges`.
constexpr long long most_work = 3'000'000'000;

/// One step with the ranges of its inputs.
ComputedNumbers computed(const ImportedModel& model, const ImportedProgram& program, const Step& step,
                         const std::vector<std::vector<Int8Range>>& ranges) {
  const auto& g = program.graph;
  std::vector<Int8Ranges> x;
  std::vector<const void*> weights;
  for (int k = 0; k < step.inputs; ++k) {
    const int v = g.operand(step, k);
    if (k >= step.inputs - step.parameters)
      weights.push_back(model.parameters[static_cast<std::size_t>(v)].data());
    else
      x.push_back(v < 0 ? Int8Ranges{} : ranges[static_cast<std::size_t>(v)]);
  }
  ComputedNumbers numbers;
  if (x.empty() || step.repeat != 1) return numbers;
  visit_op(step.op, [&](auto op) { decltype(op)::computed(step, weights.data(), x, numbers); });
  return numbers;
}

}  // namespace

bool has_floats_alone(const ImportedProgram& program, const Step& step) {
  const auto& g = program.graph;
  for (int k = 0; k < step.inputs + step.outputs; ++k) {
    const int v = g.operands[step.first + k];
    if (v >= 0 && g.values[v].type != ElementType::real) return false;
  }
  return true;
}

bool StepNumbers::proven() const {
  return floats_alone || (numbers.known() && std::ranges::all_of(numbers.all(), &ComputedNumber::proven));
}

std::vector<StepNumbers> numbers_of(const ImportedModel& model, const ImportedProgram& program) {
  const auto ranges = int8_ranges(ModelDraft(model));
  std::vector<StepNumbers> all;
  long long left = most_work;
  for (int s = 0; s < program.graph.steps.count; ++s) {
    const Step& step = program.graph.steps[s];
    StepNumbers& found = all.emplace_back();
    found.step = s;
    found.op = visit_op(step.op, [](auto op) { return std::string(decltype(op)::name); });
    found.floats_alone = has_floats_alone(program, step);
    const long long work = macs_of(step) + step.out.size();
    if (found.floats_alone || work > left) continue;
    left -= work;
    found.numbers = computed(model, program, step, ranges);
  }
  return all;
}

}  // namespace etch::host
