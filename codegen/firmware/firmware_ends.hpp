// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

#include <string>
#include <string_view>
#include <vector>

/// Inputs and outputs in the generated C99 API of a model.
namespace etch::host {

/// An input or output, as C sees it.
struct FirmwareEnd {
  int elements = 0;
  ElementType type = ElementType::real;
  Quantization quantization{};
  int value = -1,
      offset = 0;      ///< which value of `Model::program`, and its bytes into the arena if it lies there
  Shape shape{};       ///< of one sample
  std::string name{};  ///< that the model's file has, as a comment may hold it; empty: none
  bool is_unsigned = false;  ///< its bytes are to be read as uint8_t
};

/// All of a model: the caller's own buffers, or places in the arena.
struct FirmwareEnds {
  std::vector<FirmwareEnd> inputs, outputs;
  bool in_arena = false;
};

/// Bytes of inputs and outputs that lie with the caller.
int bytes_outside(const FirmwareEnds& ends);

/// Fills in what a generated file says of inputs and outputs; @name@ and @NAME@ stay.
std::string fill_in_ends(std::string text, const FirmwareEnds& ends);

/// A name as part of a macro's.
std::string capitals(std::string name);
/// The text with each `what` replaced.
std::string replaced(std::string text, std::string_view what, std::string_view by);
/// A number as C has it, 0x and so many digits.
std::string hexadecimal(std::uint64_t value, std::size_t digits);

}  // namespace etch::host
