// SPDX-License-Identifier: BSL-1.0
// A plugin of QEMU that prints how many instructions a program took, on stderr.
#include <cstdio>
#include <runtime/boards/cycles/qemu_plugin.hpp>

extern "C" void qemu_plugin_register_vcpu_tb_exec_cb(qemu_plugin_tb* block,
                                                     void (*executed)(unsigned processor, void* data),
                                                     qemu_plugin_cb_flags flags, void* data);

namespace {

std::uint64_t instructions = 0;

void translated(qemu_plugin_id_t, qemu_plugin_tb* block) {
  const auto add = [](unsigned, void* count) { instructions += reinterpret_cast<std::uintptr_t>(count); };
  qemu_plugin_register_vcpu_tb_exec_cb(block, add, QEMU_PLUGIN_CB_NO_REGS,
                                       reinterpret_cast<void*>(qemu_plugin_tb_n_insns(block)));
}

void ended(qemu_plugin_id_t, void*) {
  std::fprintf(stderr, "instructions: %llu\n", static_cast<unsigned long long>(instructions));
}

}  // namespace

int qemu_plugin_version = 1;

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t*, int, char**) {
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_atexit_cb(id, ended, nullptr);
  return 0;
}
