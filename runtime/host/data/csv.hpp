// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <etch/train/dataset.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace etch::host {

/// What the label column of a CSV file holds.
enum class CsvLabels {
  classes,  ///< whole numbers from 0 on
  names,    ///< text; classes are numbered in the order in which their names first appear
  targets,  ///< numbers to be met
};

struct CsvOptions {
  char separator = ',';
  bool header = true;  ///< the first line names the columns
  /// The column that holds the labels, by name or by index (negative: from the last); none: all are values.
  std::optional<std::string> label_name = std::nullopt;
  std::optional<int> label_column = std::nullopt;
  CsvLabels labels = CsvLabels::classes;
};

/// A table of numbers, row-major, and the labels beside it.
struct CsvTable {
  int rows = 0, columns = 0;       ///< of `values`, so without the label column
  std::vector<std::string> names;  ///< of these columns; empty without a header
  std::vector<float> values;
  std::vector<std::int32_t> classes;     ///< a row each, of CsvLabels::classes and names
  std::vector<float> targets;            ///< a row each, of CsvLabels::targets
  std::vector<std::string> class_names;  ///< of CsvLabels::names: the name of each class

  /// What `fit` and `evaluate` take. This table keeps the arrays.
  Dataset dataset() const;
};

/// Reads comma-separated values as RFC 4180 has them: fields may stand in double quotes, and then hold
/// separators, line ends and doubled quotes; lines end with LF or CR LF. Spaces around a number do not count.
/// `name` is what messages call the file. Throws `etch::Error`, with line and column, unless every line has
/// as many fields as the first and every field outside a column of names is a finite number.
CsvTable read_csv(std::string_view text, const CsvOptions& options, std::string_view name);

/// The same of a file.
CsvTable load_csv(const std::filesystem::path& path, const CsvOptions& options = {});

}  // namespace etch::host
