// SPDX-License-Identifier: BSL-1.0
#include <stdlib.h>  // setenv is not in <cstdlib>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <runtime/host/data/mnist.hpp>
#include <runtime/host/error.hpp>
#include <string>
#include <tests/unit/temporary_folder.hpp>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using etch::host::IdxArray;
using etch::host::ImageSet;
using etch::host::load_mnist;
using etch::host::make_image_set;

constexpr const char* files[] = {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
                                 "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"};

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

/// An environment variable, set or (with nullopt) unset while this lives.
class Variable {
 public:
  Variable(const char* name, const std::optional<std::string>& value)
      : name_(name), before_(environment(name)) {
    set(value);
  }
  ~Variable() { set(before_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const std::optional<std::string>& value) {
    value ? setenv(name_, value->c_str(), 1) : unsetenv(name_);
  }

  const char* name_;
  std::optional<std::string> before_;
};

/// No MNIST anywhere, and no download: what a test changes comes after.
struct EmptyWorld {
  TemporaryFolder folder;
  Variable home{"HOME", folder.path().string()};
  Variable cache{"XDG_CACHE_HOME", std::nullopt};
  Variable material{"ETCH_MATERIAL", std::nullopt};
  Variable data{"ETCH_DATA", std::nullopt};
  Variable no_download{"ETCH_NO_DOWNLOAD", "1"};
  fs::path cache_folder = folder / ".cache/etch/mnist";
};

/// Where the real files are, if they are on this machine.
std::optional<fs::path> real_files() {
  const auto material = environment("ETCH_MATERIAL");
  if (material && fs::exists(fs::path(*material) / "data/mnist" / files[0])) {
    return fs::path(*material) / "data/mnist";
  }
  WARN("skipped: ETCH_MATERIAL does not name a folder with data/mnist");
  return std::nullopt;
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  REQUIRE(fs::file_size(path) == text.size());
}

void link_files(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  for (const char* name : files) fs::create_symlink(from / name, to / name);
}

void write_program(const fs::path& path, const std::string& script) {
  write(path, "#!/bin/sh\n" + script);
  fs::permissions(path, fs::perms::owner_all);
}

etch::host::Mnist load_few(bool download = true) {
  return load_mnist(
      {.download = download, .draw_if_missing = true, .drawn_train_count = 30, .drawn_test_count = 20});
}

std::string load_error() {
  try {
    load_few();
  } catch (const etch::Error& error) {
    return error.what();
  }
  return "";
}

std::string set_error(const IdxArray& images, const IdxArray& labels) {
  try {
    make_image_set(images, labels, "images.gz", "labels.gz");
  } catch (const etch::Error& error) {
    return error.what();
  }
  return "";
}

Bytes first_labels(const ImageSet& set) { return {set.labels.begin(), set.labels.begin() + 5}; }

bool is_whole(const ImageSet& set, int count) {
  return set.count() == count && set.rows == 28 && set.columns == 28 &&
         set.images.size() == static_cast<std::size_t>(count) * 784 &&
         std::all_of(set.labels.begin(), set.labels.end(), [](int label) { return label <= 9; });
}

}  // namespace

