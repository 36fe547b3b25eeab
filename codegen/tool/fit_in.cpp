// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/formats/etch/import.hpp>
#include <codegen/report/text_table.hpp>
#include <codegen/tool/budget.hpp>
#include <codegen/tool/commands.hpp>
#include <codegen/tool/declaration_files.hpp>
#include <codegen/tool/json_option.hpp>
#include <codegen/tool/model_options.hpp>
#include <codegen/tool/progress_line.hpp>
#include <codegen/tool/training_words.hpp>
#include <codegen/train/training_fit.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>

#include <nlohmann/json.hpp>

#include <cstdio>
#include <ostream>

namespace etch::tool {

namespace {

struct FitInOptions {
  ModelOptions model;
  JsonOption json;
  TrainingWords training;
  long long ram = 0;
};

/// Trainings of a model, from what it takes as it is to the least.
struct Trade {
  std::string model, training;
  std::vector<host::TrainingFit> fits;
  long long ram = 0;
  std::string nothing_less{};  ///< why no training takes less, where none is found
};

Trade trade_of(const FitInOptions& options) {
  require_floats(options.model);
  const std::vector<std::uint8_t> file = host::read_file(options.model.file);
  const host::ImportedModel model = load_declared_model(options.model);
  const auto declared = declared_graph(model, host::is_model_file(std::as_bytes(std::span(file))));
  const TrainingOptions how = training_options_of(options.training, *declared.graph, nullptr);
  host::check_training_size(model.name, *declared.graph, how, options.training.batch);
  const host::TrainingBudget budget(*declared.graph, model.name, how, options.training.batch);
  Trade trade{
      model.name, training_text(options.training, how, declared.graph->outputs.count), {}, options.ram};
  if (options.ram > 0) {
    trade.fits.push_back(budget.within(options.ram));
    if (trade.fits[0].found) return trade;
    const host::LeastTraining least = budget.least();
    throw Error("training of '" + model.name + "' takes at least " + host::grouped(least.ram) +
                " bytes of RAM, weights and all, and --ram allows " + host::grouped(options.ram) + ": " +
                deciding_text(least, declared.names));
  }
  ProgressLine line;
  trade.fits = host::training_fits(budget, [&](int k, int of) { line.show("looking for schedules", k, of); });
  if (trade.fits.size() == 1) trade.nothing_less = deciding_text(budget.least(), declared.names);
  return trade;
}

std::string again_text(const TrainingMemory& memory) {
  if (memory.macs_again == 0) return "";
  char text[16];
  std::snprintf(text, sizeof text, "+ %.1f %%",
                100 * static_cast<double>(memory.macs_again) / static_cast<double>(memory.macs));
  return text;
}

std::string way_text(const host::TrainingFit& fit) {
  if (fit.schedule.empty()) return "as it is";
  if (fit.memory.parts == 1) return "by a schedule";
  return "in " + std::to_string(fit.memory.parts) + " parts" +
         (fit.memory.macs_again > 0 ? ", by a schedule" : "");
}

void print_trade(const Trade& trade, std::ostream& out) {
  using enum host::TextTable::Align;
  out << trade.model << ": " << trade.training << "\n\n";
  host::TextTable table({{"a training step"},
                         {"bytes of RAM", right},
                         {"of the arena", right},
                         {"of gradients", right},
                         {"MACs of a sample", right},
                         {"again", right}});
  for (const host::TrainingFit& fit : trade.fits)
    table.add({way_text(fit), host::grouped(fit.memory.total()), host::grouped(fit.memory.arena),
               host::grouped(fit.memory.gradients), host::grouped(fit.memory.macs + fit.memory.macs_again),
               again_text(fit.memory)});
  table.print(out);
  if (!trade.nothing_less.empty()) out << "\nno training with less is found: " << trade.nothing_less << '\n';
  if (trade.ram == 0) return;
  if (trade.fits[0].schedule.empty())
    out << "\nit fits as it is, and needs no schedule\n";
  else
    out << '\n' << schedule_text(trade.fits[0], trade.ram);
}

nlohmann::ordered_json trade_data(const Trade& trade) {
  using Json = nlohmann::ordered_json;
  Json fits = Json::array();
  for (const host::TrainingFit& fit : trade.fits)
    fits.push_back({{"ram", fit.memory.total()},
                    {"arena", fit.memory.arena},
                    {"macs", fit.memory.macs},
                    {"macs_again", fit.memory.macs_again},
                    {"parts", fit.memory.parts},
                    {"gradients", fit.memory.gradients},
                    {"scheduled", !fit.schedule.empty()}});
  Json data{
      {"command", "fit-in"}, {"model", trade.model}, {"training", trade.training}, {"fits", std::move(fits)}};
  if (!trade.nothing_less.empty()) data["nothing_less"] = trade.nothing_less;
  if (trade.ram > 0 && !trade.fits[0].schedule.empty())
    data["constants"] = schedule_text(trade.fits[0], trade.ram);
  return data;
}

}  // namespace

void add_fit_in(CLI::App& tool, std::ostream& out) {
  CLI::App* command = tool.add_subcommand(
      "fit-in", "Find a training within a number of bytes, or what bytes cost in work, as fit_in does");
  const auto options = std::make_shared<FitInOptions>();
  add_model_options(*command, options->model);
  command->add_option_function<std::string>(
      "--ram", [o = options.get()](const std::string& text) { o->ram = bytes_in(text, "--ram"); },
      "Bytes that the training may take, weights and all (64K is 65,536); without, several are tried");
  add_training_words(*command, options->training);
  add_json_option(*command, options->json);
  command->callback([options, &out] {
    const Trade trade = trade_of(*options);
    if (options->json.wanted)
      print_json(trade_data(trade), out);
    else
      print_trade(trade, out);
  });
}

}  // namespace etch::tool
