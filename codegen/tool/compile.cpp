// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/firmware/board.hpp>
#include <codegen/firmware/bundle.hpp>
#include <codegen/firmware/cmake_package.hpp>
#include <codegen/firmware/emit_model.hpp>
#include <codegen/firmware/needed_headers.hpp>
#include <codegen/page/model_data.hpp>
#include <codegen/prepare/prepare.hpp>
#include <codegen/report/memory_text.hpp>
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
  std::string board = "desktop", folder, name, headers, package, package_version = "1.0.0";
  bool ends_in_arena = false, declaration = false, bundle = false, library = false;
};

/// Which model by which command: by content, since paths are those of one machine.
std::string source_of(const CompileOptions& options, const std::string& name) {
  const ModelOptions& model = options.model;
  std::string text = "the model with the SHA-256 " + host::sha256_hex(host::read_file(model.file)) +
                     " by: etch compile " + file_name(model.file) + " --board " + options.board + " --name " +
                     name;
  if (options.ends_in_arena) text += " --ends-in-arena";
  if (model.cut) text += " --cut " + *model.cut;
  if (model.int8) text += " --int8";
  if (model.int16) text += " --int16";
  for (const std::string& samples : model.calibrate) text += " --calibrate " + file_name(samples);
  if (!model.ranges.empty()) text += " --ranges " + model.ranges;
  return text;
}

/// The firmware is there whether the model has a declaration or not.
void write_declaration(const CompileOptions& options, const std::string& name, std::ostream& out) {
  try {
    write_declaration_files(options.model, options.folder, name, out);
  } catch (const Error& reason) {
    out << "no declaration was written: " << reason.what() << '\n';
  }
}

/// Where Etch's headers are, if the sources take them along; before anything is written.
std::filesystem::path headers_of(const CompileOptions& options) {
  if (!options.bundle && !options.library && options.package.empty()) return {};
  host::check_package_version(options.package_version);
  if (!options.headers.empty()) return host::checked_headers(options.headers);
  return host::find_headers(std::filesystem::read_symlink("/proc/self/exe"));
}

/// Says what lies beside the sources.
void add_bundle(const CompileOptions& options, const host::BundleOptions& bundle, std::ostream& out) {
  if (bundle.headers.empty()) return;
  host::write_bundle(bundle);
  if (!options.package.empty()) {
    host::write_cmake_package(bundle, options.package_version);
    out << "it is a package of CMake: add_subdirectory, or install it and find_package(" << bundle.name
        << "); link " << bundle.name << "::" << bundle.name << "\n";
  }
  if (options.bundle) out << "it builds with no Etch beside it: make, make check; README.md says more\n";
  if (options.library) out << host::build_library(bundle).string() << " is for " << options.board << "\n";
}

void print_result(const CompileOptions& options, const host::ImportedModel& model, const std::string& name,
                  const host::ImportedProgram& program, std::ostream& out) {
  const std::string board = options.board == "desktop" ? "every board" : options.board;
  out << "'" << model.name << "' for " << board << " is in " << options.folder << ": " << name << ".h, "
      << name << ".cpp and its weights\n";
  host::print_memory(host::memory_of(program), model.widened, out);
}

void write_sources(const CompileOptions& options, std::ostream& out) {
  std::ostream& text = text_of(options.json, out);
  const std::filesystem::path headers = headers_of(options);
  const kernels::KernelSets kernels = host::kernels_of(options.board);
  const host::ImportedModel read = load_model(options.model, text);
  const host::ImportedModel model = host::prepare(read, kernels);
  const auto program = host::program_of(model, options.ends_in_arena, true, kernels);
  check_budget(options.budget, {options.board, options.ends_in_arena, &read, &model, program.get()});
  const std::string name = options.name.empty() ? identifier_of(model.name) : options.name;
  host::emit_program(model, *program,
                     {options.folder, name, source_of(options, name), options.ends_in_arena, kernels, true});
  print_result(options, model, name, *program, text);
  if (options.declaration) write_declaration(options, name, text);
  add_bundle(options, {options.folder, name, headers, options.board}, text);
  if (options.json.wanted)
    print_json({{"command", "compile"},
                {"model", model.name},
                {"board", options.board},
                {"folder", options.folder},
                {"name", name},
                {"ends_in_arena", options.ends_in_arena},
                {"memory", host::memory_data(*program)}},
               out);
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
  command->add_flag("--declaration", options->declaration,
                    "Also write the model of floats as a declaration in C++, <name>.hpp, with its weights in "
                    "<name>.safetensors");
  command->add_flag("--bundle", options->bundle,
                    "The folder builds with no Etch beside it: headers, a Makefile, a self test, a README");
  command->add_flag("--library", options->library,
                    "That, and lib<name>.a, made by make and the board's compiler");
  command->add_option("--package", options->package, "A bundle that is a package of CMake too: cmake")
      ->check(CLI::IsMember({"cmake"}));
  command->add_option("--package-version", options->package_version, "Its version (1.0.0)");
  command->add_option("--headers", options->headers,
                      "Where Etch's headers are for these, if not beside the program: a clone of Etch, or "
                      "<prefix>/include/etch0");
  command->callback([options, &out] { write_sources(*options, out); });
}

}  // namespace etch::tool
