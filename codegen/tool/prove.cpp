// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/firmware/board.hpp>
#include <codegen/firmware/needed_headers.hpp>
#include <codegen/prepare/prepare.hpp>
#include <codegen/prove/certificate_text.hpp>
#include <codegen/tool/commands.hpp>
#include <codegen/tool/json_option.hpp>
#include <codegen/tool/model_options.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>
#include <runtime/host/files/sha256.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <ostream>

namespace etch::tool {

namespace {

struct ProveOptions {
  ModelOptions model;
  JsonOption json;
  std::string board = "desktop", folder, headers;
};

void certify(const ProveOptions& options, std::ostream& out) {
  const kernels::KernelSets kernels = host::kernels_of(options.board);
  const std::filesystem::path headers =
      options.headers.empty() ? host::find_headers(std::filesystem::read_symlink("/proc/self/exe"))
                              : host::checked_headers(options.headers);
  const host::ImportedModel model =
      host::prepare(load_model(options.model, text_of(options.json, out)), kernels);
  const auto program = host::program_of(model, false, true, kernels);
  const std::string hash = host::sha256_hex(host::read_file(options.model.file));
  host::Certificate certificate = host::prove(
      model, *program, {options.folder, headers, options.board, "the model with the SHA-256 " + hash});
  certificate.subject.insert(certificate.subject.begin(), {"model, SHA-256", hash});
  host::print_certificate(certificate, text_of(options.json, out));
  if (options.json.wanted) {
    nlohmann::ordered_json data{{"command", "prove"}};
    data.update(host::certificate_data(certificate));
    print_json(data, out);
  }
  if (!certificate.holds())
    throw Error("not everything is proven of '" + certificate.model + "': what was built and run is in " +
                options.folder);
}

}  // namespace

void add_prove(CLI::App& tool, std::ostream& out) {
  CLI::App* command = tool.add_subcommand(
      "prove", "Prove that a model's code is safe for every input, and print a certificate (docs/safety.md)");
  const auto options = std::make_shared<ProveOptions>();
  add_model_options(*command, options->model);
  command
      ->add_option("-o,--output", options->folder,
                   "The folder for what is built and run: the evidence, some MB")
      ->required();
  command->add_option("--board", options->board,
                      "The board or core that the model is planned for, as `etch compile` takes it");
  command->add_option("--headers", options->headers,
                      "Where Etch's headers are, if not beside the program: a clone of Etch, or "
                      "<prefix>/include/etch0");
  add_json_option(*command, options->json);
  command->callback([options, &out] { certify(*options, out); });
}

}  // namespace etch::tool
