// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/quantize/quantize.hpp>
#include <codegen/tool/weights_option.hpp>

#include <cstddef>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace etch::tool {

/// Which model a command works on: a file, quantized first where that is asked for.
struct ModelOptions {
  std::string file;
  bool int8 = false, int16 = false, report = false;
  std::vector<std::string> calibrate, shapes;
  std::string ranges;
  WeightsOption weights;
  bool tflite_functions = false;   ///< not an option: the model becomes a .tflite file
  std::optional<std::string> cut;  ///< the value that the model ends at
};

void add_model_options(CLI::App& command, ModelOptions& options);

/// Reads the model, and quantizes it. Throws `Error`. \param report if given, how far each layer is from the
/// model before; empty where nothing was quantized.
host::ImportedModel load_model(const ModelOptions& options, std::ostream& out,
                               host::QuantizationReport* report = nullptr);
/// The same of a file that was read.
host::ImportedModel load_model(const ModelOptions& options, std::span<const std::byte> file,
                               std::ostream& out, host::QuantizationReport* report = nullptr);

/// The model as its layers declare it, before anything is folded (`ImportOptions::declared`).
host::ImportedModel load_declared_model(const ModelOptions& options);

}  // namespace etch::tool
