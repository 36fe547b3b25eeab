// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <runtime/host/console/columns.hpp>
#include <runtime/host/console/progress_bar.hpp>
#include <runtime/host/console/summary.hpp>
#include <utility>
#include <vector>

namespace etch::host {
namespace {

constexpr std::size_t narrowest_column = 8;
constexpr int widest_table = 100;

using Cell = std::vector<std::string>;

struct Column {
  std::string_view title;
  bool right = false;
  bool wraps = true;
  std::size_t width = 0;
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

/// One horizontal line of the table: its left end, its line, its crossings, its right end.
struct Rule {
  std::string_view left, line, cross, right;
};

struct Drawing {
  Rule top, below_title, between, bottom;
  std::string_view title_bar, bar;
};

constexpr Drawing unicode_drawing{
    {"┏", "━", "┳", "┓"}, {"┡", "━", "╇", "┩"}, {"├", "─", "┼", "┤"}, {"└", "─", "┴", "┘"}, "┃", "│"};
constexpr Drawing ascii_drawing{
    {"+", "-", "+", "+"}, {"+", "=", "+", "+"}, {"+", "-", "+", "+"}, {"+", "-", "+", "+"}, "|", "|"};

/// Bytes of the first `columns` columns of `text`, which has more of them.
std::size_t bytes_of_columns(std::string_view text, std::size_t columns) {
  std::size_t i = 0;
  for (std::size_t seen = 0; i < text.size(); ++i) {
    if (!continues_character(text[i]) && seen++ == columns) break;
  }
  return i;
}

/// Where to break a text that is too long: after the last space, comma, slash or underscore that fits, or in
/// a word.
std::size_t break_position(std::string_view text, std::size_t width) {
  const std::size_t limit = bytes_of_columns(text, width);
  if (text[limit] == ' ') return limit;
  const std::size_t last = text.substr(0, limit).find_last_of(" ,/_");
  return last == text.npos ? limit : last + 1;
}

void wrap_line(std::string_view text, std::size_t width, Cell& lines) {
  while (columns_of(text) > width) {
    const std::size_t at = break_position(text, width);
    const std::size_t end = text.substr(0, at).find_last_not_of(' ');
    lines.emplace_back(text.substr(0, end == text.npos ? at : end + 1));
    const std::size_t next = text.find_first_not_of(' ', at);
    text = next == text.npos ? std::string_view{} : text.substr(next);
  }
  lines.emplace_back(text);
}

Cell wrap(std::string_view text, std::size_t width) {
  Cell lines;
  for (std::size_t end = text.find('\n'); end != text.npos; end = text.find('\n')) {
    wrap_line(text.substr(0, end), width, lines);
    text.remove_prefix(end + 1);
  }
  wrap_line(text, width, lines);
  return lines;
}

std::size_t widest_line(std::string_view text) {
  std::size_t widest = 0;
  for (const std::string& line : wrap(text, text.size() + 1)) widest = std::max(widest, columns_of(line));
  return widest;
}

bool frozen(const SummaryRow& row) { return row.parameters > 0 && !row.trainable; }

std::string layer_text(const SummaryRow& row) {
  if (row.kind.empty()) return std::string(row.name);
  return std::string(row.name) + " (" + std::string(row.kind) + ")";
}

std::string trainable_text(const SummaryRow& row) {
  if (row.parameters == 0) return "-";
  return row.trainable ? "Y" : "N";
}

Table make_table(std::span<const SummaryRow> rows) {
  const bool connections =
      std::any_of(rows.begin(), rows.end(), [](const SummaryRow& row) { return !row.connected_to.empty(); });
  const bool trainability = std::any_of(rows.begin(), rows.end(), frozen);
  Table table;
  table.columns = {{"Layer (type)"}, {"Output Shape"}, {"Param #", true, false}};
  if (connections) table.columns.push_back({"Connected to"});
  if (trainability) table.columns.push_back({"Trainable", false, false});
  for (const SummaryRow& row : rows) {
    std::vector<std::string> cells{layer_text(row), std::string(row.output_shape),
                                   with_commas(row.parameters)};
    if (connections) cells.emplace_back(row.connected_to);
    if (trainability) cells.push_back(trainable_text(row));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

std::size_t table_width(const Table& table) {
  std::size_t width = 1;
  for (const Column& column : table.columns) width += column.width + 3;
  return width;
}

Column* widest_wrapping_column(Table& table) {
  Column* widest = nullptr;
  for (Column& column : table.columns) {
    if (!column.wraps || column.width <= narrowest_column) continue;
    if (widest == nullptr || column.width > widest->width) widest = &column;
  }
  return widest;
}

void set_widths(Table& table, std::size_t limit) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    Column& column = table.columns[i];
    column.width = columns_of(column.title);
    for (const auto& row : table.rows) column.width = std::max(column.width, widest_line(row[i]));
  }
  while (table_width(table) > limit) {
    Column* const column = widest_wrapping_column(table);
    if (column == nullptr) return;
    --column->width;
  }
}

void put_rule(std::string& text, const Table& table, const Rule& rule) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    text += i == 0 ? rule.left : rule.cross;
    for (std::size_t k = 0; k < table.columns[i].width + 2; ++k) text += rule.line;
  }
  text += rule.right;
  text += '\n';
}

void put_padded(std::string& text, std::string_view cell, std::size_t width, bool right) {
  const std::string padding(width - std::min(width, columns_of(cell)), ' ');
  if (right) text += padding;
  text += cell;
  if (!right) text += padding;
}

template <class Row>
void put_row(std::string& text, const Table& table, const Row& row, std::string_view bar) {
  std::vector<Cell> cells;
  std::size_t height = 0;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    cells.push_back(wrap(row(i), table.columns[i].width));
    height = std::max(height, cells.back().size());
  }
  for (std::size_t line = 0; line < height; ++line) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      text += bar;
      text += ' ';
      const Column& column = table.columns[i];
      put_padded(text, line < cells[i].size() ? cells[i][line] : std::string{}, column.width, column.right);
      text += ' ';
    }
    text += bar;
    text += '\n';
  }
}

