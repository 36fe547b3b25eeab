// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/logs.hpp>
#include <runtime/host/files/csv_log.hpp>

namespace etch {

/// Writes a line of numbers for each epoch to a file, with Keras's names and defaults: the epoch from 0, then
/// all logs by their names. Numbers that an epoch has not, such as those of validation, are `NA`. Where
/// training goes on, by `initial_epoch` or `BackupAndRestore`, the lines of the epochs before stay (Keras's
/// are lost unless it appends).
struct CSVLogger {
  const char* filename;
  char separator = ',';
  bool append = false;
  host::CsvLog file{};

  void on_train_begin(const Logs&) { file.close(); }
  void on_epoch_begin(int epoch, const Logs&) {
    if (!file.is_open()) file.open(filename, separator, append, epoch);
  }
  void on_epoch_end(int epoch, const Logs& logs) { file.write(epoch, logs.span()); }
  void on_train_end(const Logs&) { file.close(); }
};

}  // namespace etch
