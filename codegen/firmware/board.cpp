// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/board.hpp>
#include <runtime/host/error.hpp>

#include <string_view>

namespace etch::host {

namespace {

using kernels::KernelSet;
struct Core {
  const char *name, *folder;
  kernels::KernelSets sets;
};
constexpr kernels::KernelSets with_dsp{KernelSet::scalar, KernelSet::dsp, KernelSet::dsp_small};
constexpr Core cores[]{{"desktop", "desktop", kernels::every_set},
                       {"m0", "microbit", {KernelSet::triples}},
                       {"m0plus", "mps2-an385-m0plus", {KernelSet::triples}},
                       {"m3", "mps2-an385", {KernelSet::scalar}},
                       {"m4", "mps2-an386", with_dsp},
                       {"m4-size", "mps2-an386-size", {KernelSet::dsp_small}},
                       {"m7", "mps2-an500", with_dsp},
                       {"m7-size", "mps2-an500-size", {KernelSet::dsp_small}},
                       {"m33", "mps2-an505", with_dsp},
                       {"m33-nofp", "mps2-an521", with_dsp},
                       {"rv32imc", "virt-rv32imc", {KernelSet::triples}},
                       {"rv32imfc", "virt-rv32imfc", {KernelSet::triples}},
                       {"m55", "mps3-an547", {KernelSet::scalar, KernelSet::mve, KernelSet::mve_small}}};

const Core& find(const std::string& board) {
  const Board* const sold = find_board(board);
  const std::string target = sold ? sold->target : board;
  for (const Core& core : cores)
    if (target == core.name || target == core.folder) return core;
  throw Error("there is no board '" + board + "'; there are the cores " + core_names() +
              ", and the boards that `etch boards` lists");
}

}  // namespace

kernels::KernelSets kernels_of(const std::string& board) { return find(board).sets; }

std::string core_names() {
  std::string names;
  for (const Core& core : cores) {
    names += names.empty() ? core.name : std::string(", ") + core.name;
    if (std::string_view(core.name) != core.folder) names += std::string(" (") + core.folder + ")";
  }
  return names;
}

std::string folder_of(const std::string& board) { return find(board).folder; }

BoardFolder board_folder(const std::string& board) {
  constexpr std::string_view suffix = "-size";
  std::string folder = folder_of(board);
  if (!folder.ends_with(suffix)) return {folder};
  folder.resize(folder.size() - suffix.size());
  return {folder, true};
}

}  // namespace etch::host