void put_table(std::string& text, const Table& table, const Drawing& drawing) {
  put_rule(text, table, drawing.top);
  put_row(
      text, table, [&](std::size_t i) { return table.columns[i].title; }, drawing.title_bar);
  put_rule(text, table, drawing.below_title);
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (i > 0) put_rule(text, table, drawing.between);
    put_row(
        text, table, [&](std::size_t k) { return std::string_view(table.rows[i][k]); }, drawing.bar);
  }
  put_rule(text, table, drawing.bottom);
}

void put_wrapped(std::string& text, const std::string& line, std::size_t indent, std::size_t limit) {
  const std::size_t width = limit > indent + narrowest_column ? limit - indent : narrowest_column;
  for (const std::string& part : wrap(line, width)) text += std::string(indent, ' ') + part + '\n';
}

/// What a terminal too narrow for the columns gets: the cells below one another.
void put_list(std::string& text, const Table& table, std::size_t limit) {
  for (const auto& row : table.rows) {
    put_wrapped(text, row[0], 0, limit);
    for (std::size_t i = 1; i < row.size(); ++i)
      if (!row[i].empty()) put_wrapped(text, std::string(table.columns[i].title) + ": " + row[i], 2, limit);
  }
}

void put_totals(std::string& text, const SummaryTotals& totals, std::size_t limit) {
  const auto put = [&](const char* what, std::int64_t count) {
    put_wrapped(text,
                std::string(what) + " params: " + with_commas(count) + " (" +
                    readable_bytes(count * totals.bytes_per_parameter) + ")",
                1, limit);
  };
  put("Total", totals.total);
  put("Trainable", totals.trainable);
  put("Non-trainable", totals.non_trainable);
  if (totals.optimizer > 0) put("Optimizer", totals.optimizer);
  if (!totals.numerics.empty()) put_wrapped(text, "Numerics: " + std::string(totals.numerics), 1, limit);
}

