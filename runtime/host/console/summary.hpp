// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace etch::host {

/// One layer. A line break in a cell is kept; a long cell is wrapped.
struct SummaryRow {
  std::string_view name;
  std::string_view kind;
  std::string_view output_shape;
  std::int64_t parameters = 0;
  std::string_view connected_to{};
  bool trainable = true;
};

/// What a training within a number of bytes gains and costs, for one sample. Not shown without `plain_arena`.
struct SummaryTrade {
  std::int64_t arena = 0, plain_arena = 0;  ///< bytes of activations, and without a limit
  std::int64_t macs = 0, macs_again = 0;    ///< multiply-accumulates, and those that are done again
  std::int64_t parts = 1, gradients = 0;    ///< in which a batch runs, and the bytes that it keeps between
};

struct SummaryTotals {
  std::int64_t total = 0;
  std::int64_t trainable = 0;
  std::int64_t non_trainable = 0;
  /// Numbers that the optimizer keeps; not shown when there are none.
  std::int64_t optimizer = 0;
  std::int64_t bytes_per_parameter = 4;
  /// How products meet sums, where that is to be said.
  std::string_view numerics{};
  SummaryTrade trade{};
};

struct MemoryLine {
  std::string_view what;
  std::int64_t bytes = 0;
};

struct SummaryOptions {
  /// Columns the table may take; 0 is the terminal's width, or 100 where there is none.
  int width = 0;
  /// Whether to draw lines with UTF-8 box characters; by default as the locale says.
  std::optional<bool> utf8{};
};

/// The number with commas between thousands.
std::string with_commas(std::int64_t number);

/// Bytes for people, as Keras writes them: "466.04 KB", with units of 1,024.
std::string readable_bytes(std::int64_t bytes);

/// The table as text. "Connected to" appears when a row has it; "Trainable" when a row with parameters is
/// frozen; the memory part when there are lines for it.
std::string summary_text(std::string_view title, std::span<const SummaryRow> rows,
                         const SummaryTotals& totals, std::span<const MemoryLine> memory,
                         const SummaryOptions& options = {});

/// Prints `summary_text`.
void print_summary(std::FILE* out, std::string_view title, std::span<const SummaryRow> rows,
                   const SummaryTotals& totals, std::span<const MemoryLine> memory,
                   const SummaryOptions& options = {});

}  // namespace etch::host
