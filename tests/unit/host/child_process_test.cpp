// SPDX-License-Identifier: BSL-1.0
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <new>
#include <runtime/host/error.hpp>
#include <runtime/host/files/child_process.hpp>
#include <runtime/host/files/hdf5.hpp>
#include <tests/unit/error_of.hpp>

namespace {

using namespace etch::host;
using End = ChildResult::End;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST_CASE("what a child gives comes back, however much it is", "[child_process]") {
  const std::string part(100000, 'x');
  const ChildResult result = run_in_child([&](const GiveBytes& give) {
    for (int i = 0; i < 30; ++i) give(bytes_of(part));
    give({});
    give(bytes_of("end"));
  });
  CHECK(result.end == End::finished);
  REQUIRE(result.bytes.size() == 30 * part.size() + 3);
  CHECK(result.bytes.back() == std::byte{'d'});
}

TEST_CASE("whatever a child does, its parent goes on", "[child_process]") {
  int changed = 0;
  const auto end_of = [](const std::function<void(const GiveBytes&)>& work, const ChildLimits& limits = {}) {
    return run_in_child(work, limits).end;
  };
  CHECK(end_of([&](const GiveBytes&) { changed = 1; }) == End::finished);
  CHECK(changed == 0);
  CHECK(end_of([](const GiveBytes&) { std::raise(SIGSEGV); }) == End::crashed);
  CHECK(end_of([](const GiveBytes&) { std::raise(SIGKILL); }) == End::crashed);
  CHECK(end_of([](const GiveBytes&) { _exit(0); }) == End::crashed);
  CHECK(end_of([](const GiveBytes& give) {
          give(bytes_of("half"));
          std::raise(SIGABRT);
        }) == End::crashed);
  CHECK(end_of([](const GiveBytes&) { throw std::bad_alloc(); }) == End::no_memory);
  CHECK(end_of([](const GiveBytes&) { throw 1; }) == End::crashed);
  CHECK(end_of([](const GiveBytes&) { sleep(30); }, {.seconds = 1}) == End::no_time);
  const ChildResult refused = run_in_child([](const GiveBytes&) { throw etch::Error("it is damaged"); });
  CHECK(refused.end == End::refused);
  CHECK(refused.sentence == "it is damaged");
}

TEST_CASE("a tree comes back as it was given, and nothing else becomes one", "[child_process]") {
  Hdf5Tree tree;
  tree[""].texts["names0"] = {"a", ""};
  tree[""].texts["names1"] = {"b"};
  tree["a/b"].array = Hdf5Array{{2, 1}, "float32", {1.5f, -2}};
  tree["a"];
  std::vector<std::byte> given;
  give_tree(tree,
            [&](std::span<const std::byte> bytes) { given.insert(given.end(), bytes.begin(), bytes.end()); });
  const Hdf5Tree made = tree_of(given, "file");
  CHECK(made.at("").text("names") == std::vector<std::string>{"a", "", "b"});
  CHECK(made.at("a/b").array->numbers == std::vector<float>{1.5f, -2});
  CHECK(made.at("a/b").array->shape == std::vector<std::uint64_t>{2, 1});
  CHECK_FALSE(made.at("a").array);
  for (std::size_t size = 1; size < given.size(); ++size) {
    Hdf5Tree part;
    const std::string sentence = error_of([&] { part = tree_of(std::span(given).first(size), "file"); });
    CHECK(part.size() < tree.size());
    CHECK((sentence.empty() || sentence == "'file' is damaged: the HDF5 library stopped on it"));
  }
}

}  // namespace
