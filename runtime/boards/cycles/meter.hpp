// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/boards/cycles/call_stack.hpp>
#include <runtime/boards/cycles/counts.hpp>
#include <runtime/boards/cycles/flash.hpp>
#include <runtime/boards/cycles/parameters.hpp>
#include <runtime/boards/cycles/pipeline.hpp>
#include <runtime/boards/cycles/program.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace etch::cycles {

struct FunctionCounts {
  std::string symbol;
  std::uint32_t address = 0;
  Counts counts;
};

struct StepCounts {
  StepRecord record;
  std::uint64_t runs = 0;
  Counts counts;
};

/// What one call of the measured function took.
struct CallCounts {
  std::uint64_t instructions = 0, cycles = 0;
};

struct Measured {
  std::uint64_t calls = 0;
  CallCounts least, most;     ///< the calls of the fewest and of the most cycles
  bool unfinished = false;    ///< the program ended within the last call
  bool unknown_step = false;  ///< a step began that said nothing of itself
  Counts total;
  std::vector<const FunctionCounts*> functions;  ///< that ran; those of the most cycles first
  std::vector<const StepCounts*> steps;          ///< in the order in which they ran first
};

/// An instruction of the program, prepared for counting.
struct Code {
  Instruction instruction;
  FunctionCounts* function = nullptr;
  bool is_roi = false;                          ///< where the measured function begins
  bool step_begins = false, step_ends = false;  ///< where the hooks of runtime/step_hook.h begin
};

/// Follows a program, and counts what it takes while a function runs that is to be measured.
class Meter {
 public:
  /// Throws a Mistake where there is no such function.
  Meter(const Parameters& parameters, const Program& program);

  /// The instruction at an address; the same again for the same address. The meter keeps it.
  Code* translate(std::uint32_t address, int bytes, std::string_view text);
  bool knows(std::uint32_t address) const { return code_.contains(address); }
  void execute(const Code& code);
  /// The instruction that was executed last reads or writes 2^shift bytes.
  void access(const Code& code, std::uint64_t address, unsigned shift, bool stores);
  Measured end();

 private:
  FunctionCounts* function_of(std::uint32_t address);
  bool goes_on_measuring(const Code& code);
  bool is_in_hook(const Code& code);
  void leave();
  void spend(const Code& code, Cause cause, int cycles);
  void take(const Code& code);

  const Program& program_;
  std::vector<std::uint32_t> roi_, step_begins_, step_ends_;
  std::map<std::uint32_t, std::unique_ptr<Code>> code_;
  std::map<std::uint32_t, FunctionCounts> functions_;

  Flash flash_;
  Pipeline pipeline_;
  CallStack calls_;
  const Instruction* last_ = nullptr;  ///< that ran, counted or not
  const Code* taken_ = nullptr;        ///< that was counted last in this call
  std::uint64_t now_ = 0;

  std::optional<std::size_t> measured_depth_;  ///< of the stack of calls, while measuring
  std::optional<std::size_t> hook_depth_;      ///< while a hook runs, which is not counted
  bool hook_begins_ = false;
  StepCounts* step_ = nullptr;       ///< that runs
  StepCounts* next_step_ = nullptr;  ///< that the hook is told of
  std::map<std::uint32_t, StepCounts> step_counts_;
  CallCounts call_;
  Measured measured_;
};

}  // namespace etch::cycles
