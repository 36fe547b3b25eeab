// SPDX-License-Identifier: BSL-1.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <runtime/host/file_error.hpp>
#include <runtime/host/replace_file.hpp>
#include <string>
#include <system_error>
#include <utility>

namespace etch::host {

namespace {

std::string system_message(int error) { return std::generic_category().message(error); }

// A new file beside the target, gone again unless it takes the target's name.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& target) : target_(target) {
    // The counter keeps threads apart, the process id keeps programs apart; a crash may have left a file.
    static std::atomic<unsigned> counter{0};
    do {
      path_ = target.string() + "." + std::to_string(::getpid()) + "." + std::to_string(counter++) + ".tmp";
      file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (file_ < 0 && errno == EEXIST);
    if (file_ < 0) fail("cannot make a file in its folder", errno);
  }

  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  ~TemporaryFile() {
    if (file_ >= 0) ::close(file_);
    if (!taken_) ::unlink(path_.c_str());
  }

  /// Throws, so that the system's reason is not lost on the way through the writer.
  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::write(file_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail("writing failed", errno);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
  }

  void take_name() {
    // Who could read the old file can read the new one. Not all file systems have permissions.
    struct stat old {};
    if (::stat(target_.c_str(), &old) == 0) static_cast<void>(!::fchmod(file_, old.st_mode & 0777));
    if (::fsync(file_) != 0) fail("writing failed", errno);
    if (::close(std::exchange(file_, -1)) != 0) fail("writing failed", errno);
    if (::rename(path_.c_str(), target_.c_str()) != 0) fail("the new file cannot take its name", errno);
    taken_ = true;
    sync_folder();
  }

 private:
  [[noreturn]] void fail(const std::string& what, int error) const {
    refuse(target_.string(), what + " (" + system_message(error) + ")",
           "check the path, the permissions and the free space of the folder (what was there before is "
           "unchanged)");
  }

  // Without this a power cut may bring the old file back, whole. It is no failure where folders do not sync.
  void sync_folder() const {
    const std::filesystem::path folder = target_.has_parent_path() ? target_.parent_path() : ".";
    const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0) return;
    static_cast<void>(::fsync(opened));
    ::close(opened);
  }

  std::filesystem::path target_;
  std::string path_;
  int file_ = -1;
  bool taken_ = false;
};

// A link stays a link: the file that it names is replaced.
std::filesystem::path resolve_target(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return path;
  if (!std::filesystem::is_regular_file(path, error)) {
    refuse(path.string(), "this is not a regular file, so it is not replaced", "choose another path");
  }
  auto target = std::filesystem::canonical(path, error);
  return error ? path : target;
}

}  // namespace

void replace_file(const std::filesystem::path& path, const std::function<bool(const ByteSink&)>& write) {
  TemporaryFile temporary(resolve_target(path));
  const ByteSink sink = [&temporary](std::span<const std::byte> bytes) {
    temporary.write(bytes);
    return true;
  };
  if (!write(sink)) refuse(path.string(), "the file was not written to its end", "write it again");
  temporary.take_name();
}

void replace_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  replace_file(path, [&](const ByteSink& sink) { return sink(bytes); });
}

}  // namespace etch::host
