// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/cycles/mistake.hpp>
#include <runtime/boards/cycles/program.hpp>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace etch::cycles {
namespace {

// Of the ELF format: places and sizes in its tables, for 32 bits.
constexpr std::size_t header_bytes = 52;
constexpr std::uint32_t loaded = 1, symbol_table = 2, function_type = 2;
constexpr std::uint32_t thumb = 1;  // lowest bit of a function's address

constexpr std::uint32_t step_bytes = 52;  // of etch_step where pointers have 32 bits
constexpr std::size_t longest_op = 64;

}  // namespace

Program::Program(const std::string& path) : path_(path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw Mistake("elf=" + path + " cannot be read: " + std::strerror(errno));
  file_.assign(std::istreambuf_iterator<char>(stream), {});
  if (file_.size() < header_bytes || file_.compare(0, 6, "\177ELF\1\1") != 0)
    throw Mistake("elf=" + path + " is no ELF file for a 32-bit core");
  read_segments();
  read_symbols();
  if (symbols_.empty()) throw Mistake("elf=" + path + " names no functions: it must not be stripped");
}

std::uint32_t Program::number(std::size_t offset, int bytes) const {
  if (offset > file_.size() || file_.size() - offset < static_cast<std::size_t>(bytes))
    throw Mistake("elf=" + path_ + " ends within its tables");
  std::uint32_t value = 0;
  for (int i = bytes; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(file_[offset + static_cast<std::size_t>(i)]);
  return value;
}

std::string Program::text(std::size_t offset, std::size_t most) const {
  const std::string_view rest = std::string_view(file_).substr(std::min(offset, file_.size()), most);
  return std::string(rest.substr(0, rest.find('\0')));
}

void Program::read_segments() {
  const std::size_t table = number(28, 4), entry = number(42, 2), count = number(44, 2);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = table + i * entry;
    if (number(at, 4) == loaded)
      segments_.push_back({number(at + 8, 4), number(at + 4, 4), number(at + 16, 4)});
  }
}

void Program::read_symbols() {
  const std::size_t sections = number(32, 4), entry = number(46, 2), count = number(48, 2);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = sections + i * entry;
    if (number(at + 4, 4) != symbol_table) continue;
    const std::size_t begin = number(at + 16, 4), bytes = number(at + 20, 4);
    const std::size_t strings = number(sections + number(at + 24, 4) * entry + 16, 4);
    for (std::size_t symbol = begin; symbol + 16 <= begin + bytes; symbol += 16) {
      const bool defined = number(symbol + 14, 2) != 0;
      if (!defined || (number(symbol + 12, 1) & 15) != function_type) continue;
      symbols_.push_back({number(symbol + 4, 4) & ~thumb, number(symbol + 8, 4),
                          text(strings + number(symbol, 4), file_.size())});
    }
  }
  std::stable_sort(symbols_.begin(), symbols_.end(),
                   [](const Symbol& a, const Symbol& b) { return a.address < b.address; });
}

const Symbol* Program::function_at(std::uint32_t address) const {
  auto after =
      std::upper_bound(symbols_.begin(), symbols_.end(), address,
                       [](std::uint32_t value, const Symbol& symbol) { return value < symbol.address; });
  if (after == symbols_.begin()) return nullptr;
  // Of several names of one place, the first.
  const std::uint32_t begin = std::prev(after)->address;
  const auto found =
      std::lower_bound(symbols_.begin(), after, begin,
                       [](const Symbol& symbol, std::uint32_t value) { return symbol.address < value; });
  // A function of assembly that says no size goes on to the next.
  return found->bytes == 0 || address - begin < found->bytes ? &*found : nullptr;
}

std::vector<std::uint32_t> Program::addresses_of(std::string_view name) const {
  std::vector<std::uint32_t> addresses;
  for (const Symbol& symbol : symbols_)
    if (symbol.name == name) addresses.push_back(symbol.address);
  return addresses;
}

std::optional<std::size_t> Program::offset_of(std::uint32_t address, std::uint32_t bytes) const {
  for (const Segment& segment : segments_) {
    if (address < segment.address || bytes > segment.bytes ||
        address - segment.address > segment.bytes - bytes)
      continue;
    const std::size_t offset = std::size_t{segment.offset} + (address - segment.address);
    if (offset + bytes <= file_.size()) return offset;
  }
  return std::nullopt;
}

std::optional<StepRecord> Program::step_at(std::uint32_t address) const {
  const std::optional<std::size_t> at = offset_of(address, step_bytes);
  if (!at) return std::nullopt;
  const std::optional<std::size_t> op = offset_of(number(*at + 4, 4), 1);
  if (!op) return std::nullopt;
  StepRecord step;
  step.op = text(*op, longest_op + 1);
  const bool is_name = !step.op.empty() && step.op.size() <= longest_op &&
                       std::all_of(step.op.begin(), step.op.end(), [](unsigned char c) {
                         return std::isalnum(c) != 0 || c == '_' || c == ' ';
                       });
  if (!is_name) return std::nullopt;
  step.index = static_cast<int>(number(*at, 4));
  for (std::size_t i = 0; i < 4; ++i) {
    step.in[i] = static_cast<int>(number(*at + 8 + 4 * i, 4));
    step.out[i] = static_cast<int>(number(*at + 24 + 4 * i, 4));
    if (step.in[i] < 0 || step.out[i] < 0) return std::nullopt;
  }
  step.macs = number(*at + 40, 4);
  if (step.index < 0) return std::nullopt;
  return step;
}

}  // namespace etch::cycles
