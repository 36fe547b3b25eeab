// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/logs.hpp>
#include <runtime/host/backup.hpp>

#include <string>

namespace etch {

/// Keeps a backup while `fit` runs, and goes on from it when the program was interrupted: same bits as
/// without the interruption. Like Keras, it forgets a backup when training has ended.
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
    model.save(host::backup_path(backup_dir, epoch + 1).c_str(), true);
    host::keep_backup(backup_dir, epoch + 1);
  }
  void on_train_end(const Logs&) {
    if (delete_checkpoint) host::keep_backup(backup_dir, 0);
  }

  int epoch_ = 0;
};

}  // namespace etch
