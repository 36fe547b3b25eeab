// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

#include <iosfwd>
#include <optional>
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
  std::optional<std::string> cut;  ///< the value that the model ends at
};

void add_model_options(CLI::App& command, ModelOptions& options);

/// Reads the model, and quantizes it. Throws `Error`.
host::ImportedModel load_model(const ModelOptions& options, std::ostream& out);

}  // namespace etch::tool
