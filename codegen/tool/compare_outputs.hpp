// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/tool/samples.hpp>

#include <nlohmann/json_fwd.hpp>

#include <iosfwd>

namespace etch::tool {

/// How far one output lies from what another program gave, over all samples, in real numbers.
struct OutputDifference {
  std::size_t numbers = 0, different = 0;
  std::size_t beyond = 0;  ///< differ by more than the tolerance
  double largest = 0, rms = 0;
  std::size_t sample = 0, place = 0;  ///< of the largest
  double found = 0, expected = 0;     ///< there
};

/// How expected outputs are compared.
struct OutputCheck {
  std::vector<std::string> files;  ///< one an output
  double tolerance = -1;           ///< absolute, in real numbers; negative: what is stored has to be the same
  bool resets = false;             ///< states before each sample
};

/// Runs a model on samples and compares its outputs with those in files. Throws `Error` unless there is a
/// file for each output with as many samples.
std::vector<OutputDifference> compare_outputs(const host::ImportedModel& model,
                                              const std::vector<InputSamples>& inputs,
                                              const OutputCheck& check, const SampleOptions& options);

/// A table of them.
void print_differences(const std::vector<OutputDifference>& outputs, std::ostream& out);
nlohmann::ordered_json differences_data(const std::vector<OutputDifference>& outputs);
/// What is wrong, a sentence; "" where nothing lies beyond the tolerance.
std::string fault_of(const std::vector<OutputDifference>& outputs, const OutputCheck& check,
                     const std::string& model);

}  // namespace etch::tool
