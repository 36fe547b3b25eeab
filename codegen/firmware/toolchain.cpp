// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/board.hpp>
#include <codegen/firmware/text_files.hpp>
#include <codegen/firmware/toolchain.hpp>
#include <runtime/host/error.hpp>

#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>

namespace etch::host {

namespace fs = std::filesystem;

Toolchain toolchain_of(const std::string& board, const fs::path& root, const std::string& headers) {
  const auto [folder, size_kernels] = board_folder(board);
  if (folder == "desktop") return {};
  const std::string flags = size_kernels ? " -DETCH_SIZE_KERNELS" : "";
  for (const bool riscv : {false, true}) {
    const fs::path path = root / "runtime/boards" / (riscv ? "riscv" : "arm") / folder / "flags";
    if (!fs::exists(path)) continue;
    std::string text = read_text(path);
    text.erase(text.find_last_not_of('\n') + 1);
    if (!riscv) return {"arm-none-eabi-", text + flags, ""};
    return {"riscv64-unknown-elf-", text + " --specs=picolibc.specs" + flags,
            "-ffreestanding -I" + headers +
                "/riscv $(patsubst %,-I%,$(shell g++ -E -v -x c++ /dev/null 2>&1 | grep '^ "
                "/.*/c++/[0-9.]*$$'))"};
  }
  throw Error("there are no flags for " + board + " in " + (root / "runtime/boards").string());
}

bool is_installed(const std::string& program) {
  const char* const path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nobody changes it
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');)
    if (access((fs::path(folder) / program).c_str(), X_OK) == 0) return true;
  return false;
}

bool run_make(const fs::path& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"make", "-s", "-C", folder.string()});
  std::vector<char*> words;
  words.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) throw Error(std::string("make cannot be started: ") + std::strerror(errno));
  if (child == 0) {
    execvp("make", words.data());
    _exit(127);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
    throw Error("libraries need the program make, which is not there");
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace etch::host
