// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>

namespace etch::host {

/// A new file in a folder, gone again unless it takes a name. Only its owner may read it. It is locked while
/// it is written, so that what a killed program left can be told from what another one writes. Its name is
/// short, whatever name it is to take. Functions that return false leave the reason in `errno`.
class TemporaryFile {
 public:
  TemporaryFile() = default;
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  bool create(const std::filesystem::path& folder);
  bool write(std::span<const std::byte> bytes);
  /// Gives it the permissions of a file that is there, else those of a new file.
  void allow_as(const std::filesystem::path& path) const;
  /// Everything has reached the disk afterwards; the lock stays.
  bool finish();
  bool rename_to(const std::filesystem::path& path);

 private:
  bool open_new(const std::filesystem::path& folder);
  bool is_ours() const;

  std::filesystem::path path_;
  int file_ = -1, lock_ = -1;
};

/// Removes the temporary files that programs which were killed left in a folder.
void remove_stale_temporaries(const std::filesystem::path& folder);

/// Without this a power cut may bring a replaced file back, whole. It is no failure where folders do not
/// sync.
void sync_folder(const std::filesystem::path& folder);

}  // namespace etch::host
