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

/// --weights and --max-error: how many bits a quantized model's weights have.
struct WeightsOption {
  std::string bits;  ///< int8 (or nothing), int4, auto
  std::optional<double> max_error;
  bool narrows() const { return bits == "int4" || bits == "auto"; }
};

void add_weights_option(CLI::App& command, WeightsOption& option);

/// Throws `Error` for what does not go together. \param samples whether there are some to choose by.
void check_weights_option(const WeightsOption& option, bool samples);

/// The model with weights of 4 bits. \param calibrate files of samples, one an input, or none. \param floats
/// whether raw files hold floats. \param out gets a sentence, with `table` a table before it.
host::ImportedModel narrowed(const host::ImportedModel& model, const WeightsOption& option,
                             const std::vector<std::string>& calibrate, bool floats, bool table,
                             std::ostream& out);

}  // namespace etch::tool
