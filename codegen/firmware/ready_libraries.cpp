// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/board.hpp>
#include <codegen/firmware/firmware_ends.hpp>
#include <codegen/firmware/ready_libraries.hpp>
#include <codegen/firmware/toolchain.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <string_view>
#include <thread>
#include <vector>

namespace etch::host {

namespace {

namespace fs = std::filesystem;

/// A core as boards of Arduino have it. Other folders are for boards that name the chip, or no `-mfpu`.
struct ReadyCore {
  const char *core, *title, *abi;
  std::vector<const char*> folders;
};

const std::vector<ReadyCore>& ready_cores() {
  static const std::vector<ReadyCore> cores{
      {"m0plus", "Cortex-M0+", "", {"cortex-m0plus"}},
      {"m3", "Cortex-M3", "", {"cortex-m3"}},
      {"m4", "Cortex-M4F", "hard", {"cortex-m4/fpv4-sp-d16-hard"}},
      {"m4", "Cortex-M4F", "softfp", {"cortex-m4/fpv4-sp-d16-softfp"}},
      {"m33", "Cortex-M33", "hard", {"cortex-m33/fpv5-sp-d16-hard"}},
      {"m33", "Cortex-M33", "softfp", {"cortex-m33/fpv5-sp-d16-softfp", "cortex-m33/softfp"}},
      {"m7", "Cortex-M7", "hard", {"cortex-m7/fpv5-d16-hard", "imxrt1062/fpv5-d16-hard"}},
      {"m7", "Cortex-M7", "softfp", {"cortex-m7/fpv5-d16-softfp"}},
      {"rv32imc", "ESP32-C3", "", {"esp32c3"}}};
  return cores;
}

/// The core's own name, of a board's folder too; code for size stays code for size.
bool is_for(const ReadyCore& core, const std::string& board) {
  const std::string folder = board_folder(board).name;
  return folder == "desktop" || folder == folder_of(core.core);
}

std::string other_abi(const std::string& flags, const std::string& abi) {
  return abi.empty() ? flags : replaced(flags, "-mfloat-abi=hard", "-mfloat-abi=" + abi);
}

std::string compiler_of(const ReadyCore& core, const fs::path& headers) {
  return toolchain_of(core.core, headers, "").cross + "g++";
}

/// In a folder of its own below the bundle, which goes away again.
void make_library(const BundleOptions& bundle, const ReadyCore& core, const fs::path& folder) {
  const bool one = folder_of(bundle.board) != "desktop";
  const Toolchain tools = toolchain_of(one ? bundle.board : core.core, bundle.headers, "../headers");
  const fs::path work = bundle.folder / "work";
  std::error_code error;
  fs::create_directories(work, error);
  if (error) throw Error("cannot make the folder " + work.string() + ": " + error.message());
  const bool made = run_make(
      work, {"-j" + std::to_string(std::max(1U, std::thread::hardware_concurrency())), "-f", "../Makefile",
             "VPATH=..", "CROSS=" + tools.cross, "FLAGS=-I.. " + other_abi(tools.flags, core.abi),
             "CXX_HEADERS=-isystem ../headers " + tools.cxx_headers, "all"});
  if (!made)
    throw Error(std::string("the library for ") + core.title +
                " was not built: what make and the compiler say stands above; the sources stay in " +
                bundle.folder.string());
  const std::string library = "lib" + bundle.name + ".a";
  for (const char* place : core.folders) {
    fs::create_directories(folder / place, error);
    if (!error)
      fs::copy_file(work / library, folder / place / library, fs::copy_options::overwrite_existing, error);
    if (error) throw Error("cannot write " + (folder / place / library).string() + ": " + error.message());
  }
  fs::remove_all(work, error);
}

}  // namespace

void check_ready_board(const std::string& board, const fs::path& headers) {
  std::string missing;
  for (const ReadyCore& core : ready_cores()) {
    if (!is_for(core, board)) continue;
    const std::string compiler = compiler_of(core, headers);
    if (is_installed(compiler) && is_installed("make")) return;
    if (missing.empty()) missing = is_installed("make") ? compiler : "make";
  }
  if (missing.empty())
    throw Error(
        "packages with ready libraries are for the cores m0plus, m3, m4, m33, m7 and rv32imc, and --board " +
        board + " is none of them: take --bundle or another package");
  throw Error("libraries need the program " + missing + ", which is not there: install it, or take --bundle");
}

std::string make_ready_libraries(const BundleOptions& bundle, const fs::path& folder) {
  std::string made;
  for (const ReadyCore& core : ready_cores()) {
    if (!is_for(core, bundle.board) || !is_installed(compiler_of(core, bundle.headers))) continue;
    make_library(bundle, core, folder);
    if (made.find(core.title) == std::string::npos)
      made += (made.empty() ? "" : ", ") + std::string(core.title);
  }
  return made;
}

}  // namespace etch::host
