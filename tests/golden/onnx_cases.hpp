// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/onnx/import.hpp>

#include <filesystem>
#include <string>
#include <vector>

/// ONNX's own test data: a folder a case, with a model, its inputs and its results.
namespace etch::golden {

struct OnnxOutcome {
  std::string name;
  std::string refused;     ///< the sentence, or empty
  std::string wrong;       ///< what is, or empty
  bool constants = false;  ///< some of its inputs were given as constants
  int moves = 0;           ///< transpositions that stayed

  bool passed() const { return refused.empty() && wrong.empty(); }
};

/// The folder of Debian's libonnx-testdata, or an empty path.
std::filesystem::path onnx_test_data();

/// Imports a case and runs it on its first set of data. Where the model is refused since an input would have
/// to be constant, inputs that are no floats are given as constants, then all but the first.
OnnxOutcome run_onnx_case(const std::filesystem::path& folder);
std::vector<OnnxOutcome> run_onnx_cases(const std::filesystem::path& folder);

/// The bytes that an input takes, of numbers in the order of ONNX.
std::vector<std::byte> input_bytes(const host::onnx::EndOrder& end, const host::onnx::Array& numbers);
/// What an output holds, in the order of ONNX.
std::vector<double> output_numbers(const host::onnx::EndOrder& end, std::span<const std::byte> bytes);

}  // namespace etch::golden
