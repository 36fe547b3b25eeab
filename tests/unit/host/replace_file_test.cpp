// SPDX-License-Identifier: BSL-1.0
// How files are saved: nobody else sees half of one, and nothing is left behind.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <runtime/host/files/replace_file.hpp>
#include <string>
#include <tests/unit/error_of.hpp>
#include <tests/unit/temporary_folder.hpp>

namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using etch::host::ByteSink;
using etch::host::replace_file;

void save(const fs::path& path, const std::string& text) {
  replace_file(path, std::as_bytes(std::span(text)));
}
std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
unsigned mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}
std::vector<fs::path> files_in(const fs::path& folder) {
  return {fs::directory_iterator(folder), fs::directory_iterator()};
}

class Mask {
 public:
  explicit Mask(mode_t mask) : before_(::umask(mask)) {}
  Mask(const Mask&) = delete;
  Mask& operator=(const Mask&) = delete;
  ~Mask() { ::umask(before_); }

 private:
  mode_t before_;
};

TEST_CASE("a file that is being saved is its owner's alone, and then as any new file", "[replace_file]") {
  const TemporaryFolder folder;
  const Mask mask(022);
  const auto write = [&](const ByteSink&) {
    const auto files = files_in(folder.path());
    REQUIRE(files.size() == 1);
    CHECK(mode_of(files[0]) == 0600);
    return true;
  };
  replace_file(folder / "new", write);
  CHECK(mode_of(folder / "new") == 0644);
  CHECK(::umask(022) == 022);  // saving left it as it was

  fs::permissions(folder / "new", fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  save(folder / "new", "secret");
  CHECK(mode_of(folder / "new") == 0640);
}

TEST_CASE("saving to a symbolic link replaces what it names", "[replace_file]") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "models");
  fs::create_symlink("models/real", folder / "link");
  fs::create_symlink("link", folder / "link_to_link");

  save(folder / "link_to_link", "first");  // the file is not there yet
  CHECK(text_of(folder / "models/real") == "first");
  save(folder / "link", "second");
  CHECK(text_of(folder / "models/real") == "second");
  save(fs::absolute(folder / "link"), "third");
  CHECK(text_of(folder / "models/real") == "third");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(fs::is_symlink(folder / "link_to_link"));
  CHECK(files_in(folder / "models").size() == 1);
  CHECK(files_in(folder.path()).size() == 3);

  fs::create_symlink("b", folder / "a");
  fs::create_symlink("a", folder / "b");
  CHECK_THAT(error_of([&] { save(folder / "a", "x"); }), Contains("a symbolic link that leads nowhere"));
  fs::create_directory_symlink("models", folder / "folder");
  CHECK_THAT(error_of([&] { save(folder / "folder", "x"); }), Contains("not a regular file"));
}

TEST_CASE("what a killed program left is removed by the next save, what another writes is not",
          "[replace_file]") {
  const TemporaryFolder folder;
  int ready[2], go[2];
  REQUIRE(::pipe(ready) == 0);
  REQUIRE(::pipe(go) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {  // writes half, says so, waits, and is then killed or goes on
    replace_file(folder / "model", [&](const ByteSink& sink) {
      const std::string half = "half";
      sink(std::as_bytes(std::span(half)));
      char byte = 0;
      static_cast<void>(!::write(ready[1], "r", 1));
      static_cast<void>(!::read(go[0], &byte, 1));
      return true;
    });
    ::_exit(0);
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  save(folder / "other", "whole");
  CHECK(files_in(folder.path()).size() == 2);  // the child's is locked, so it stays

  const bool killed = GENERATE(true, false);
  if (killed) {
    REQUIRE(::kill(child, SIGKILL) == 0);
  } else {
    REQUIRE(::write(go[1], "g", 1) == 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  for (const int end : {ready[0], ready[1], go[0], go[1]}) ::close(end);
  CHECK(files_in(folder.path()).size() == 2);
  save(folder / "other", "again");
  CHECK(fs::exists(folder / "model") == !killed);
  CHECK(files_in(folder.path()).size() == (killed ? 1 : 2));
  if (!killed) CHECK(text_of(folder / "model") == "half");
}

TEST_CASE("only a file that saving made is taken for a temporary one", "[replace_file]") {
  const TemporaryFolder folder;
  for (const char* name : {".etch-notes", "etch-1-0.tmp", "model.tmp"})
    std::ofstream(folder / name) << "mine";
  fs::create_directory(folder / ".etch-folder.tmp");
  fs::create_symlink("model.tmp", folder / ".etch-link.tmp");
  save(folder / "new", "x");
  CHECK(files_in(folder.path()).size() == 6);
}

TEST_CASE("the longest name that a folder takes can be saved to", "[replace_file]") {
  const TemporaryFolder folder;
  const std::string longest(255, 'n');
  save(folder / longest, "first");
  save(folder / longest, "second");
  CHECK(text_of(folder / longest) == "second");
  CHECK(files_in(folder.path()).size() == 1);
  CHECK_THAT(error_of([&] { save(folder / (longest + 'n'), "x"); }), Contains("name too long"));
  CHECK(files_in(folder.path()).size() == 1);
}

}  // namespace
