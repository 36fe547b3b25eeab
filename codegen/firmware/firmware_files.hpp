// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/firmware/firmware_ends.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

/// The files of a model's firmware, whatever it was made of: weights, and a C99 API over a C++ program.
namespace etch::host {

/// What the generated files say of a model.
struct FirmwareModel {
  FirmwareEnds ends;
  int weight_bytes = 0, arena_bytes = 0, arena_alignment = 0, state_bytes = 0;
  std::uint64_t layout = 0;
  bool blob = false;          ///< the weights are a blob (weights_blob.hpp), which a context is told
  std::uint32_t version = 0;  ///< of the model, whatever its maker counts
  std::optional<std::uint32_t> answer{};  ///< `known_answer`; none: neither self test nor steps are written
  std::string origin;                     ///< what has to change for other files, as a comment says it
  std::string definition;  ///< C++ that defines `Model`; @name@, @NAME@ and @LAYOUT@ are filled in
};

/// Whether text can name C functions and files.
bool is_identifier(const std::string& name);

/// Writes `<name>.h`, `<name>.cpp`, and the weights as `<name>_weights.bin` and `.S` (which takes in the
/// former) or `.c` (for toolchains without .incbin) into a folder, which is made if it is not there. Throws
/// `Error`, which names the file; each file is whole or as it was.
void write_firmware_files(const FirmwareModel& model, std::span<const std::byte> weights,
                          const std::filesystem::path& folder, const std::string& name);

}  // namespace etch::host
