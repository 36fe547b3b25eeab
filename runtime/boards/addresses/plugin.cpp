// SPDX-License-Identifier: BSL-1.0
// A plugin for QEMU: which addresses a program touches between two of its functions. `etch prove` asks by it
// whether a step touches the same ones whatever its input is (docs/safety.md).
//   -plugin addresses.so,begin=1a4,end=1b0,log=FILE,read=0+8000,write=20000000-20008000,...
// Numbers are hexadecimal. From the instruction at `begin` to that at `end`, accesses are hashed in their
// order, with their sizes and whether they write. FILE gets a line each time: "touched HASH ACCESSES
// OUTSIDE", the last of them how many lie in none of the ranges `read` and `write` (first+bytes, or
// first-end), or write to one of `read`.

#include <runtime/boards/cycles/qemu_plugin.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace etch::addresses {
namespace {

struct Range {
  std::uint64_t first = 0, end = 0;
  bool writable = false;
};

struct Watch {
  std::uint64_t begin = 0, end = 0;
  std::vector<Range> ranges;
  std::FILE* log = nullptr;
  bool within = false;  ///< between the two functions
  std::uint64_t hash = 0, accesses = 0, outside = 0;
};
Watch watch;

/// What is left of `text` behind the number that it begins with, which goes to `number`.
std::optional<std::string_view> take_number(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (error != std::errc()) return std::nullopt;
  return text.substr(static_cast<std::size_t>(end - text.data()));
}

bool take_range(std::string_view text, bool writable) {
  Range range{.writable = writable};
  std::uint64_t second = 0;
  const auto rest = take_number(text, range.first);
  if (!rest || rest->empty() || (rest->front() != '+' && rest->front() != '-')) return false;
  if (take_number(rest->substr(1), second) != std::string_view()) return false;
  range.end = rest->front() == '+' ? range.first + second : second;
  watch.ranges.push_back(range);
  return true;
}

bool take_parameter(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view name = text.substr(0, equals), value = text.substr(equals + 1);
  if (name == "begin") return take_number(value, watch.begin) == std::string_view();
  if (name == "end") return take_number(value, watch.end) == std::string_view();
  if (name == "log") return (watch.log = std::fopen(std::string(value).c_str(), "w")) != nullptr;
  return (name == "read" || name == "write") && take_range(value, name == "write");
}

/// FNV-1a, a byte at a time.
void add(std::uint64_t number) {
  for (int byte = 0; byte < 8; ++byte, number >>= 8)
    watch.hash = (watch.hash ^ (number & 0xff)) * 0x100000001b3u;
}

void begun(unsigned, void*) {
  watch.within = true;
  watch.hash = 0xcbf29ce484222325u;
  watch.accesses = watch.outside = 0;
}

void ended(unsigned, void*) {
  if (watch.within)
    std::fprintf(watch.log, "touched %llx %llu %llu\n", static_cast<unsigned long long>(watch.hash),
                 static_cast<unsigned long long>(watch.accesses),
                 static_cast<unsigned long long>(watch.outside));
  watch.within = false;
}

void accessed(unsigned, qemu_plugin_meminfo_t info, std::uint64_t address, void*) {
  if (!watch.within) return;
  const unsigned shift = qemu_plugin_mem_size_shift(info);
  const bool writes = qemu_plugin_mem_is_store(info);
  const std::uint64_t end = address + (std::uint64_t{1} << shift);
  add(address);
  add(shift * 2 + (writes ? 1 : 0));
  ++watch.accesses;
  if (std::ranges::none_of(watch.ranges, [&](const Range& range) {
        return address >= range.first && end <= range.end && (range.writable || !writes);
      }))
    ++watch.outside;
}

void block_translated(qemu_plugin_id_t, qemu_plugin_tb* block) {
  for (std::size_t i = 0; i < qemu_plugin_tb_n_insns(block); ++i) {
    qemu_plugin_insn* const instruction = qemu_plugin_tb_get_insn(block, i);
    const std::uint64_t at = qemu_plugin_insn_vaddr(instruction);
    if (at == watch.begin)
      qemu_plugin_register_vcpu_insn_exec_cb(instruction, begun, QEMU_PLUGIN_CB_NO_REGS, nullptr);
    if (at == watch.end)
      qemu_plugin_register_vcpu_insn_exec_cb(instruction, ended, QEMU_PLUGIN_CB_NO_REGS, nullptr);
    qemu_plugin_register_vcpu_mem_cb(instruction, accessed, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
                                     nullptr);
  }
}

void program_ended(qemu_plugin_id_t, void*) { std::fclose(watch.log); }

}  // namespace
}  // namespace etch::addresses

int qemu_plugin_version = 1;

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t*, int count, char** arguments) {
  using namespace etch::addresses;
  for (int i = 0; i < count; ++i)
    if (!take_parameter(arguments[i])) {
      std::fprintf(stderr, "addresses: %s is no parameter, or its file cannot be written\n", arguments[i]);
      return -1;
    }
  if (watch.begin == 0 || watch.end == 0 || watch.log == nullptr) {
    std::fputs("addresses: begin, end and log are needed\n", stderr);
    return -1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
  qemu_plugin_register_atexit_cb(id, program_ended, nullptr);
  return 0;
}
