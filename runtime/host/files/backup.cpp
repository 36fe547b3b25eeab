// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <filesystem>
#include <runtime/host/error.hpp>
#include <runtime/host/files/backup.hpp>
#include <string_view>
#include <system_error>

namespace etch::host {
namespace {

constexpr std::string_view prefix = "epoch-", suffix = ".safetensors";

/// The epochs that a file is a backup of, 0 where it is none.
int epochs_of(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  if (!name.starts_with(prefix) || !name.ends_with(suffix)) return 0;
  int epochs = 0;
  for (std::size_t i = prefix.size(); i < name.size() - suffix.size(); ++i) {
    if (name[i] < '0' || name[i] > '9' || epochs > 100'000'000) return 0;
    epochs = 10 * epochs + (name[i] - '0');
  }
  return epochs;
}

}  // namespace

std::string backup_path(const char* dir, int epoch) {
  return (std::filesystem::path(dir) / (std::string(prefix) + std::to_string(epoch) + std::string(suffix)))
      .string();
}

int backup_epoch(const char* dir) {
  std::error_code problem;
  std::filesystem::create_directories(dir, problem);
  if (problem) throw Error("BackupAndRestore cannot make the folder '" + std::string(dir) + "'.");
  int newest = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir))
    newest = std::max(newest, epochs_of(entry.path()));
  return newest;
}

void keep_backup(const char* dir, int epoch) {
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(dir, problem))
    if (const int epochs = epochs_of(entry.path()); epochs > 0 && epochs != epoch)
      std::filesystem::remove(entry.path(), problem);
}

}  // namespace etch::host
