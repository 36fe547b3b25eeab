// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/firmware/board.hpp>
#include <codegen/page/model_data.hpp>
#include <codegen/prepare/prepare.hpp>
#include <codegen/report/memory_text.hpp>
#include <codegen/report/model_text.hpp>
#include <codegen/report/operator_costs.hpp>
#include <codegen/report/text_table.hpp>
#include <codegen/tool/commands.hpp>
#include <codegen/tool/json_option.hpp>
#include <codegen/tool/model_options.hpp>

#include <nlohmann/json.hpp>

#include <ostream>

namespace etch::tool {

namespace {

using host::ImportedModel;
using Json = nlohmann::ordered_json;

struct InspectOptions {
  ModelOptions model;
  JsonOption json;
  std::string board;
  bool edges = false;
};

/// A model with its plan for a board, or for any.
struct Planned {
  const ImportedModel* model;
  std::unique_ptr<host::ImportedProgram> program;
  host::OperatorCost total;
  Planned(const ImportedModel& of, kernels::KernelSets sets)
      : model(&of), program(host::program_of(of, false, true, sets)), total(total_of(operator_costs(of))) {}
};

void print_ends(const ImportedModel& model, bool inputs, std::ostream& out) {
  const auto& ends = inputs ? model.graph->inputs : model.graph->outputs;
  for (int k = 0; k < ends.count; ++k) {
    const auto& noted = model.values[static_cast<std::size_t>(ends[k])];
    const std::string quantization = host::quantization_text(noted.quantization);
    out << (inputs ? "input " : "output ") << k << ": " << host::shape_text(noted.shape) << ' '
        << host::type_text(model, ends[k]) << (quantization.empty() ? "" : ", ") << quantization;
    if (!noted.name.empty()) out << ", '" << noted.name << "'";
    out << '\n';
  }
}

void print_memory_of(const Planned& planned, std::ostream& out) {
  host::MemoryBytes bytes = host::memory_of(*planned.program);
  bytes.weights = planned.total.bytes;  // of the file, before any are merged
  host::print_memory(bytes, planned.model->widened, out);
}

/// How many channels passes took out of values.
int channels_taken_out(const ImportedModel& model) {
  int channels = 0;
  for (const host::ImportedValue& value : model.values)
    if (value.kept.channels > 0) channels += value.kept.channels - static_cast<int>(value.kept.kept.size());
  return channels;
}

/// The file's numbers beside those of what ships.
void print_prepared(const Planned& read, const Planned& ships, const std::string& board, std::ostream& out) {
  using enum host::TextTable::Align;
  host::TextTable table({{""}, {"as it was read", right}, {"as it ships", right}});
  const auto row = [&](const char* what, long long before, long long after) {
    table.add({what, host::grouped(before), host::grouped(after)});
  };
  const host::MemoryBytes before = host::memory_of(*read.program), after = host::memory_of(*ships.program);
  row("steps", read.program->graph.steps.count, ships.program->graph.steps.count);
  row("MACs", read.total.macs, ships.total.macs);
  row("bytes of weights", before.weights, after.weights);
  row("bytes of arena", before.arena, after.arena);
  row("bytes of states", before.states, after.states);
  row("bytes of RAM", before.ram(), after.ram());
  row("channels taken out", 0, channels_taken_out(*ships.model));
  out << "\nprepared for " << (board.empty() ? "any board" : board) << ":\n";
  table.print(out);
}

/// A line for each step that ships: what it takes from which steps, and what it gives.
void print_edges(const ImportedModel& model, const host::ImportedProgram& program, std::ostream& out) {
  const Json steps = host::steps_data(model, program);
  const auto name = [&](const Json& values) {
    std::string text;
    for (const Json& value : values)
      text += (text.empty() ? "'" : ", '") + host::value_name(model, program, value.get<int>()) + "'";
    return text.empty() ? std::string("nothing") : text;
  };
  out << "\nsteps, and what they take and give:\n";
  for (int s = 0; s < program.graph.steps.count; ++s) {
    const Json& step = steps[static_cast<std::size_t>(s)];
    out << host::step_text(model, program, s) << ": " << name(step["inputs"]) << " -> "
        << name(step["outputs"]) << '\n';
  }
}

Json data_of(const Planned& read, const Planned& ships, const std::string& board) {
  const ImportedModel& model = *read.model;
  Json prepared{{"board", board.empty() ? "any" : board},
                {"macs", ships.total.macs},
                {"channels_taken_out", channels_taken_out(*ships.model)},
                {"memory", host::memory_data(*ships.program)},
                {"steps", host::steps_data(*ships.model, *ships.program)}};
  return {{"command", "inspect"},
          {"model", model.name},
          {"numerics", numerics_text(model.graph->numerics)},
          {"notes", model.notes},
          {"inputs", host::ends_data(model, true)},
          {"outputs", host::ends_data(model, false)},
          {"operators", host::operators_data(model)},
          {"parameters", read.total.parameters},
          {"macs", read.total.macs},
          {"memory", host::memory_data(*read.program)},
          {"prepared", std::move(prepared)}};
}

void print_text(const Planned& read, const Planned& ships, const InspectOptions& options, std::ostream& out) {
  const ImportedModel& model = *read.model;
  out << model.name << ": " << model.operators.size() << " operators\n";
  print_ends(model, true, out);
  print_ends(model, false, out);
  if (model.graph->numerics != Numerics::separate)
    out << "numerics: " << numerics_text(model.graph->numerics) << '\n';
  for (const std::string& note : model.notes) out << note << '\n';
  out << '\n';
  host::print_operators(model, host::operator_costs(model), out);
  out << "\nparameters: " << host::grouped(read.total.parameters)
      << "\nMACs:       " << host::grouped(read.total.macs) << '\n';
  print_memory_of(read, out);
  print_prepared(read, ships, options.board, out);
  if (options.edges) print_edges(*ships.model, *ships.program, out);
}

void inspect(const InspectOptions& options, std::ostream& out) {
  const kernels::KernelSets sets =
      options.board.empty() ? kernels::board_sets : host::kernels_of(options.board);
  const ImportedModel model = load_model(options.model, text_of(options.json, out));
  const ImportedModel prepared = host::prepare(model, sets);
  const Planned read(model, sets), ships(prepared, sets);
  print_text(read, ships, options, text_of(options.json, out));
  if (options.json.wanted) print_json(data_of(read, ships, options.board), out);
}

}  // namespace

void add_inspect(CLI::App& tool, std::ostream& out) {
  CLI::App* command = tool.add_subcommand(
      "inspect", "Show a model's operators, sizes and memory, as it was read and as it ships");
  const auto options = std::make_shared<InspectOptions>();
  add_model_options(*command, options->model);
  command->add_option("--board", options->board, "The board or core that it is prepared for; without, any");
  command->add_flag("--edges", options->edges,
                    "Show each step that ships with what it takes and gives, by name");
  add_json_option(*command, options->json);
  command->callback([options, &out] { inspect(*options, out); });
}

}  // namespace etch::tool
