// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/logs.hpp>
#include <runtime/host/files/backup.hpp>

#include <cstring>
#include <span>
#include <string>

namespace etch {

/// Keeps a backup while `fit` runs, and goes on from it when the program was interrupted: same bits as
/// without the interruption. Like Keras, it forgets a backup when training has ended. Weights that are not
/// finite are no state to go on from: the backup before them stays.
struct BackupAndRestore {
  const char* backup_dir;
  bool delete_checkpoint = true;

  template <class Model>
  void on_train_begin(Model& model, const Logs&) {
    epoch_ = host::backup_epoch(backup_dir);
    if (epoch_ > 0) model.load(host::backup_path(backup_dir, epoch_).c_str());
  }
  /// Where training goes on.
  int initial_epoch() const { return epoch_; }
  template <class Model>
  void on_epoch_end(Model& model, int epoch, const Logs&) {
    if (!all_finite(model.weights())) return;
    model.save(host::backup_path(backup_dir, epoch + 1).c_str(), true);
    host::keep_backup(backup_dir, epoch + 1);
  }
  void on_train_end(const Logs&) {
    if (delete_checkpoint) host::keep_backup(backup_dir, 0);
  }

  int epoch_ = 0;

 private:
  static bool all_finite(std::span<const std::byte> weights) {
    for (std::size_t at = 0; at + sizeof(float) <= weights.size(); at += sizeof(float)) {
      float w;
      std::memcpy(&w, weights.data() + at, sizeof w);
      if (w - w != 0) return false;
    }
    return true;
  }
};

}  // namespace etch
