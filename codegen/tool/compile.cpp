// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/firmware/board.hpp>
#include <codegen/firmware/bundle.hpp>
#include <codegen/firmware/emit_model.hpp>
#include <codegen/firmware/needed_headers.hpp>
#include <codegen/firmware/packages.hpp>
#include <codegen/firmware/ready_libraries.hpp>
#include <codegen/page/model_data.hpp>
#include <codegen/prepare/prepare.hpp>
#include <codegen/report/memory_text.hpp>
#include <codegen/report/text_table.hpp>
#include <codegen/tool/budget.hpp>
#include <codegen/tool/commands.hpp>
#include <codegen/tool/declaration_files.hpp>
#include <codegen/tool/json_option.hpp>
#include <codegen/tool/model_options.hpp>
#include <codegen/tool/source_names.hpp>
#include <runtime/host/error.hpp>

#include <runtime/host/files/gzip.hpp>
#include <runtime/host/files/sha256.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <ostream>

namespace etch::tool {

namespace {

struct CompileOptions {
  ModelOptions model;
  BudgetOptions budget;
  JsonOption json;
  host::PackageOptions package;
  std::string board = "desktop", folder, name, headers;
  std::uint32_t version = 0;
  bool ends_in_arena = false, blob = false, declaration = false, no_declaration = false, bundle = false,
       library = false;
};

/// Which model by which command: by content, since paths are those of one machine.
std::string source_of(const CompileOptions& options, const std::string& name) {
  const ModelOptions& model = options.model;
  std::string text = "the model with the SHA-256 " + host::sha256_hex(host::read_file(model.file)) +
                     " by: etch compile " + file_name(model.file) + " --board " + options.board + " --name " +
                     name;
  if (options.ends_in_arena) text += " --ends-in-arena";
  if (options.blob) text += " --weights-blob";
  if (options.version != 0) text += " --model-version " + std::to_string(options.version);
  if (model.cut) text += " --cut " + *model.cut;
  if (model.int8) text += " --int8";
  if (model.int16) text += " --int16";
  for (const std::string& samples : model.calibrate) text += " --calibrate " + file_name(samples);
  if (!model.ranges.empty()) text += " --ranges " + model.ranges;
  if (!model.weights.bits.empty()) text += " --weights " + model.weights.bits;
  if (model.weights.max_error) text += " --max-error " + host::short_number(*model.weights.max_error);
  return text;
}

/// Whether the model is declared beside its sources: a folder that is given away does without, and so does a
/// part of a model, unless it is asked for.
bool declares(const CompileOptions& options) {
  if (options.declaration) return true;
  const bool complete = !options.model.cut.has_value(),
             given_away = options.bundle || options.library || !options.package.kind.empty();
  return complete && !given_away && !options.no_declaration;
}

/// The firmware is there whether the model has a declaration or not.
nlohmann::json write_declaration(const CompileOptions& options, const std::string& name,
                                 const std::string& model, std::ostream& out) {
  const Existing existing = options.declaration ? Existing::written_over : Existing::kept;
  try {
    const DeclarationFiles files = write_declaration_files(options.model, options.folder, name, existing);
    out << text_of(files, model);
    return {{"header", files.header.string()},
            {"weights", files.weights.string()},
            {"calls", files.calls},
            {"made_real", files.made_real}};
  } catch (const Error& reason) {
    out << "no declaration was written: " << reason.what() << '\n';
    return {{"why", reason.what()}};
  }
}

/// Where Etch's headers are, if the sources take them along.
std::filesystem::path headers_of(const CompileOptions& options) {
  if (!options.bundle && !options.library && options.package.kind.empty()) return {};
  if (!options.headers.empty()) return host::checked_headers(options.headers);
  return host::find_headers(std::filesystem::read_symlink("/proc/self/exe"));
}

/// Before anything is written.
void check_package(const CompileOptions& options, const std::string& name,
                   const std::filesystem::path& headers) {
  if (options.package.kind.empty()) return;
  host::check_package(options.package, name);
  if (host::package_sources({}, options.package.kind).empty()) return;
  if (options.bundle || options.library)
    throw Error("--package " + options.package.kind +
                " has a bundle in extras/source and libraries of its own: leave --bundle and --library out");
  host::check_ready_board(options.board, headers);
}

/// Says what lies beside the sources.
void add_bundle(const CompileOptions& options, const host::BundleOptions& bundle, std::ostream& out) {
  if (bundle.headers.empty()) return;
  host::write_bundle(bundle);
  if (!options.package.kind.empty()) {
    if (bundle.folder != options.folder)
      out << "making a library for each core: minutes for a large model\n" << std::flush;
    out << "it is " << host::write_package(bundle, options.package, options.folder) << "\n";
  }
  if (options.bundle) out << "it builds with no Etch beside it: make, make check; README.md says more\n";
  if (options.library) out << host::build_library(bundle).string() << " is for " << options.board << "\n";
}

void print_result(const CompileOptions& options, const host::ImportedModel& model, const std::string& name,
                  const host::ImportedProgram& program, std::ostream& out) {
  const std::string board = options.board == "desktop" ? "every board" : options.board;
  out << "'" << model.name << "' for " << board << " is in "
      << host::package_sources(options.folder, options.package.kind).string() << ": " << name << ".h, "
      << name << ".cpp and its weights\n";
  host::print_memory(host::memory_of(program), model.widened, out);
}

void add_package_options(CLI::App& command, host::PackageOptions& package) {
  command
      .add_option("--package", package.kind,
                  "A package for an ecosystem (docs/packages.md), with all that it needs")
      ->check(CLI::IsMember(host::package_kinds()));
  command.add_option("--package-version", package.version, "Its version (1.0.0)");
  command.add_option("--package-author", package.author, "Who made it: \"Ada Lovelace <ada@example.com>\"");
  command.add_option("--package-url", package.url, "Its home: https://...");
  command.add_option("--package-license", package.license, "Its license as SPDX names it: MIT");
}

void add_declaration_options(CLI::App& command, CompileOptions& options) {
  CLI::Option* const always =
      command.add_flag("--declaration", options.declaration,
                       "Write the declaration of the model in C++, <name>.hpp, with its weights in "
                       "<name>.safetensors, also over files that are there, and into bundles and packages");
  command.add_flag("--no-declaration", options.no_declaration, "Leave it out")->excludes(always);
}

void write_sources(const CompileOptions& options, std::ostream& out) {
  std::ostream& text = text_of(options.json, out);
  const std::filesystem::path headers = headers_of(options),
                              folder = host::package_sources(options.folder, options.package.kind);
  const kernels::KernelSets kernels = host::package_kernels(options.package.kind, options.board);
  const host::ImportedModel read = load_model(options.model, text);
  const host::ImportedModel model = host::prepare(read, kernels, options.blob);
  const auto program = host::program_of(model, options.ends_in_arena, true, kernels);
  check_budget(options.budget, {options.board, options.ends_in_arena, &read, &model, program.get()});
  const std::string name = options.name.empty() ? identifier_of(model.name) : options.name;
  check_package(options, name, headers);
  host::emit_program(model, *program,
                     {folder, name, source_of(options, name), options.ends_in_arena, kernels, true,
                      options.blob, options.version});
  print_result(options, model, name, *program, text);
  nlohmann::json declaration;
  if (declares(options)) declaration = write_declaration(options, name, model.name, text);
  add_bundle(
      options,
      {folder, name, headers, options.board, host::firmware_ends(model, *program, options.ends_in_arena),
       program->plan.state_bytes > 0, options.blob},
      text);
  if (!options.json.wanted) return;
  nlohmann::json result{{"command", "compile"},
                        {"model", model.name},
                        {"board", options.board},
                        {"folder", options.folder},
                        {"name", name},
                        {"ends_in_arena", options.ends_in_arena},
                        {"memory", host::memory_data(*program)}};
  if (!declaration.is_null()) result["declaration"] = declaration;
  print_json(result, out);
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
  command->add_flag(
      "--weights-blob", options->blob,
      "The weights are a blob with a header, which <name>_init is told and which can be replaced");
  command->add_option("--model-version", options->version, "What <name>_model_version gives, a number (0)");
  add_declaration_options(*command, *options);
  command->add_flag("--bundle", options->bundle,
                    "The folder builds with no Etch beside it: headers, a Makefile, a self test, a README");
  command->add_flag("--library", options->library,
                    "That, and lib<name>.a, made by make and the board's compiler");
  add_package_options(*command, options->package);
  command->add_option("--headers", options->headers,
                      "Where Etch's headers are for these, if not beside the program: a clone of Etch, or "
                      "<prefix>/include/etch0");
  command->callback([options, &out] { write_sources(*options, out); });
}

}  // namespace etch::tool