void put_trade(std::string& text, const SummaryTrade& trade, std::size_t limit) {
  if (trade.plain_arena == 0) return;
  std::array<char, 32> more{};
  std::snprintf(more.data(), more.size(), "%.1f",
                100.0 * static_cast<double>(trade.macs_again) /
                    static_cast<double>(std::max<std::int64_t>(trade.macs, 1)));
  put_wrapped(text,
              "Training fits in: activations take " + with_commas(trade.arena) + " bytes instead of " +
                  with_commas(trade.plain_arena) + ", for " + with_commas(trade.macs_again) +
                  " multiply-accumulates a sample more than " + with_commas(trade.macs) + " (" + more.data() +
                  " %)" +
                  (trade.parts > 1 ? "; a batch runs in " + with_commas(trade.parts) + " parts, with " +
                                         with_commas(trade.gradients) + " bytes of gradients"
                                   : std::string()),
              1, limit);
}

void put_memory(std::string& text, std::span<const MemoryLine> memory, std::size_t limit) {
  if (memory.empty()) return;
  std::array<std::size_t, 3> widths{};
  for (const MemoryLine& line : memory) {
    widths[0] = std::max(widths[0], columns_of(line.what));
    widths[1] = std::max(widths[1], with_commas(line.bytes).size());
    widths[2] = std::max(widths[2], readable_bytes(line.bytes).size());
  }
  text += "\n Memory\n";
  constexpr std::size_t between = 3 + 2 + std::string_view(" bytes  ").size();
  const bool narrow = widths[0] + widths[1] + widths[2] + between > limit;
  for (const MemoryLine& line : memory) {
    if (narrow) {
      put_wrapped(text, std::string(line.what) + ": " + readable_bytes(line.bytes), 3, limit);
      continue;
    }
    text += "   ";
    put_padded(text, line.what, widths[0], false);
    text += "  ";
    put_padded(text, with_commas(line.bytes), widths[1], true);
    text += " bytes  ";
    put_padded(text, readable_bytes(line.bytes), widths[2], true);
    text += '\n';
  }
}

}  // namespace

std::string with_commas(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t i = digits.size(); i > first + 3;) {
    i -= 3;
    digits.insert(i, 1, ',');
  }
  return digits;
}

std::string readable_bytes(std::int64_t bytes) {
  constexpr std::array units{"B", "KB", "MB", "GB", "TB", "PB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.2f %s", value, units[unit]);
  return text.data();
}

std::string summary_text(std::string_view title, std::span<const SummaryRow> rows,
                         const SummaryTotals& totals, std::span<const MemoryLine> memory,
                         const SummaryOptions& options) {
  Table table = make_table(rows);
  const auto limit = static_cast<std::size_t>(options.width > 0 ? options.width : widest_table);
  set_widths(table, limit);
  std::string text = "Model: \"" + std::string(title) + "\"\n";
  if (table_width(table) > limit)
    put_list(text, table, limit);
  else
    put_table(text, table, options.utf8.value_or(utf8_locale()) ? unicode_drawing : ascii_drawing);
  put_totals(text, totals, limit);
  put_memory(text, memory, limit);
  put_trade(text, totals.trade, limit);
  return text;
}

void print_summary(std::FILE* out, std::string_view title, std::span<const SummaryRow> rows,
                   const SummaryTotals& totals, std::span<const MemoryLine> memory,
                   const SummaryOptions& options) {
  SummaryOptions chosen = options;
  if (chosen.width <= 0 && is_terminal(out)) chosen.width = terminal_width(out, widest_table);
  const std::string text = summary_text(title, rows, totals, memory, chosen);
  std::fwrite(text.data(), 1, text.size(), out);
  std::fflush(out);
}

}  // namespace etch::host
