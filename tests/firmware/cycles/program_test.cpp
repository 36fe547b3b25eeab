// SPDX-License-Identifier: BSL-1.0
#include <catch2/catch.hpp>
#include <runtime/boards/cycles/call_stack.hpp>
#include <runtime/boards/cycles/mistake.hpp>
#include <runtime/boards/cycles/names.hpp>
#include <runtime/boards/cycles/program.hpp>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

namespace {

using etch::cycles::CallStack;
using etch::cycles::decode;
using etch::cycles::Mistake;
using etch::cycles::Program;
using etch::cycles::readable_name;

}  // namespace

TEST_CASE("names as people read them", "[cycles]") {
  CHECK(readable_name("model_predict") == "model_predict");
  CHECK(readable_name("_ZN4etch3dsp8multiplyILi4EEEvPKa") == "dsp::multiply");
  CHECK(readable_name("_ZN4etch3dsp8multiplyILi4EEEvPKa.constprop.0") == "dsp::multiply");
  CHECK(readable_name("_ZN4etch7kernels3dsp24base_dsp_assembly_silent8put_sumsEPKli") == "dsp::put_sums");
  CHECK(readable_name("_ZN12_GLOBAL__N_13runEv") == "run");
  CHECK(readable_name("_Zmangled wrongly") == "_Zmangled wrongly");
  CHECK(readable_name("") == "");
}

TEST_CASE("calls and returns, as instructions show them", "[cycles]") {
  CallStack calls;
  const auto call = decode(0x100, 4, "bl #0x200"), jump = decode(0x204, 2, "b #0x300"),
             back = decode(0x300, 2, "bx lr");
  calls.follow(call, 0x200);
  CHECK(calls.depth() == 1);
  calls.follow(jump, 0x300);  // a tail call
  CHECK(calls.depth() == 1);
  calls.follow(back, 0x400);  // not where it was called from
  CHECK(calls.depth() == 1);
  calls.follow(back, 0x104);
  CHECK(calls.depth() == 0);
  calls.follow(back, 0x104);
  CHECK(calls.depth() == 0);
  calls.follow(call, 0x104);  // it did not jump: the condition before it was false
  CHECK(calls.depth() == 0);
}

TEST_CASE("files that are no firmware are refused with a sentence", "[cycles]") {
  CHECK_THROWS_WITH(Program("/no/such/file"), "elf=/no/such/file cannot be read: No such file or directory");
  const std::string path = "program_test.elf";
  const auto refused = [&path](const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    try {
      const Program program(path);
    } catch (const Mistake& mistake) {
      return std::string(mistake.what());
    }
    return std::string();
  };
  CHECK(refused("") == "elf=program_test.elf is no ELF file for a 32-bit core");
  std::string header("\177ELF\1\1", 6);
  header.resize(52);
  CHECK(refused(header) == "elf=program_test.elf names no functions: it must not be stripped");
  header[44] = 1;  // a segment, of which nothing is said
  CHECK(refused(header) == "elf=program_test.elf names no functions: it must not be stripped");
  header[31] = '\x7f';  // far behind the end
  CHECK(refused(header) == "elf=program_test.elf ends within its tables");
  std::remove(path.c_str());
}