TEST_CASE("MNIST is read from the four files", "[mnist]") {
  const auto real = real_files();
  if (!real) return;
  const auto mnist = load_mnist();
  CHECK(mnist.real);
  CHECK(mnist.source == "real MNIST from " + real->string() + " (checksums verified)");
  CHECK(is_whole(mnist.train, 60'000));
  CHECK(is_whole(mnist.test, 10'000));
  CHECK(first_labels(mnist.train) == Bytes{5, 0, 4, 1, 9});
  CHECK(first_labels(mnist.test) == Bytes{7, 2, 1, 0, 4});
  CHECK(std::count(mnist.train.labels.begin(), mnist.train.labels.end(), 1) == 6'742);
  CHECK(mnist.train.images[5 * 28 + 12] == 3);  // the first ink of the first image
}

TEST_CASE("MNIST is found in ETCH_DATA, its mnist folder and the cache", "[mnist]") {
  const auto real = real_files();
  if (!real) return;
  EmptyWorld world;
  fs::path place;
  SECTION("ETCH_DATA") { place = world.folder / "data"; }
  SECTION("ETCH_DATA/mnist") { place = world.folder / "data/mnist"; }
  SECTION("the cache in the home folder") { place = world.cache_folder; }
  SECTION("XDG_CACHE_HOME") { place = world.folder / "xdg/etch/mnist"; }
  const Variable data("ETCH_DATA", (world.folder / "data").string());
  const Variable cache("XDG_CACHE_HOME", place.string().find("xdg") == std::string::npos
                                             ? std::nullopt
                                             : std::optional((world.folder / "xdg").string()));
  link_files(*real, place);
  CHECK(load_few().source == "real MNIST from " + place.string() + " (checksums verified)");
}

TEST_CASE("without MNIST, digits are drawn and the source says so", "[mnist]") {
  EmptyWorld world;
  const auto mnist = load_few();
  CHECK_FALSE(mnist.real);
  CHECK(mnist.source == "digits drawn by Etch (no MNIST found in " + world.cache_folder.string() +
                            ", not downloaded; not comparable with published accuracies)");
  CHECK(is_whole(mnist.train, 30));
  CHECK(is_whole(mnist.test, 20));
  CHECK_FALSE(fs::exists(world.cache_folder));
  CHECK_FALSE(std::equal(mnist.test.images.begin(), mnist.test.images.end(), mnist.train.images.begin()));
}

TEST_CASE("without MNIST and a word about drawn digits, loading is an error that says what to do",
          "[mnist]") {
  EmptyWorld world;
  const std::string advice =
      "put train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, "
      "t10k-labels-idx1-ubyte.gz from https://storage.googleapis.com/cvdf-datasets/mnist/ into a folder that "
      "the environment's ETCH_DATA names, or ask for digits that Etch draws, "
      "load_mnist({.draw_if_missing = true})";
  const std::string missing = "load_mnist: no MNIST found in " + world.cache_folder.string();
  CHECK_THROWS_WITH(
      load_mnist(),
      missing + ", not downloaded; allow a download, load_mnist({.download = true}), " + advice);
  CHECK_THROWS_WITH(load_mnist({.download = true}), missing + ", not downloaded; " + advice);
  CHECK_FALSE(fs::exists(world.cache_folder));
}

TEST_CASE("without any folder to look in, digits are drawn", "[mnist]") {
  EmptyWorld world;
  const Variable home("HOME", std::nullopt);
  CHECK_THAT(load_few().source, StartsWith("digits drawn by Etch (no folder to look for MNIST in"));
}

TEST_CASE("the source lists every folder that was searched", "[mnist]") {
  EmptyWorld world;
  const Variable material("ETCH_MATERIAL", "/nowhere/material");
  const Variable data("ETCH_DATA", "/nowhere/data");
  CHECK_THAT(load_few().source,
             Contains("/nowhere/material/data/mnist, /nowhere/data, /nowhere/data/mnist, " +
                      world.cache_folder.string()));
}

TEST_CASE("a file that is not MNIST's is an error, not a reason to draw", "[mnist]") {
  EmptyWorld world;
  const Variable data("ETCH_DATA", world.folder.path().string());
  fs::path place;
  SECTION("in ETCH_DATA") { place = world.folder.path(); }
  SECTION("in the cache") { place = world.cache_folder; }
  for (const char* name : files) write(place / name, "abc");
  CHECK(
      load_error() ==
      (place / files[0]).string() +
          " is not the published MNIST file (its SHA-256 is "
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad, expected "
          "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609); delete it, or replace it with "
          "https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz");
}

TEST_CASE("each of the four checksums is verified", "[mnist]") {
  const auto real = real_files();
  if (!real) return;
  EmptyWorld world;
  const Variable data("ETCH_DATA", world.folder.path().string());
  link_files(*real, world.folder.path());
  const std::string name = GENERATE(from_range(std::begin(files), std::end(files)));
  const fs::path path = world.folder / name;
  std::ifstream original(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(original), {}};
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  fs::remove(path);
  write(path, bytes);
  CHECK_THAT(load_error(), StartsWith(path.string() + " is not the published MNIST file"));
}

TEST_CASE("a folder with a part of MNIST is an error that names the rest", "[mnist]") {
  EmptyWorld world;
  const Variable data("ETCH_DATA", world.folder.path().string());
  for (const char* name : {files[0], files[2], files[3]}) write(world.folder / name, "abc");
  CHECK(load_error() == world.folder.path().string() +
                            " holds only a part of MNIST, without train-labels-idx1-ubyte.gz; add what is "
                            "missing or remove the rest");
}

TEST_CASE("an interrupted download in the cache does not stop a program", "[mnist]") {
  EmptyWorld world;
  write(world.cache_folder / files[1], "abc");
  CHECK_FALSE(load_few().real);
}

TEST_CASE("MNIST is downloaded with curl, or with wget without curl", "[mnist]") {
  const auto real = real_files();
  if (!real) return;
  EmptyWorld world;
  const Variable path("PATH", (world.folder / "bin").string());
  const Variable no_download("ETCH_NO_DOWNLOAD", std::nullopt);
  const Variable copied("ETCH_TEST_FILES", real->string());
  // The first mirror fails, so that the second must be tried.
  const std::string serve =
      "case $url in https://ossci-datasets.s3.amazonaws.com/mnist/*) ;; *) exit 22;; esac\n"
      "/bin/cp \"$ETCH_TEST_FILES/${url##*/}\" \"$output\"\n";
  SECTION("curl") {
    write_program(world.folder / "bin/curl",
                  "while [ $# -gt 1 ]; do [ \"$1\" = --output ] && output=$2; shift; done\nurl=$1\n" + serve);
  }
  SECTION("wget") {
    write_program(world.folder / "bin/wget",
                  "for url; do case $url in --output-document=*) output=${url#*=};; esac; done\n" + serve);
  }
  const auto mnist = load_few();
  CHECK(mnist.source == "real MNIST from " + world.cache_folder.string() + " (checksums verified)");
  CHECK(is_whole(mnist.test, 10'000));
  CHECK(std::distance(fs::directory_iterator(world.cache_folder), {}) == 4);
}

TEST_CASE("a download that fails or brings something else leaves nothing behind", "[mnist]") {
  EmptyWorld world;
  const Variable path("PATH", (world.folder / "bin").string());
  const Variable no_download("ETCH_NO_DOWNLOAD", std::nullopt);
  bool has_curl = true;
  SECTION("no program to download with") { has_curl = false; }
  SECTION("no network") {
    write_program(world.folder / "bin/curl", "echo called > \"$HOME/called\"\nexit 6\n");
  }
  SECTION("the page of a captive portal") {
    write_program(world.folder / "bin/curl",
                  "echo called > \"$HOME/called\"\n"
                  "while [ $# -gt 1 ]; do [ \"$1\" = --output ] && echo hello > \"$2\"; shift; done\n"
                  "exit 0\n");
  }
  CHECK_THAT(load_few().source, Contains("downloading it failed"));
  CHECK(fs::is_empty(world.cache_folder));
  CHECK(fs::exists(world.folder / "called") == has_curl);
}

TEST_CASE("the download can be forbidden", "[mnist]") {
  EmptyWorld world;
  const Variable path("PATH", (world.folder / "bin").string());
  write_program(world.folder / "bin/curl", "echo called > \"$HOME/called\"\nexit 6\n");
  const std::string value = GENERATE("1", "yes", "0", "");
  const bool download = GENERATE(true, false);
  CAPTURE(value, download);
  const Variable no_download("ETCH_NO_DOWNLOAD", value);
  load_few(download);
  CHECK(fs::exists(world.folder / "called") == (download && (value == "0" || value.empty())));
}

TEST_CASE("a cache that cannot be written is no reason to stop", "[mnist]") {
  EmptyWorld world;
  const Variable no_download("ETCH_NO_DOWNLOAD", std::nullopt);
  write(world.folder / ".cache", "a file where a folder should be");
  CHECK_THAT(load_few().source, Contains("downloading it failed"));
}

TEST_CASE("images and labels make a set only if they fit", "[mnist]") {
  const IdxArray images{{2, 1, 3}, {1, 2, 3, 4, 5, 6}}, labels{{2}, {9, 0}};
  const ImageSet set = make_image_set(images, labels, "images.gz", "labels.gz");
  CHECK(set.count() == 2);
  CHECK(set.rows == 1);
  CHECK(set.columns == 3);
  CHECK(set.images == images.data);
  CHECK(set.labels == labels.data);

  CHECK_THAT(set_error(labels, labels), StartsWith("images.gz has 1 dimensions"));
  CHECK_THAT(set_error(images, images), StartsWith("labels.gz has 3 dimensions"));
  CHECK_THAT(set_error(images, {{3}, {1, 2, 3}}),
             StartsWith("images.gz holds 2 images, but labels.gz 3 labels"));
  CHECK_THAT(set_error(images, {{2}, {9, 10}}), StartsWith("labels.gz has the label 10 at index 1"));
}
