// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdio>
#include <etch/train/reported.hpp>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace etch::host {

/// The file behind `CSVLogger`: a header with the names of the first epoch, then a line an epoch. Fields that
/// hold a separator, a quote or a line end stand in quotes, as `read_csv` reads them.
class CsvLog {
 public:
  /// \param first_epoch the epoch from 0 that the first line is of. Where training goes on, lines of epochs
  /// before it stay in the file, in its columns; without it, and without `append`, the file begins anew.
  /// Throws `etch::Error` where the file does not open, or for a separator that ends lines or fields.
  void open(const char* path, char separator, bool append, int first_epoch = 0);
  bool is_open() const { return file_ != nullptr; }
  /// Throws `etch::Error` where the line cannot be written.
  void write(int epoch, std::span<const Reported> values);
  void close();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void write_header(std::span<const Reported> values);
  void read_header();
  void keep_epochs_before(int epoch);
  void put(std::string_view field);
  void put_next(std::string_view field);
  void end_line();

  std::unique_ptr<std::FILE, Close> file_;
  std::string path_, line_;
  char separator_ = ',';
  std::vector<std::string> names_;
};

}  // namespace etch::host
