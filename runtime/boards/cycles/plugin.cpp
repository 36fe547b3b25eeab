// SPDX-License-Identifier: BSL-1.0
// The plugin itself: what QEMU calls. Loaded by runtime/boards/arm/run.sh --cycles.

#include <runtime/boards/cycles/meter.hpp>
#include <runtime/boards/cycles/mistake.hpp>
#include <runtime/boards/cycles/parameters.hpp>
#include <runtime/boards/cycles/qemu_plugin.hpp>
#include <runtime/boards/cycles/report.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace etch::cycles {
namespace {

/// All there is. Never destroyed: exit() destroys static objects before QEMU says that the program has ended.
struct Plugin {
  Parameters parameters;
  Program program;
  Meter meter;
  std::FILE *table = stderr, *json = nullptr;

  explicit Plugin(Parameters given)
      : parameters(std::move(given)), program(parameters.elf), meter(parameters, program) {}
};
Plugin* plugin = nullptr;

void say(const std::string& sentence) { std::fprintf(stderr, "cycles: %s\n", sentence.c_str()); }

/// A program that was not measured must not look as if it was.
[[noreturn]] void stop(const std::string& sentence) {
  say(sentence);
  std::fflush(nullptr);
  std::_Exit(1);
}

std::FILE* open_file(const char* parameter, const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr)
    throw Mistake(std::string(parameter) + "=" + path + " cannot be written: " + std::strerror(errno));
  return file;
}

void write_file(std::FILE* file, const std::string& text, const std::string& path) {
  const bool written = std::fputs(text.c_str(), file) >= 0;
  if (std::fclose(file) != 0 || !written) stop(path + " cannot be written: " + std::strerror(errno));
}

Code* translated(qemu_plugin_insn* instruction) {
  const auto address = static_cast<std::uint32_t>(qemu_plugin_insn_vaddr(instruction));
  if (plugin->meter.knows(address)) return plugin->meter.translate(address, 0, "");
  const std::unique_ptr<char, void (*)(void*)> text(qemu_plugin_insn_disas(instruction), std::free);
  // What QEMU gives that is built without a disassembler.
  if (!text || std::string_view(text.get()).substr(0, 4) == "OBJD")
    stop("this QEMU is built without capstone, so that instructions cannot be told apart");
  return plugin->meter.translate(address, static_cast<int>(qemu_plugin_insn_size(instruction)), text.get());
}

void executed(unsigned, void* code) { plugin->meter.execute(*static_cast<const Code*>(code)); }

void accessed(unsigned, qemu_plugin_meminfo_t info, std::uint64_t address, void* code) {
  plugin->meter.access(*static_cast<const Code*>(code), address, qemu_plugin_mem_size_shift(info),
                       qemu_plugin_mem_is_store(info));
}

void block_translated(qemu_plugin_id_t, qemu_plugin_tb* block) {
  for (std::size_t i = 0; i < qemu_plugin_tb_n_insns(block); ++i) {
    qemu_plugin_insn* instruction = qemu_plugin_tb_get_insn(block, i);
    Code* code = translated(instruction);
    qemu_plugin_register_vcpu_insn_exec_cb(instruction, executed, QEMU_PLUGIN_CB_NO_REGS, code);
    qemu_plugin_register_vcpu_mem_cb(instruction, accessed, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, code);
  }
}

void program_ended(qemu_plugin_id_t, void*) {
  const Measured measured = plugin->meter.end();
  const Parameters& parameters = plugin->parameters;
  if (measured.calls == 0)
    stop("roi=" + parameters.roi +
         ": the program ended, and never ran this function (its calls may be inlined)");
  if (plugin->json != nullptr) write_file(plugin->json, json_of(measured, parameters), parameters.json);
  const std::string table = table_of(measured, parameters);
  if (plugin->table != stderr) {
    write_file(plugin->table, table, parameters.table);
  } else {
    std::fputs(table.c_str(), stderr);
  }
}

void install(qemu_plugin_id_t id, const qemu_info_t& info, std::vector<std::string_view> texts) {
  if (std::string_view(info.target_name) != "arm" || !info.system_emulation)
    throw Mistake("cycles are those of a Cortex-M4, which qemu-system-arm emulates; this is QEMU for " +
                  std::string(info.target_name));
  plugin = new Plugin(parse_parameters(texts));
  const Parameters& parameters = plugin->parameters;
  if (!parameters.table.empty()) plugin->table = open_file("table", parameters.table);
  if (!parameters.json.empty()) plugin->json = open_file("json", parameters.json);
  qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
  qemu_plugin_register_atexit_cb(id, program_ended, nullptr);
}

}  // namespace
}  // namespace etch::cycles

int qemu_plugin_version = 1;

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info, int count, char** arguments) try {
  etch::cycles::install(id, *info, {arguments, arguments + count});
  return 0;
} catch (const std::exception& error) {
  etch::cycles::say(error.what());
  return -1;
}
