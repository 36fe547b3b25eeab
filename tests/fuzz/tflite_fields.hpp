// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <tests/fuzz/mutation.hpp>

#include <array>

namespace etch::fuzz {

/// What a number in a .tflite file stands for.
enum class FieldKind {
  other,          ///< versions, numbers of buffers and operator codes, kinds of details
  element_kind,   ///< of a tensor
  operator_kind,  ///< in the list of operator codes
  tensor,         ///< an input or output of an operator, or of the graph
  extent,         ///< of a tensor's shape
  scale,
  zero_point,
  option,
  length,  ///< of any list
  constant,
};
inline constexpr std::size_t field_kinds = 10;

/// Where a number stands in a file.
struct FieldPlace {
  std::size_t offset = 0;
  std::size_t bytes = 0;  ///< 1, 4 or 8
};

/// All numbers of a file that the reader knows, by kind. None of a file that is no flatbuffer of this schema.
using TfliteFields = std::array<std::vector<FieldPlace>, field_kinds>;
TfliteFields fields_of_tflite(const Bytes& file);

/// Makes another file of one that is whole: one to three numbers become others, or one extent becomes the
/// same other number wherever it stands. False where there is nothing to change.
bool mutate_tflite(Bytes& file, Dice& dice);

}  // namespace etch::fuzz
