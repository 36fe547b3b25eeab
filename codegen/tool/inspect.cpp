// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/model/model_program.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/report/memory_text.hpp>
#include <codegen/report/model_text.hpp>
#include <codegen/report/operator_costs.hpp>
#include <codegen/report/text_table.hpp>
#include <codegen/tool/commands.hpp>
#include <codegen/tool/model_options.hpp>

#include <ostream>

namespace etch::tool {

namespace {

using host::ImportedModel;

void print_ends(const ImportedModel& model, bool inputs, std::ostream& out) {
  const auto& ends = inputs ? model.graph->inputs : model.graph->outputs;
  for (int k = 0; k < ends.count; ++k) {
    const auto& noted = model.values[static_cast<std::size_t>(ends[k])];
    const std::string quantization = host::quantization_text(noted.quantization);
    out << (inputs ? "input " : "output ") << k << ": " << host::shape_text(noted.shape) << ' '
        << host::names_of(host::value_of(model, ends[k]).type).text << (quantization.empty() ? "" : ", ")
        << quantization;
    if (!noted.name.empty()) out << ", '" << noted.name << "'";
    out << '\n';
  }
}

void inspect(const ModelOptions& options, std::ostream& out) {
  const ImportedModel model = load_model(options, out);
  const host::ModelSession session(model);
  const std::vector<host::OperatorCost> costs = host::operator_costs(model);
  const host::OperatorCost total = host::total_of(costs);
  out << model.name << ": " << model.operators.size() << " operators\n";
  print_ends(model, true, out);
  print_ends(model, false, out);
  if (model.graph->numerics != Numerics::separate)
    out << "numerics: " << numerics_text(model.graph->numerics) << '\n';
  for (const std::string& note : model.notes) out << note << '\n';
  out << '\n';
  host::print_operators(model, costs, out);
  out << "\nparameters: " << host::grouped(total.parameters) << "\nMACs:       " << host::grouped(total.macs)
      << '\n';
  const auto planned = host::program_of(model, false, true, kernels::board_sets);  // what any board needs
  host::MemoryBytes memory{total.bytes, planned->plan.arena_bytes, planned->plan.lower_bound,
                           session.state_bytes()};
  for (int k = 0; k < session.inputs(); ++k) memory.ends += static_cast<long long>(session.input_bytes(k));
  for (int k = 0; k < session.outputs(); ++k) memory.ends += static_cast<long long>(session.output_bytes(k));
  host::print_memory(memory, model.widened, out);
}

}  // namespace

void add_inspect(CLI::App& tool, std::ostream& out) {
  CLI::App* command = tool.add_subcommand("inspect", "Show a model's operators, sizes and memory");
  const auto options = std::make_shared<ModelOptions>();
  add_model_options(*command, *options);
  command->callback([options, &out] { inspect(*options, out); });
}

}  // namespace etch::tool
