// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/cycles/pipeline.hpp>

#include <algorithm>

namespace etch::cycles {
namespace {

// Of the manuals, where a range is given: what calibration found (docs/cycles.md).
constexpr int divide_cycles = 6;        // 2 to 12, by the operands, which a plugin cannot see
constexpr int multiply_add_cycles = 1;  // the manual prints 2, which takes a measured program 6 % too high
constexpr int fp_multiply_add_cycles = 3;
constexpr int fp_divide_cycles = 14;
constexpr int most_refill = 3;

bool is_fp_arithmetic(Kind kind) {
  return kind == Kind::fp || kind == Kind::fp_multiply_add || kind == Kind::fp_divide;
}

/// Whether its result comes too late to be the address of the next instruction.
bool computes(Kind kind) {
  return kind == Kind::alu || kind == Kind::multiply || kind == Kind::multiply_add || kind == Kind::divide;
}

int refill_of(Kind kind) {
  switch (kind) {
    case Kind::branch:
      return 1;
    case Kind::branch_register:
      return 2;
    default:
      return 3;
  }
}

}  // namespace

int Pipeline::refill(const Instruction& next) const {
  if (previous_ == nullptr || next.address == previous_->end()) return 0;
  const bool in_two_words = next.bytes == 4 && (next.address & 2) != 0;
  return std::min(refill_of(previous_->kind) + (in_two_words ? 1 : 0), most_refill);
}

/// Cycles until the registers are there that `next` needs at once.
int Pipeline::waiting(const Instruction& next) const {
  if (previous_ == nullptr) return 0;
  const bool address =
      accesses_memory(next.kind) && computes(previous_->kind) && (previous_->written & next.base) != 0;
  const bool fp = is_fp_arithmetic(previous_->kind) && (previous_->fp_written & next.fp_read) != 0;
  return (address ? 1 : 0) + (fp ? 1 : 0);
}

Pipeline::Cost Pipeline::issue(const Instruction& next) {
  Cost cost;
  cost.result = waiting(next);
  // Loads behind one another take a cycle each, unless one gives the address of the next.
  const bool behind_load = loaded_ && previous_ != nullptr;
  const bool pipelined = behind_load && (previous_->written & next.base) == 0;
  bool loads = false;
  switch (next.kind) {
    case Kind::load:
      loads = true;
      if (!pipelined) ++(behind_load ? cost.result : cost.memory);
      break;
    case Kind::store:
      cost.memory = next.register_offset && !pipelined ? 1 : 0;
      break;
    case Kind::load_two:
    case Kind::store_two:
      cost.memory = 2;
      break;
    case Kind::load_many:
    case Kind::store_many:
    case Kind::fp_load_many:
    case Kind::fp_store_many:
      cost.memory = next.words;
      break;
    case Kind::load_counter:
      cost.memory = 1;
      break;
    case Kind::table_branch:
      cost.memory = 2;
      break;
    case Kind::fp_load:
      loads = true;
      cost.memory = next.words - (pipelined ? 1 : 0);
      break;
    case Kind::fp_store:
      cost.memory = next.words - 1;
      break;
    case Kind::divide:
      cost.arithmetic = divide_cycles - 1;
      break;
    case Kind::multiply_add:
      cost.arithmetic = multiply_add_cycles - 1;
      break;
    case Kind::fp_multiply_add:
      cost.arithmetic = fp_multiply_add_cycles - 1;
      break;
    case Kind::fp_divide:
      cost.arithmetic = fp_divide_cycles - 1;
      break;
    case Kind::if_then:
      cost.folded = previous_ != nullptr && previous_->bytes == 2 && previous_->end() == next.address;
      break;
    default:
      break;
  }
  previous_ = &next;
  loaded_ = loads;
  return cost;
}

int unaligned_cycles(std::uint64_t address, unsigned shift) {
  if (shift == 1) return (address & 1) != 0 ? 1 : 0;
  if (shift != 2) return 0;
  if ((address & 1) != 0) return 2;
  return (address & 2) != 0 ? 1 : 0;
}

}  // namespace etch::cycles
