// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace etch::cycles {

/// A function of a firmware, as the table of symbols has it.
struct Symbol {
  std::uint32_t address = 0, bytes = 0;
  std::string name;
};

/// What runtime/step_hook.h's `etch_step` says of a step.
struct StepRecord {
  int index = 0;
  std::string op;
  std::array<int, 4> in{}, out{};  ///< extents, 0 behind the last
  std::uint32_t macs = 0;
};

/// An ELF file for a 32-bit little-endian core.
class Program {
 public:
  /// Throws a Mistake where it cannot be read.
  explicit Program(const std::string& path);

  /// The function that holds an address; null where none does.
  const Symbol* function_at(std::uint32_t address) const;
  /// Where functions of a name begin: several where files have static ones of the same name.
  std::vector<std::uint32_t> addresses_of(std::string_view name) const;
  /// What lies there, if it can be a step.
  std::optional<StepRecord> step_at(std::uint32_t address) const;

 private:
  struct Segment {
    std::uint32_t address, offset, bytes;
  };

  std::uint32_t number(std::size_t offset, int bytes) const;
  std::string text(std::size_t offset, std::size_t most) const;
  std::optional<std::size_t> offset_of(std::uint32_t address, std::uint32_t bytes) const;
  void read_segments();
  void read_symbols();

  std::string path_, file_;
  std::vector<Segment> segments_;
  std::vector<Symbol> symbols_;  ///< by address
};

}  // namespace etch::cycles
