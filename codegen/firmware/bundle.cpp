// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/bundle.hpp>
#include <codegen/firmware/caller_text.hpp>
#include <codegen/firmware/needed_headers.hpp>
#include <codegen/firmware/text_files.hpp>
#include <codegen/firmware/toolchain.hpp>
#include <runtime/host/error.hpp>

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
  int error = @name@_init(&context@WEIGHTS@, arena.bytes, sizeof arena.bytes@STATES@);
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

/// Etch's own license lies in a clone's root and beside installed headers.
void copy_headers(const BundleOptions& options, const std::string& source) {
  for (const NeededHeader& header : needed_headers(source, options.headers))
    take_file(header.path, options.folder / "headers" / header.name);
  take_file(options.headers / "LICENSE", options.folder / "LICENSE.txt");
  const fs::path shims = options.headers / "runtime/boards/riscv/include";
  for (const char* name : {"features.h", "bits/c++locale.h", "bits/gthr-default.h"})
    take_file(shims / name, options.folder / "headers/riscv" / name);
}

}  // namespace

void write_bundle(const BundleOptions& options) {
  const Toolchain tools = toolchain_of(options.board, options.headers, "headers");
  const fs::path base = options.folder / options.name;
  copy_headers(options, read_text(base.string() + ".cpp"));
  const auto named = [&](std::string text) {
    return replaced(replaced(std::move(text), "@name@", options.name), "@NAME@", capitals(options.name));
  };
  std::string makefile = replaced(makefile_text, "@CROSS@", tools.cross);
  makefile = replaced(makefile, "@FLAGS@", tools.flags);
  makefile = replaced(makefile, "@CXX_HEADERS@",
                      tools.cxx_headers.empty()
                          ? ""
                          : "# The compiler has no headers of C++: the desktop's g++ lends its own.\n"
                            "CXX_HEADERS := " +
                                tools.cxx_headers + "\n");
  write_text(options.folder / "Makefile", named(makefile));
  write_text(options.folder / "README.md", named(readme_text));
  write_text(options.folder / "selftest_main.c",
             named(fill_in_caller(main_text, options.ends, options.states, options.blob)));
}

fs::path build_library(const BundleOptions& options) {
  if (!run_make(options.folder, {"all"}))
    throw Error("the library was not built: what make and the compiler of " + options.board +
                " say stands above; the sources stay in " + options.folder.string());
  return options.folder / ("lib" + options.name + ".a");
}

}  // namespace etch::host
