// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/formats/etch/import.hpp>
#include <codegen/page/report_data.hpp>
#include <codegen/page/report_page.hpp>
#include <codegen/report/text_table.hpp>
#include <codegen/tool/budget.hpp>
#include <codegen/tool/commands.hpp>
#include <codegen/tool/json_option.hpp>
#include <codegen/tool/model_options.hpp>
#include <codegen/tool/training_words.hpp>
#include <codegen/train/training_fit.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>
#include <runtime/host/files/replace_file.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <ostream>

namespace etch::tool {

namespace {

struct ReportOptions {
  ModelOptions model;
  BudgetOptions budget;
  JsonOption json;
  std::string board, output;
};

/// What less memory costs in work, from the training as it is on. Nothing for a model of which only the
/// compiler looks for schedules.
std::vector<TrainingMemory> fits_of(const host::DeclaredGraph& declared, const std::string& name, int batch) {
  const TrainingOptions training = training_options_of({.loss = "mean_squared_error"}, declared, nullptr);
  std::vector<TrainingMemory> fits;
  if (!host::TrainingBudget::searches(declared, training)) return fits;
  const host::TrainingBudget budget(declared, name, training, batch);
  for (const host::TrainingFit& fit : host::training_fits(budget)) fits.push_back(fit.memory);
  return fits;
}

/// What training takes, of a model that Etch wrote with its declaration's graph.
std::optional<host::TrainingReport> training_of(const ModelOptions& options,
                                                std::span<const std::byte> bytes) {
  if (options.int8 || options.int16) return {};
  if (!host::is_model_file(bytes)) return {};
  const host::ImportedModel model = host::import_model_file(bytes, options.file, true);
  auto report = host::training_report(*model.graph);
  if (!report) return report;
  report->fits = fits_of(*model.graph, model.name, 1);
  report->batch_fits = fits_of(*model.graph, model.name, 8);
  return report;
}

void write_page(const ReportOptions& options, std::ostream& out) {
  host::QuantizationReport quantization;
  const std::vector<std::uint8_t> file = host::read_file(options.model.file);
  const auto bytes = std::as_bytes(std::span(file));
  const host::ImportedModel model =
      load_model(options.model, bytes, text_of(options.json, out), &quantization);
  const auto training = training_of(options.model, bytes);
  const host::ReportSubject subject{std::filesystem::path(options.model.file).filename().string(),
                                    static_cast<long long>(file.size()),
                                    options.board,
                                    static_cast<long long>(options.budget.flash),
                                    static_cast<long long>(options.budget.ram),
                                    quantization.layers.empty() ? nullptr : &quantization,
                                    training ? &*training : nullptr};
  const nlohmann::ordered_json data = host::report_data(model, subject);
  const std::string page = host::report_page(data);
  host::replace_file(options.output, std::as_bytes(std::span(page)));
  if (options.json.wanted) return print_json(data, out);
  out << "the report on '" << model.name << "' is in " << options.output << " ("
      << host::grouped(static_cast<long long>(page.size())) << " bytes): open it in a browser\n";
}

}  // namespace

void add_report(CLI::App& tool, std::ostream& out) {
  CLI::App* command = tool.add_subcommand(
      "report",
      "Write a page that shows what a model takes: graph, arena, layers, and whether it fits a board");
  const auto options = std::make_shared<ReportOptions>();
  add_model_options(*command, options->model);
  command->add_option("-o,--output", options->output, "The page, an .html file")->required();
  command->add_option("--board", options->board,
                      "The board (`etch boards`) or core that it is about first; the page can show others");
  add_budget_options(*command, options->budget);
  add_json_option(*command, options->json);
  command->callback([options, &out] { write_page(*options, out); });
}

}  // namespace etch::tool
