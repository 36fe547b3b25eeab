// SPDX-License-Identifier: BSL-1.0
#include <catch2/catch.hpp>
#include <runtime/boards/cycles/flash.hpp>

namespace {

using etch::cycles::Flash;
using etch::cycles::FlashParameters;
using etch::cycles::Prefetch;

FlashParameters five_wait_states() {
  FlashParameters parameters;
  parameters.wait_states = parameters.data_wait_states = 5;
  return parameters;
}

FlashParameters without_help() {
  FlashParameters parameters = five_wait_states();
  parameters.prefetch = Prefetch::off;
  parameters.instruction_lines = parameters.data_lines = 0;
  return parameters;
}

}  // namespace

TEST_CASE("flash without wait states never makes anyone wait", "[cycles]") {
  Flash flash{FlashParameters{}};
  CHECK(flash.fetch(0, 4, 0, false) == 0);
  CHECK(flash.fetch(0x1000, 4, 1, false) == 0);
  CHECK(flash.load(0x2000, 2) == 0);
}

TEST_CASE(
    "a read takes its wait states, two of them before it is needed where instructions follow one another",
    "[cycles]") {
  Flash flash(without_help());
  CHECK(flash.fetch(0x100, 2, 100, false) == 5);
  CHECK(flash.fetch(0x102, 2, 106, true) == 0);
  CHECK(flash.fetch(0x110, 2, 120, true) == 3);
  CHECK(flash.fetch(0x11e, 4, 200, true) == 3);  // its second half is in the next read
  CHECK(flash.fetch(0x122, 2, 300, true) == 0);
  CHECK(flash.fetch(0x100, 2, 400, false) == 5);  // forgotten
}

TEST_CASE("an instruction in two reads waits for both", "[cycles]") {
  Flash flash(without_help());
  CHECK(flash.fetch(0x10e, 4, 100, false) ==
        5 + 6);  // there at 105; the second is asked for behind the first
}

TEST_CASE("flash reads ahead of the program", "[cycles]") {
  Flash flash(five_wait_states());
  CHECK(flash.fetch(0, 2, 0, false) == 5);     // until 6; then the next read, until 12
  CHECK(flash.fetch(0x10, 2, 10, true) == 2);  // and the next, until 18
  CHECK(flash.fetch(0x20, 2, 30, true) == 0);
}

TEST_CASE("what was read ahead is kept or not", "[cycles]") {
  const auto [prefetch, again] = GENERATE(std::pair{Prefetch::cached, 0}, std::pair{Prefetch::buffered, 5});
  FlashParameters parameters = five_wait_states();
  parameters.prefetch = prefetch;
  Flash flash(parameters);
  flash.fetch(0, 2, 0, false);
  CHECK(flash.fetch(0x10, 2, 100, true) == 0);
  CHECK(flash.fetch(0x1000, 2, 200, false) == 5);
  CHECK(flash.fetch(0x10, 2, 300, false) == again);
}

TEST_CASE("instructions and data share one port", "[cycles]") {
  FlashParameters parameters = without_help();
  Flash flash(parameters);
  CHECK(flash.load(0x1000, 100) == 5);            // until 106
  CHECK(flash.fetch(0, 2, 101, false) == 4 + 6);  // until 112: there at 111
  CHECK(flash.load(0x1000, 112) == 5);
  parameters.data_wait_states = 3;
  CHECK(Flash(parameters).load(0x1000, 100) == 3);
  parameters.data_wait_states = 0;
  CHECK(Flash(parameters).load(0x1000, 100) == 0);
}

TEST_CASE("the line that was not used for longest makes room", "[cycles]") {
  FlashParameters parameters = five_wait_states();
  parameters.data_lines = 2;
  Flash flash(parameters);
  CHECK(flash.load(0x00, 0) == 5);
  CHECK(flash.load(0x10, 100) == 5);
  CHECK(flash.load(0x04, 200) == 0);
  CHECK(flash.load(0x20, 300) == 5);  // instead of 0x10
  CHECK(flash.load(0x00, 400) == 0);
  CHECK(flash.load(0x10, 500) == 5);
}

TEST_CASE("a line may be of several reads, each of which is there or not", "[cycles]") {
  FlashParameters parameters = five_wait_states();
  parameters.read_bytes = 8;
  parameters.line_bytes = 32;
  parameters.data_lines = 1;
  Flash flash(parameters);
  CHECK(flash.load(0x00, 0) == 5);
  CHECK(flash.load(0x18, 100) == 5);
  CHECK(flash.load(0x04, 200) == 0);
  CHECK(flash.load(0x1c, 300) == 0);
  CHECK(flash.load(0x08, 400) == 5);
  CHECK(flash.load(0x20, 500) == 5);  // another line, of which only this read is there
  CHECK(flash.load(0x00, 600) == 5);
  CHECK(flash.load(0x18, 700) == 5);
}
