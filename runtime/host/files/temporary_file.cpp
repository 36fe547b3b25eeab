// SPDX-License-Identifier: BSL-1.0
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <runtime/host/files/temporary_file.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace etch::host {

namespace {

constexpr std::string_view name_begin = ".etch-", name_end = ".tmp";

/// The permissions of new files. Reading them changes them for an instant, in which files of other threads
/// are more private, never less.
mode_t new_file_mode() {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  const mode_t mask = ::umask(077);
  ::umask(mask);
  return 0666 & ~mask;
}

}  // namespace

TemporaryFile::~TemporaryFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
  for (const int each : {file_, lock_})
    if (each >= 0) ::close(each);
}

/// The counter keeps threads apart, the process id keeps programs apart; a killed one may have left a file.
bool TemporaryFile::open_new(const std::filesystem::path& folder) {
  static std::atomic<unsigned> counter{0};
  do {
    path_ = folder / (std::string(name_begin) + std::to_string(::getpid()) + "-" + std::to_string(counter++) +
                      std::string(name_end));
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  } while (file_ < 0 && errno == EEXIST);
  if (file_ < 0) path_.clear();
  return file_ >= 0;
}

/// Between its making and its lock another program may have taken the file for a stale one. Where there are
/// no locks, nothing is taken for stale.
bool TemporaryFile::is_ours() const {
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
  struct stat now {};
  return ::fstat(file_, &now) == 0 && now.st_nlink > 0;
}

bool TemporaryFile::create(const std::filesystem::path& folder) {
  while (open_new(folder)) {
    if (is_ours()) return true;
    ::close(std::exchange(file_, -1));
    ::unlink(path_.c_str());
  }
  return false;
}

bool TemporaryFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

/// Who could read the old file can read the new one, and nobody else: where the group cannot be kept, it may
/// do what all may. Not all file systems have permissions.
void TemporaryFile::allow_as(const std::filesystem::path& path) const {
  struct stat old {
  }, now{};
  mode_t mode = new_file_mode();
  if (::stat(path.c_str(), &old) == 0) {
    mode = old.st_mode & 0777;
    const bool same_group = ::fstat(file_, &now) == 0 && now.st_gid == old.st_gid;
    if (!same_group && ::fchown(file_, static_cast<uid_t>(-1), old.st_gid) != 0)
      mode = (mode & 0707) | (mode & 0007) << 3;
  }
  static_cast<void>(!::fchmod(file_, mode));
}

/// Some file systems say when a file is closed that it did not fit.
bool TemporaryFile::finish() {
  lock_ = ::fcntl(file_, F_DUPFD_CLOEXEC, 0);
  return ::fsync(file_) == 0 && ::close(std::exchange(file_, -1)) == 0;
}

bool TemporaryFile::rename_to(const std::filesystem::path& path) {
  if (::rename(path_.c_str(), path.c_str()) != 0) return false;
  path_.clear();
  return true;
}

void remove_stale_temporaries(const std::filesystem::path& folder) {
  std::error_code problem;
  for (std::filesystem::directory_iterator it(folder, problem), end; !problem && it != end;
       it.increment(problem)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(name_begin) || !name.ends_with(name_end)) continue;
    const int file = ::open(it->path().c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) continue;
    struct stat now {};
    if (::flock(file, LOCK_EX | LOCK_NB) == 0 && ::fstat(file, &now) == 0 && now.st_nlink > 0)
      ::unlink(it->path().c_str());
    ::close(file);
  }
}

void sync_folder(const std::filesystem::path& folder) {
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return;
  static_cast<void>(::fsync(opened));
  ::close(opened);
}

}  // namespace etch::host
