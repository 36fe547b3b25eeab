// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/cycles/instruction.hpp>
#include <runtime/boards/cycles/registers.hpp>

#include <algorithm>
#include <bit>
#include <initializer_list>

namespace etch::cycles {
namespace {

/// The text of an instruction in parts.
struct Text {
  std::string_view mnemonic;  ///< without .w
  std::string_view operands;

  explicit Text(std::string_view text) {
    const std::size_t space = std::min(text.find_first_of(" \t"), text.size());
    mnemonic = text.substr(0, space);
    mnemonic = mnemonic.substr(0, mnemonic.find(".w"));
    operands = text.substr(space);
    operands.remove_prefix(std::min(operands.find_first_not_of(" \t"), operands.size()));
  }

  bool begins(std::initializer_list<std::string_view> names) const {
    return std::any_of(names.begin(), names.end(),
                       [this](std::string_view name) { return mnemonic.substr(0, name.size()) == name; });
  }
  std::string_view first() const { return operands.substr(0, operands.find(',')); }
  std::string_view behind_first() const { return operands.substr(first().size()); }
  std::string_view before(char c) const { return operands.substr(0, operands.find(c)); }
  /// From `c` on; nothing where there is none.
  std::string_view from(char c) const { return operands.substr(std::min(operands.find(c), operands.size())); }
};

void decode_fp_memory(const Text& text, Instruction& i) {
  if (text.begins({"vldr", "vstr"})) {
    const bool loads = text.begins({"vldr"});
    i.kind = loads ? Kind::fp_load : Kind::fp_store;
    i.words = text.first().substr(0, 1) == "d" ? 2 : 1;
    i.base = core_registers(text.from('[')) & ~program_counter;
    (loads ? i.fp_written : i.fp_read) = fp_registers(text.first());
    return;
  }
  const bool loads = text.begins({"vldm", "vpop"});
  const std::uint64_t moved = fp_registers(text.from('{'));
  i.kind = loads ? Kind::fp_load_many : Kind::fp_store_many;
  i.words = std::popcount(moved);
  i.base = core_registers(text.before('{'));
  (loads ? i.fp_written : i.fp_read) = moved;
}

void decode_fp(const Text& text, Instruction& i) {
  if (text.begins({"vldr", "vstr", "vldm", "vstm", "vpop", "vpush"})) return decode_fp_memory(text, i);
  i.kind = Kind::fp;
  if (text.begins({"vfma", "vfms", "vmla", "vmls", "vfnm", "vnmla", "vnmls"})) i.kind = Kind::fp_multiply_add;
  if (text.begins({"vdiv", "vsqrt"})) i.kind = Kind::fp_divide;
  i.fp_written = fp_registers(text.first());
  i.fp_read = fp_registers(text.behind_first());
  if (text.begins({"vcmp"})) i.fp_read |= i.fp_written;
  if (text.begins({"vmov", "vmrs", "vmsr"})) {
    i.written = core_registers(text.first());
    i.fp_written = 0;
    if (text.begins({"vmrs"})) i.fp_read = ~std::uint64_t{0};  // waits for whatever sets the flags
  }
}

void decode_many(const Text& text, Instruction& i) {
  const std::uint32_t moved = core_registers(text.from('{'));
  const bool stack = text.begins({"pop", "push"});
  i.words = std::popcount(moved);
  i.base = stack ? 1U << 13 : core_registers(text.before('{'));
  if (text.begins({"ldm", "pop"})) {
    i.kind = Kind::load_many;
    i.written = moved;
  } else {
    i.kind = Kind::store_many;
  }
}

void decode_memory(const Text& text, Instruction& i) {
  const std::string_view address = text.from('[');
  i.base = core_registers(address) & ~program_counter;
  if (text.begins({"ldrd"})) {
    i.kind = Kind::load_two;
    i.written = core_registers(text.before('['));
  } else if (text.begins({"strd"})) {
    i.kind = Kind::store_two;
  } else if (text.begins({"ldr"})) {
    i.written = core_registers(text.first());
    i.kind = (i.written & program_counter) != 0 ? Kind::load_counter : Kind::load;
  } else {
    i.kind = Kind::store;
    const std::string_view brackets = address.substr(0, address.find(']'));
    const std::size_t comma = std::min(brackets.find(','), brackets.size());
    i.register_offset = core_registers(brackets.substr(comma)) != 0;
  }
}

/// Whether it is a branch.
bool decode_branch(const Text& text, Instruction& i) {
  if (text.begins({"tbb", "tbh"})) {
    i.kind = Kind::table_branch;
  } else if (text.begins({"bx", "blx"})) {
    i.kind = Kind::branch_register;
    i.calls = text.begins({"blx"});
  } else if (text.begins({"cbz", "cbnz"})) {
    i.kind = Kind::branch;
  } else if (text.begins({"b"}) && !text.begins({"bic", "bfi", "bfc", "bkpt"})) {
    i.kind = Kind::branch;
    i.calls = text.mnemonic == "bl" || (text.begins({"bl"}) && text.mnemonic.size() == 4);  // bleq, not ble
  } else {
    return false;
  }
  return true;
}

void decode_arithmetic(const Text& text, Instruction& i) {
  if (text.begins({"msr", "mrs", "isb", "dsb", "dmb", "cps", "bkpt", "svc", "wf"})) {
    i.kind = Kind::system;
    return;
  }
  if (text.begins({"cmp", "cmn", "tst", "teq"})) return;  // write nothing
  i.written = core_registers(text.first());
  if (text.begins({"sdiv", "udiv"})) {
    i.kind = Kind::divide;
  } else if (text.begins({"mla", "mls"})) {
    i.kind = Kind::multiply_add;
  } else if (text.begins({"mul", "sml", "smu", "uml", "umu", "umaa", "smm"})) {
    i.kind = Kind::multiply;
  } else if (text.begins({"mov", "add"}) && (i.written & program_counter) != 0) {
    i.kind = Kind::branch_register;
  }
  if (text.begins({"smull", "umull", "smlal", "umlal", "umaal", "smlsld"})) {
    std::string_view second = text.behind_first();
    second.remove_prefix(std::min<std::size_t>(second.size(), 1));
    i.written |= core_registers(second.substr(0, second.find(',')));
  }
}

}  // namespace

Instruction decode(std::uint32_t address, int bytes, std::string_view written) {
  const Text text(written);
  Instruction i;
  i.address = address;
  i.bytes = bytes;
  if (text.begins({"v"})) {
    decode_fp(text, i);
  } else if (text.begins({"ldm", "pop", "stm", "push"})) {
    decode_many(text, i);
  } else if (text.begins({"ldr", "str"})) {
    decode_memory(text, i);
  } else if (text.begins({"it"})) {
    i.kind = Kind::if_then;
  } else if (!decode_branch(text, i)) {
    decode_arithmetic(text, i);
  }
  return i;
}

bool accesses_memory(Kind kind) {
  switch (kind) {
    case Kind::load:
    case Kind::store:
    case Kind::load_two:
    case Kind::store_two:
    case Kind::load_many:
    case Kind::store_many:
    case Kind::load_counter:
    case Kind::fp_load:
    case Kind::fp_store:
    case Kind::fp_load_many:
    case Kind::fp_store_many:
      return true;
    default:
      return false;
  }
}

bool may_return(const Instruction& i) {
  return i.kind == Kind::branch_register || (i.written & program_counter) != 0;
}

}  // namespace etch::cycles
