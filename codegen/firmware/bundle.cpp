// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/board.hpp>
#include <codegen/firmware/bundle.hpp>
#include <codegen/firmware/firmware_ends.hpp>
#include <codegen/firmware/needed_headers.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>
#include <runtime/host/files/replace_file.hpp>

#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <system_error>

namespace etch::host {

namespace {

namespace fs = std::filesystem;

constexpr const char* makefile_text =
    R"(# lib@name@.a, and its self test on this machine: make, make check. For another core:
#   make clean all CROSS=arm-none-eabi- FLAGS="-mthumb -mcpu=cortex-m4 -mfpu=auto -mfloat-abi=hard"
CROSS ?= @CROSS@
FLAGS ?= @FLAGS@
OPTIMIZE ?= -O2
@CXX_HEADERS@CC = $(CROSS)gcc
CXX = $(CROSS)g++
AR = $(CROSS)ar
OBJECTS = @name@.o @name@_step.o @name@_weights.o @name@_selftest.o
KEPT = $(FLAGS) $(OPTIMIZE) -ffunction-sections -fdata-sections -I.

all: lib@name@.a
lib@name@.a: $(OBJECTS)
	$(AR) rcs $@ $(OBJECTS)
# Floats have the same bits everywhere with these flags alone.
@name@.o @name@_step.o: %.o: %.cpp @name@.h
	$(CXX) -std=c++20 -fno-exceptions -fno-rtti -fno-threadsafe-statics -ffp-contract=off -fno-math-errno \
	  -fconstexpr-ops-limit=1000000000 $(KEPT) $(CXX_HEADERS) -isystem headers -c $< -o $@
@name@_weights.o: %.o: %.S @name@_weights.bin
	$(CC) $(KEPT) -c $< -o $@
@name@_selftest.o: %.o: %.c @name@.h
	$(CC) -std=c99 $(KEPT) -c $< -o $@

# On this machine, whatever the library is for.
check:
	mkdir -p desktop
	$(MAKE) -C desktop -f ../Makefile VPATH=.. CROSS= FLAGS="-I.." CXX_HEADERS="-isystem ../headers" all
	cc -std=c99 -I. selftest_main.c desktop/lib@name@.a -o desktop/selftest
	./desktop/selftest
clean:
	rm -rf desktop lib@name@.a $(OBJECTS)
.PHONY: all check clean
)";

constexpr const char* main_text =
    R"(/* Runs the self test: exit code 0 if the model computes what it should. */
#include <stdint.h>
#include <stdio.h>

#include "@name@.h"

static union {
  unsigned char bytes[@NAME@_ARENA_BYTES];
  uint64_t alignment;
} arena;
@BUFFERS@
int main(void) {
  @name@_context context;
  int error = @name@_init(&context, arena.bytes, sizeof arena.bytes@STATES@);
  if (error == @NAME@_OK) error = @name@_selftest(&context@PASSED@);
  printf(error == @NAME@_OK ? "the self test passed\n" : "the self test failed: %d\n", error);
  return error == @NAME@_OK ? 0 : 1;
}
)";

constexpr const char* readme_text = R"(# @name@

A model as C, made by Etch. `make` builds `lib@name@.a`, `make check` runs its self test on this machine; neither needs
Etch beside this folder. Compilers: g++ 12 or clang++ 14 (`make CXX=clang++-14`) and newer. `@name@.h` is the interface.

License: the files of this folder, made by Etch from your model, are yours: Etch claims no right in them. `headers` is a part of
Etch, under the Boost Software License 1.0 (`LICENSE.txt`, SPDX-License-Identifier: BSL-1.0), which asks for nothing where
it is shipped as machine code.

Calls from several tasks and interrupts: the code has no variables of its own. Functions are re-entrant for contexts that
share neither arena nor states nor buffers: two of them may run at the same time, one in an interrupt of the other. One context
is for one caller at a time. No function blocks, allocates, or turns interrupts off; it uses the float and vector
registers of the core, which an interrupt that calls it has to keep, as the core does by itself on Cortex-M.

The library asks for memcpy, memset, memmove and memcmp of the C library, and routines of the compiler's own (libgcc).
)";

void write_text(const fs::path& path, const std::string& text) {
  replace_file(path, std::as_bytes(std::span(text)));
}

std::string read_text(const fs::path& path) {
  const std::vector<std::uint8_t> file = read_file(path);
  return {file.begin(), file.end()};
}

struct Toolchain {
  std::string cross, flags, cxx_headers;
};

