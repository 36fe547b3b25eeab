// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/firmware/firmware_files.hpp>
#include <etch/model/program/stream.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// Writes a trained model as sources for firmware: the weights, and a C99 API over the code that Etch's
/// headers make of the declaration.
namespace etch::host {

struct ExportOptions {
  std::filesystem::path folder;  ///< made if it is not there
  std::string name = "model";    ///< prefix of files, functions and (in capitals) macros: a C identifier
  std::string header;            ///< the declaration, as the generated source includes it
  std::string model;             ///< the C++ expression that names the declared variable; default: `name`
  bool blob = false;             ///< the weights are a blob, which a context is told (docs/weights_blob.md)
  std::uint32_t version = 0;     ///< of the model
  bool stream = false;           ///< set by `export_stream`: a prediction is one time
};

/// Writes the files of a declared model. Throws `Error`.
void write_firmware(FirmwareModel model, std::span<const std::byte> weights, const ExportOptions& options);

/// Throws `Error` unless `found` bytes are the `expected` ones of a model's weights.
void check_weight_bytes(std::size_t found, std::size_t expected, const ExportOptions& options);

/// What the files say of a declared model's deployment. \param graph with the shapes of its ends.
template <class Shipped, class G>
FirmwareModel firmware_of(const G& graph) {
  FirmwareModel model;
  for (int k = 0; k < Shipped::inputs; ++k)
    model.ends.inputs.push_back({.elements = graph.input_shapes[k].size(), .shape = graph.input_shapes[k]});
  for (int k = 0; k < Shipped::outputs; ++k)
    model.ends.outputs.push_back(
        {.elements = graph.output_shapes[k].size(), .shape = graph.output_shapes[k]});
  model.weight_bytes = Shipped::weight_bytes;
  model.arena_bytes = Shipped::arena_bytes;
  model.arena_alignment = Shipped::program.options.alignment;
  model.layout = Shipped::layout;
  return model;
}

/// Folds trained weights (a trainer's `weights()`) and writes the model that ships into `options.folder`.
template <const auto& Declared>
void export_firmware(std::span<const std::byte> trained_weights, const ExportOptions& options) {
  using Shipped = Deployment<Declared>;
  check_weight_bytes(trained_weights.size(), Shipped::source.weight_bytes, options);
  std::vector<std::byte> weights(Shipped::weight_bytes);
  fold_weights<Declared>(trained_weights, weights);

  write_firmware(firmware_of<Shipped>(Shipped::graph_), weights, options);
}

/// The same of a declared model over sequences [time, ...] that streams, as `Stream` does: a prediction is
/// one time, and what it carries to the next lies in states of the context. The weights are the trained ones.
template <const auto& Declared>
void export_stream(std::span<const std::byte> trained_weights, ExportOptions options) {
  using Shipped = StreamDeployment<Declared>;
  options.stream = true;
  FirmwareModel model = firmware_of<Shipped>(Shipped::program.graph);
  model.state_bytes = Shipped::state_bytes;
  write_firmware(std::move(model), trained_weights, options);
}

}  // namespace etch::host
