// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/kept_channels.hpp>
#include <etch/graph/builder.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace etch::host {

/// How stored whole numbers stand for real ones: scale * (stored - zero point). Scale 0: they are real.
struct Quantization {
  float scale = 0;
  std::int32_t zero_point = 0;
  bool operator==(const Quantization&) const = default;
};

/// What a real value spans. Quantized, it always holds 0, which padding needs.
struct Range {
  float lowest = 0, highest = 0;
};

/// What the source says of a value.
struct ImportedValue {
  std::string name;
  Shape shape;  ///< of one sample, with all its channels
  Quantization quantization;
  KeptChannels kept{};
  std::optional<Range> range{};  ///< that it was trained with: the quantizer then looks for none
  bool is_unsigned = false;      ///< an input or output of int8 whose bytes are numbers of uint8 outside
};

/// An operator of the source, in its order, and the values that hold its results, -1 where there is none
/// because the result is a constant, or a pass merged it into another operator. Operators without steps of
/// their own (reshapes) give the values they rename.
struct SourceOperator {
  std::string kind;  ///< as the source's format names it
  int index = 0;
  std::vector<int> results;
};

/// Weights that a file holds as int8 for steps of real numbers (a hybrid model), in bytes there and as the
/// floats that they became.
struct WidenedWeights {
  long long stored_bytes = 0, real_bytes = 0;
};

/// A model that was read from a file: a graph like a declared one, with the numbers that the file had for its
/// parameters.
struct ImportedModel {
  std::string name;
  std::unique_ptr<Graph<declaration_capacity>> graph;
  std::vector<std::vector<std::byte>> parameters;  ///< bytes of each parameter, in their order
  std::vector<ImportedValue> values;               ///< by value: parameters first, as in the graph
  std::vector<SourceOperator> operators;
  std::vector<int> source;  ///< by step: which of `operators` it comes from
  WidenedWeights widened{};
  bool int4_weights = false;         ///< int8 weights that all fit 4 bits ship in 4 bits: `pack_int4`
  std::vector<std::string> notes{};  ///< what its user should know of how it was read, a sentence each
};

}  // namespace etch::host
