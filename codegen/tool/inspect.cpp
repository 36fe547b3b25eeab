// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/tool/commands.hpp>
#include <codegen/tool/memory_text.hpp>
#include <codegen/tool/model_options.hpp>
#include <codegen/tool/model_text.hpp>
#include <codegen/tool/text_table.hpp>
#include <etch/ops/op_list.hpp>

#include <ostream>

namespace etch::tool {

namespace {

using host::ImportedModel;

/// What an operator costs.
struct Cost {
  long long parameters = 0, bytes = 0, macs = 0;
};

std::vector<Cost> costs_of(const ImportedModel& model) {
  std::vector<Cost> costs(model.operators.size() + 1);  // the last: steps that no operator stands for
  std::vector<bool> seen(static_cast<std::size_t>(model.graph->values.count));
  for (int s = 0; s < model.graph->steps.count; ++s) {
    const Step& step = model.graph->steps[s];
    const int source = model.source[static_cast<std::size_t>(s)];
    Cost& cost = costs[source < 0 ? costs.size() - 1 : static_cast<std::size_t>(source)];
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

void print_ends(const ImportedModel& model, bool inputs, std::ostream& out) {
  const auto& ends = inputs ? model.graph->inputs : model.graph->outputs;
  for (int k = 0; k < ends.count; ++k) {
    const auto& noted = model.values[static_cast<std::size_t>(ends[k])];
    const std::string quantization = quantization_text(noted.quantization);
    out << (inputs ? "input " : "output ") << k << ": " << shape_text(noted.shape) << ' '
        << host::names_of(value_of(model, ends[k]).type).text << (quantization.empty() ? "" : ", ")
        << quantization;
    if (!noted.name.empty()) out << ", '" << noted.name << "'";
    out << '\n';
  }
}

void print_operators(const ImportedModel& model, const std::vector<Cost>& costs, std::ostream& out) {
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
      type = host::names_of(value_of(model, result).type).text;
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

void inspect(const ModelOptions& options, std::ostream& out) {
  const ImportedModel model = load_model(options, out);
  const host::ModelSession session(model);
  const std::vector<Cost> costs = costs_of(model);
  Cost total;
  for (const Cost& c : costs) {
    total.parameters += c.parameters;
    total.bytes += c.bytes;
    total.macs += c.macs;
  }
  out << model.name << ": " << model.operators.size() << " operators\n";
  print_ends(model, true, out);
  print_ends(model, false, out);
  out << '\n';
  print_operators(model, costs, out);
  out << "\nparameters: " << grouped(total.parameters) << "\nMACs:       " << grouped(total.macs) << '\n';
  MemoryBytes memory{total.bytes, session.arena_bytes(), session.arena_lower_bound(), session.state_bytes()};
  for (int k = 0; k < session.inputs(); ++k) memory.ends += static_cast<long long>(session.input_bytes(k));
  for (int k = 0; k < session.outputs(); ++k) memory.ends += static_cast<long long>(session.output_bytes(k));
  print_memory(memory, model.widened, out);
}

}  // namespace

void add_inspect(CLI::App& tool, std::ostream& out) {
  CLI::App* command = tool.add_subcommand("inspect", "Show a model's operators, sizes and memory");
  const auto options = std::make_shared<ModelOptions>();
  add_model_options(*command, *options);
  command->callback([options, &out] { inspect(*options, out); });
}

}  // namespace etch::tool
