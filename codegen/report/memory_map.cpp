// SPDX-License-Identifier: BSL-1.0
#include <codegen/report/memory_map.hpp>
#include <etch/ops/op_list.hpp>

namespace etch::host {

int detail::covered_bytes(std::vector<std::pair<int, int>> ranges) {
  std::ranges::sort(ranges);
  int bytes = 0, end = 0;
  for (const auto& range : ranges) {
    bytes += std::max(0, range.second - std::max(range.first, end));
    end = std::max(end, range.second);
  }
  return bytes;
}

std::vector<int> operators_of_steps(const ImportedModel& model, const ImportedProgram& program) {
  std::vector<int> of_value(model.values.size(), -1);
  for (int s = 0; s < model.graph->steps.count; ++s)
    for (int k = 0; k < model.graph->steps[s].outputs; ++k)
      if (const int value = model.graph->result(model.graph->steps[s], k); value >= 0)
        of_value[static_cast<std::size_t>(value)] = model.source[static_cast<std::size_t>(s)];
  std::vector<int> of_step;
  for (int s = 0; s < program.graph.steps.count; ++s) {
    const auto value = static_cast<std::size_t>(program.graph.result(program.graph.steps[s]));
    of_step.push_back(value < of_value.size() ? of_value[value] : -1);
  }
  return of_step;
}

std::string step_text(const ImportedModel& model, const ImportedProgram& program, int step) {
  const int source = operators_of_steps(model, program)[static_cast<std::size_t>(step)];
  const std::string number = "step " + std::to_string(step) + " (";
  if (source < 0)
    return number + visit_op(program.graph.steps[step].op, [](auto op) { return decltype(op)::name; }) + ")";
  const SourceOperator& from = model.operators[static_cast<std::size_t>(source)];
  return number + from.kind + ", operator " + std::to_string(from.index) + ")";
}

}  // namespace etch::host
