// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/cycles/meter.hpp>
#include <runtime/boards/cycles/mistake.hpp>

#include <algorithm>

namespace etch::cycles {
namespace {

constexpr std::uint32_t end_of_flash = 0x20000000;  // the code region of Armv7-M ends there

bool contains(const std::vector<std::uint32_t>& addresses, std::uint32_t address) {
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

}  // namespace

Meter::Meter(const Parameters& parameters, const Program& program)
    : program_(program),
      roi_(program.addresses_of(parameters.roi)),
      step_begins_(program.addresses_of("etch_step_begins")),
      step_ends_(program.addresses_of("etch_step_ends")),
      flash_(parameters.flash) {
  if (roi_.empty())
    throw Mistake("roi=" + parameters.roi + ": there is no function of this name in " + parameters.elf +
                  "; it may be inlined, or of C++, where the name is the one that nm prints");
}

FunctionCounts* Meter::function_of(std::uint32_t address) {
  const Symbol* symbol = program_.function_at(address);
  const std::uint32_t begin = symbol != nullptr ? symbol->address : ~0U;
  const auto [found, added] = functions_.try_emplace(begin);
  if (added) found->second = {symbol != nullptr ? symbol->name : "(no function)", begin, {}};
  return &found->second;
}

Code* Meter::translate(std::uint32_t address, int bytes, std::string_view text) {
  std::unique_ptr<Code>& code = code_[address];
  if (!code)
    code = std::make_unique<Code>(Code{decode(address, bytes, text), function_of(address),
                                       contains(roi_, address), contains(step_begins_, address),
                                       contains(step_ends_, address)});
  return code.get();
}

void Meter::spend(const Code& code, Cause cause, int cycles) {
  if (cycles == 0) return;
  now_ += static_cast<std::uint64_t>(cycles);
  call_.cycles += static_cast<std::uint64_t>(cycles);
  measured_.total.spend(cause, cycles);
  code.function->counts.spend(cause, cycles);
  if (step_ != nullptr) step_->counts.spend(cause, cycles);
}

void Meter::leave() {
  if (measured_.calls == 0 || call_.cycles < measured_.least.cycles) measured_.least = call_;
  if (measured_.calls == 0 || call_.cycles > measured_.most.cycles) measured_.most = call_;
  ++measured_.calls;
  measured_depth_.reset();
  hook_depth_.reset();
  step_ = nullptr;
}

/// False outside of the measured function.
bool Meter::goes_on_measuring(const Code& code) {
  if (measured_depth_) {
    if (calls_.depth() >= *measured_depth_) return true;
    leave();
  }
  if (!code.is_roi) return false;
  measured_depth_ = calls_.depth();
  call_ = {};
  pipeline_.restart();
  taken_ = nullptr;
  return true;
}

/// The hooks around steps are there for measuring: what they take is not counted.
bool Meter::is_in_hook(const Code& code) {
  if (hook_depth_) {
    if (calls_.depth() >= *hook_depth_) return true;
    hook_depth_.reset();
    step_ = next_step_;
    if (step_ != nullptr) ++step_->runs;
    if (hook_begins_ && step_ == nullptr) measured_.unknown_step = true;
  }
  if (!code.step_begins && !code.step_ends) return false;
  hook_depth_ = calls_.depth();
  hook_begins_ = code.step_begins;
  next_step_ = nullptr;
  return true;
}

void Meter::execute(const Code& code) {
  if (last_ != nullptr) calls_.follow(*last_, code.instruction.address);
  last_ = &code.instruction;
  if (goes_on_measuring(code) && !is_in_hook(code)) take(code);
}

/// Of the first instruction of a call, neither the jump to it nor its fetch counts: they are the caller's.
void Meter::take(const Code& code) {
  const Instruction& instruction = code.instruction;
  if (taken_ != nullptr) {
    const int refill = pipeline_.refill(instruction);
    spend(*taken_, Cause::branch, refill);  // of the branch
    if (instruction.address < end_of_flash)
      spend(code, Cause::fetch, flash_.fetch(instruction.address, instruction.bytes, now_, refill == 0));
  }
  taken_ = &code;
  const Pipeline::Cost cost = pipeline_.issue(instruction);
  spend(code, Cause::issue, cost.folded ? 0 : 1);
  spend(code, Cause::arithmetic, cost.arithmetic);
  spend(code, Cause::memory, cost.memory);
  spend(code, Cause::result, cost.result);
  ++call_.instructions;
  ++measured_.total.instructions;
  ++code.function->counts.instructions;
  if (step_ != nullptr) ++step_->counts.instructions;
}

void Meter::access(const Code& code, std::uint64_t address, unsigned shift, bool stores) {
  if (!measured_depth_) return;
  if (hook_depth_) {
    if (!hook_begins_ || stores || next_step_ != nullptr) return;
    const auto at = static_cast<std::uint32_t>(address);
    const std::optional<StepRecord> record = program_.step_at(at);
    if (!record) return;
    const auto [found, added] = step_counts_.try_emplace(at);
    next_step_ = &found->second;
    if (added) {
      next_step_->record = *record;
      measured_.steps.push_back(next_step_);
    }
    return;
  }
  spend(code, Cause::unaligned, unaligned_cycles(address, shift));
  if (address < end_of_flash && !stores)
    spend(code, Cause::data, flash_.load(static_cast<std::uint32_t>(address), now_));
}

Measured Meter::end() {
  if (measured_depth_) {
    leave();
    measured_.unfinished = true;
  }
  for (const auto& each : functions_)
    if (each.second.counts.instructions > 0) measured_.functions.push_back(&each.second);
  std::stable_sort(measured_.functions.begin(), measured_.functions.end(),
                   [](const FunctionCounts* a, const FunctionCounts* b) {
                     return a->counts.cycles() > b->counts.cycles();
                   });
  return measured_;
}

}  // namespace etch::cycles
