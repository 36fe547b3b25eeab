// SPDX-License-Identifier: BSL-1.0
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include <runtime/host/files/replace_file.hpp>
#include "safetensors_sample.hpp"

using namespace safetensors_test;

namespace {

// Files may not grow beyond `bytes` while this lives: as on a full disk, writing fails midway.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    rlimit limit = old_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  rlimit old_{};
  void (*signal_)(int);
};

// Root may write everywhere: permissions are tested as nobody.
class Unprivileged {
 public:
  Unprivileged() : was_root_(::geteuid() == 0) {
    if (was_root_ && ::seteuid(65534) != 0) throw std::runtime_error("seteuid failed");
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;
  ~Unprivileged() {
    if (was_root_ && ::seteuid(0) != 0) std::abort();
  }

 private:
  bool was_root_;
};

}  // namespace

TEST_CASE("safetensors: a write that fails midway leaves the old file", "[safetensors]") {
  const Folder folder;
  const auto path = folder / "model.safetensors";
  const Sample sample;
  store(path, "old");
  const auto half = to_bytes("half of the new file");

  SECTION("the writer gives up") {
    const auto write = [&](const etch::host::ByteSink& sink) { return sink(half) && false; };
    CHECK_THAT(error_of([&] { etch::host::replace_file(path, write); }), Contains("not written to its end"));
  }
  SECTION("the writer throws") {
    const auto write = [&](const etch::host::ByteSink& sink) -> bool {
      sink(half);
      throw std::logic_error("stop");
    };
    CHECK_THROWS_AS(etch::host::replace_file(path, write), std::logic_error);
  }
  SECTION("the disk is full") {
    for (const unsigned limit : {0U, 10U, 100U, 200U, 300U, 370U}) {
      const FileSizeLimit full(limit);
      CHECK_THAT(error_of([&] { etch::host::write_safetensors_file(path, sample.entries()); }),
                 Contains("writing failed (File too large)") && Contains("is unchanged"));
    }
  }
  CHECK(fetch(path) == "old");
  CHECK(folder.count() == 1);
}

TEST_CASE("safetensors: a program that dies midway leaves the old file", "[safetensors]") {
  const Folder folder;
  const auto path = folder / "model.safetensors";
  store(path, "old");
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    etch::host::replace_file(path, [](const etch::host::ByteSink& sink) -> bool {
      sink(to_bytes("half of the new file"));
      ::_exit(7);
    });
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WEXITSTATUS(status) == 7);
  CHECK(fetch(path) == "old");
  const Sample sample;
  etch::host::write_safetensors_file(path, sample.entries(), Sample::metadata());
  check_sample(SafetensorsFile::read(path), sample);
}

TEST_CASE("safetensors: a folder that is read only gives an error", "[safetensors]") {
  const Folder folder;
  const auto path = folder / "model.safetensors";
  store(path, "old");
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read |
                                     fs::perms::others_exec);
  {
    const Unprivileged user;
    CHECK_THAT(error_of([&] { etch::host::write_safetensors_file(path, {}); }),
               Contains("cannot make a file in its folder (Permission denied)"));
  }
  fs::permissions(folder.path(), fs::perms::owner_all);
  CHECK(fetch(path) == "old");
  CHECK(folder.count() == 1);
}

TEST_CASE("safetensors: a file that is replaced keeps its link and permissions", "[safetensors]") {
  const Folder folder;
  const auto path = folder / "model.safetensors";
  const auto link = folder / "latest.safetensors";
  store(path, "old");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("model.safetensors", link);
  const Sample sample;
  etch::host::write_safetensors_file(link, sample.entries(), Sample::metadata());
  CHECK(fs::is_symlink(link));
  check_sample(SafetensorsFile::read(path), sample);
  CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(folder.count() == 2);
}
