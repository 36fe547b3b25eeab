// SPDX-License-Identifier: BSL-1.0
#include <codegen/report/model_text.hpp>
#include <codegen/report/operator_costs.hpp>
#include <codegen/report/text_table.hpp>
#include <etch/ops/op_list.hpp>

namespace etch::host {

OperatorCost& OperatorCost::operator+=(const OperatorCost& other) {
  parameters += other.parameters;
  bytes += other.bytes;
  macs += other.macs;
  return *this;
}

std::vector<OperatorCost> operator_costs(const ImportedModel& model) {
  std::vector<OperatorCost> costs(model.operators.size() + 1);
  std::vector<bool> seen(static_cast<std::size_t>(model.graph->values.count));
  for (int s = 0; s < model.graph->steps.count; ++s) {
    const Step& step = model.graph->steps[s];
    const int source = model.source[static_cast<std::size_t>(s)];
    OperatorCost& cost = costs[source < 0 ? costs.size() - 1 : static_cast<std::size_t>(source)];
    cost.macs += macs_of(step);
    for (int p = 0; p < step.parameters; ++p) {
      const int value = model.graph->operand(step, step.inputs - step.parameters + p);
      if (value < 0 || seen[static_cast<std::size_t>(value)]) continue;
      seen[static_cast<std::size_t>(value)] = true;
      cost.parameters += visit_op(
          step.op, [&](auto op) { return decltype(op)::trained_numbers(step, p, value_of(model, value)); });
      cost.bytes += static_cast<long long>(bytes_of_value(model, value));
    }
  }
  return costs;
}

OperatorCost total_of(const std::vector<OperatorCost>& costs) {
  OperatorCost total;
  for (const OperatorCost& cost : costs) total += cost;
  return total;
}

void print_operators(const ImportedModel& model, const std::vector<OperatorCost>& costs, std::ostream& out) {
  using enum TextTable::Align;
  TextTable table({{"#", right},
                   {"operator"},
                   {"result"},
                   {"type"},
                   {"scale", right},
                   {"zero point", right},
                   {"parameters", right},
                   {"bytes", right},
                   {"MACs", right}});
  const auto amount = [](long long n) { return n == 0 ? std::string("-") : grouped(n); };
  for (std::size_t i = 0; i < model.operators.size(); ++i) {
    const auto& op = model.operators[i];
    std::string shape = "constant", type, scale, zero;
    const int result = op.results.empty() ? -1 : op.results[0];
    if (result >= 0) {
      const auto& noted = model.values[static_cast<std::size_t>(result)];
      shape = shape_text(noted.shape);
      type = type_text(model, result);
      if (noted.quantization.scale != 0) {
        scale = short_number(static_cast<double>(noted.quantization.scale));
        zero = std::to_string(noted.quantization.zero_point);
      }
    }
    table.add({std::to_string(op.index), op.kind, shape, type, scale, zero, amount(costs[i].parameters),
               amount(costs[i].bytes), amount(costs[i].macs)});
  }
  table.print(out);
}

}  // namespace etch::host
