// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/firmware/board.hpp>
#include <codegen/firmware/emit_model.hpp>
#include <codegen/page/model_data.hpp>
#include <codegen/prepare/prepare.hpp>
#include <codegen/report/memory_text.hpp>
#include <codegen/tool/budget.hpp>
#include <codegen/tool/commands.hpp>
#include <codegen/tool/json_option.hpp>
#include <codegen/tool/model_options.hpp>

#include <runtime/host/files/gzip.hpp>
#include <runtime/host/files/sha256.hpp>

#include <nlohmann/json.hpp>

#include <cctype>
#include <filesystem>
#include <ostream>

namespace etch::tool {

namespace {

struct CompileOptions {
  ModelOptions model;
  BudgetOptions budget;
  JsonOption json;
  std::string board = "desktop", folder, name;
  bool ends_in_arena = false;
};

/// A model's name as part of the names of its functions.
std::string identifier_of(const std::string& name) {
  std::string text;
  for (const char c : name) {
    const auto code = static_cast<unsigned char>(c);
    text += code < 128 && std::isalnum(code) != 0 ? static_cast<char>(std::tolower(code)) : '_';
  }
  return text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) != 0 ? "model_" + text : text;
}

std::string file_name(const std::string& path) { return std::filesystem::path(path).filename().string(); }

/// Which model by which command: by content, since paths are those of one machine.
std::string source_of(const CompileOptions& options, const std::string& name) {
  const ModelOptions& model = options.model;
  std::string text = "the model with the SHA-256 " + host::sha256_hex(host::read_file(model.file)) +
                     " by: etch compile " + file_name(model.file) + " --board " + options.board + " --name " +
                     name;
  if (options.ends_in_arena) text += " --ends-in-arena";
  if (model.int8) text += " --int8";
  if (model.int16) text += " --int16";
  for (const std::string& samples : model.calibrate) text += " --calibrate " + file_name(samples);
  if (!model.ranges.empty()) text += " --ranges " + model.ranges;
  return text;
}

void write_sources(const CompileOptions& options, std::ostream& out) {
  const kernels::KernelSets kernels = host::kernels_of(options.board);
  const host::ImportedModel read = load_model(options.model, text_of(options.json, out));
  const host::ImportedModel model = host::prepare(read, kernels);
  const auto program = host::program_of(model, options.ends_in_arena, true, kernels);
  check_budget(options.budget, {options.board, options.ends_in_arena, &read, &model, program.get()});
  const std::string name = options.name.empty() ? identifier_of(model.name) : options.name;
  const host::EmittedModel emitted = host::emit_program(
      model, *program, {options.folder, name, source_of(options, name), options.ends_in_arena, kernels});
  if (options.json.wanted)
    return print_json({{"command", "compile"},
                       {"model", model.name},
                       {"board", options.board},
                       {"folder", options.folder},
                       {"name", name},
                       {"ends_in_arena", options.ends_in_arena},
                       {"memory", host::memory_data(*program)}},
                      out);
  const std::string board = options.board == "desktop" ? "every board" : options.board;
  out << "'" << model.name << "' for " << board << " is in " << options.folder << ": " << name << ".h, "
      << name << ".cpp and its weights\n";
  host::print_memory({emitted.weight_bytes, emitted.arena_bytes, emitted.arena_lower_bound,
                      emitted.state_bytes, emitted.end_bytes, options.ends_in_arena},
                     model.widened, out);
}

}  // namespace

void add_compile(CLI::App& tool, std::ostream& out) {
  CLI::App* command = tool.add_subcommand("compile", "Write a model as sources for firmware");
  const auto options = std::make_shared<CompileOptions>();
  add_model_options(*command, options->model);
  command->add_option(
      "--board", options->board,
      "The board that runs it (nano33ble, ...: `etch boards`) or its core (m3, m4, m7, m55): its kernels' "
      "scratch is planned, and flash and RAM have to suffice. Without, or with desktop, scratch of every "
      "core");
  add_budget_options(*command, options->budget);
  add_json_option(*command, options->json);
  command->add_option("-o,--output", options->folder, "The folder for the sources")->required();
  command->add_option("--name", options->name,
                      "Prefix of files and functions, a C identifier (the file's name if left out)");
  command->add_flag("--ends-in-arena", options->ends_in_arena,
                    "Inputs and outputs lie in the arena too, which can then use their memory");
  command->callback([options, &out] { write_sources(*options, out); });
}

}  // namespace etch::tool
