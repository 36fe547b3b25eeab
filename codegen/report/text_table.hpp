// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <iosfwd>
#include <string>
#include <vector>

namespace etch::host {

/// Columns of text, as wide as their longest cell.
class TextTable {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };
  explicit TextTable(std::vector<Column> columns);
  /// As many cells as columns.
  void add(std::vector<std::string> row);
  /// An empty table prints nothing.
  void print(std::ostream& out) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// 1234567 as "1,234,567".
std::string grouped(long long number);
/// The shortest of up to six digits.
std::string short_number(double number);

}  // namespace etch::host
