// SPDX-License-Identifier: BSL-1.0
#include <cerrno>
#include <runtime/host/files/file_error.hpp>
#include <runtime/host/files/replace_file.hpp>
#include <runtime/host/files/temporary_file.hpp>
#include <system_error>

namespace etch::host {

namespace {

namespace fs = std::filesystem;

std::string system_message(int error) { return std::generic_category().message(error); }

/// What a link names, there or not: links of links are followed as the system does.
fs::path follow_links(const fs::path& path) {
  constexpr int most_links = 40;
  std::error_code error;
  fs::path target = path;
  for (int links = 0; fs::is_symlink(fs::symlink_status(target, error)); ++links) {
    const fs::path next = fs::read_symlink(target, error);
    if (error || links == most_links)
      refuse(path.string(), "this is a symbolic link that leads nowhere", "choose another path");
    target = target.parent_path() / next;  // an absolute one replaces the folder
  }
  return target;
}

fs::path resolve_target(const fs::path& path) {
  std::error_code error;
  fs::path target = follow_links(path);
  if (fs::exists(target, error) && !fs::is_regular_file(target, error))
    refuse(path.string(), "this is not a regular file, so it is not replaced", "choose another path");
  return target;
}

/// Writes, or throws with the system's reason, so that it is not lost on the way through the writer.
class Replacement {
 public:
  explicit Replacement(const fs::path& path)
      : target_(resolve_target(path)), folder_(target_.has_parent_path() ? target_.parent_path() : ".") {
    remove_stale_temporaries(folder_);
    if (!file_.create(folder_)) fail("cannot make a file in its folder", errno);
  }

  void write(std::span<const std::byte> bytes) {
    if (!file_.write(bytes)) fail("writing failed", errno);
  }
  void take_name() {
    file_.allow_as(target_);
    if (!file_.finish()) fail("writing failed", errno);
    if (!file_.rename_to(target_)) fail("the new file cannot take its name", errno);
    sync_folder(folder_);
  }

 private:
  [[noreturn]] void fail(const std::string& what, int error) const {
    refuse(target_.string(), what + " (" + system_message(error) + ")",
           "check the path, the permissions and the free space of the folder (what was there before is "
           "unchanged)");
  }

  fs::path target_, folder_;
  TemporaryFile file_;
};

}  // namespace

void replace_file(const fs::path& path, const std::function<bool(const ByteSink&)>& write) {
  Replacement replacement(path);
  const ByteSink sink = [&replacement](std::span<const std::byte> bytes) {
    replacement.write(bytes);
    return true;
  };
  if (!write(sink)) refuse(path.string(), "the file was not written to its end", "write it again");
  replacement.take_name();
}

void replace_file(const fs::path& path, std::span<const std::byte> bytes) {
  replace_file(path, [&](const ByteSink& sink) { return sink(bytes); });
}

}  // namespace etch::host