/// The flags of a board's folder. RISC-V has no headers of C++ of its own (docs/cores.md).
Toolchain toolchain_of(const std::string& board, const fs::path& root) {
  std::string folder = folder_of(board);
  if (folder == "desktop") return {};
  std::string flags;
  if (folder.ends_with("-size")) {
    folder.resize(folder.size() - 5);
    flags = " -DETCH_SIZE_KERNELS";
  }
  for (const bool riscv : {false, true}) {
    const fs::path path = root / "runtime/boards" / (riscv ? "riscv" : "arm") / folder / "flags";
    if (!fs::exists(path)) continue;
    std::string text = read_text(path);
    text.erase(text.find_last_not_of('\n') + 1);
    if (!riscv) return {"arm-none-eabi-", text + flags, ""};
    return {
        "riscv64-unknown-elf-", text + " --specs=picolibc.specs" + flags,
        "# The compiler has no headers of C++: the desktop's g++ lends its own.\n"
        "CXX_HEADERS := -ffreestanding -Iheaders/riscv $(patsubst %,-I%,$(shell g++ -E -v -x c++ /dev/null "
        "2>&1 | grep '^ /.*/c++/[0-9.]*$$'))\n"};
  }
  throw Error("there are no flags for " + board + " in " + (root / "runtime/boards").string());
}

void take_file(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  if (error) throw Error("cannot make the folder " + to.parent_path().string() + ": " + error.message());
  write_text(to, read_text(from));
}

/// Etch's own license lies in a clone's root and beside installed headers.
void copy_headers(const BundleOptions& options, const std::string& source, bool riscv) {
  for (const NeededHeader& header : needed_headers(source, options.headers))
    take_file(header.path, options.folder / "headers" / header.name);
  take_file(options.headers / "LICENSE", options.folder / "LICENSE.txt");
  if (!riscv) return;
  const fs::path shims = options.headers / "runtime/boards/riscv/include";
  for (const char* name : {"features.h", "bits/c++locale.h", "bits/gthr-default.h"})
    take_file(shims / name, options.folder / "headers/riscv" / name);
}

/// Buffers of the caller's for ends that do not lie in the arena, by the prototype in the header.
std::string filled_main(const std::string& header, const std::string& NAME) {
  std::string text = main_text, buffers, passed;
  for (const char* what : {"INPUT", "OUTPUT"}) {
    const bool input = what[0] == 'I';
    for (int k = -1; k < 16; ++k) {
      const std::string macro = NAME + "_" + what + (k < 0 ? "" : "_" + std::to_string(k));
      if (header.find("#define " + macro + "_ELEMENTS ") == std::string::npos) continue;
      if (header.find("#define " + macro + "_OFFSET ") != std::string::npos) continue;
      const std::string name = std::string(input ? "in" : "out") + (k < 0 ? "" : std::to_string(k));
      const std::size_t end = header.find("* " + name, header.find("_selftest(")),
                        begin = header.find_last_of(", ", end - 1) + 1;
      buffers += "static union {\n  " + header.substr(begin, end - begin) + " numbers[" + macro +
                 "_ELEMENTS];\n  uint32_t alignment;\n} " + name + ";\n";
      passed += ", " + name + ".numbers";
    }
  }
  const bool states = header.find("_STATE_BYTES (") != std::string::npos;
  if (states)
    buffers +=
        "static union {\n  unsigned char bytes[@NAME@_STATE_BYTES];\n  uint64_t alignment;\n} states;\n";
  text = replaced(text, "@BUFFERS@", buffers);
  text = replaced(text, "@PASSED@", passed);
  return replaced(text, "@STATES@", states ? ", states.bytes, sizeof states.bytes" : "");
}

}  // namespace

void write_bundle(const BundleOptions& options) {
  const Toolchain tools = toolchain_of(options.board, options.headers);
  const fs::path base = options.folder / options.name;
  copy_headers(options, read_text(base.string() + ".cpp"), !tools.cxx_headers.empty());
  const auto named = [&](std::string text) {
    return replaced(replaced(std::move(text), "@name@", options.name), "@NAME@", capitals(options.name));
  };
  std::string makefile = replaced(makefile_text, "@CROSS@", tools.cross);
  makefile = replaced(makefile, "@FLAGS@", tools.flags);
  makefile = replaced(makefile, "@CXX_HEADERS@", tools.cxx_headers);
  write_text(options.folder / "Makefile", named(makefile));
  write_text(options.folder / "README.md", named(readme_text));
  write_text(options.folder / "selftest_main.c",
             named(filled_main(read_text(base.string() + ".h"), capitals(options.name))));
}

fs::path build_library(const BundleOptions& options) {
  const std::string folder = options.folder.string();
  const pid_t child = fork();
  if (child < 0) throw Error(std::string("make cannot be started: ") + std::strerror(errno));
  if (child == 0) {
    execlp("make", "make", "-s", "-C", folder.c_str(), "all", nullptr);
    _exit(127);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
    throw Error("--library needs the program make, which is not there");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw Error("the library was not built: what make and the compiler of " + options.board +
                " say stands above; the sources stay in " + folder);
  return options.folder / ("lib" + options.name + ".a");
}

}  // namespace etch::host
