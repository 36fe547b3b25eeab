// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <runtime/host/data/csv.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>
#include <runtime/host/quoted.hpp>
#include <span>

namespace etch::host {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// A position in the file as a user counts it, from 1.
struct Place {
  std::string_view file;
  int line, column;
};

[[noreturn]] void fail(const Place& at, const std::string& what, const std::string& advice) {
  throw Error(std::string(at.file) + " line " + std::to_string(at.line) +
              (at.column > 0 ? ", column " + std::to_string(at.column) : "") + ": " + what + "; " + advice);
}

/// Splits the text into records, one after another.
class Reader {
 public:
  Reader(std::string_view text, char separator, std::string_view name)
      : rest_(text), separator_(separator), name_(name) {
    if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
  }

  /// Empty lines at the end are no records.
  bool at_end() const { return rest_.find_first_not_of("\r\n") == std::string_view::npos; }

  /// The fields of the next record; `fields` is reused.
  void next(std::vector<std::string>& fields) {
    record_line_ = line_;
    fields.clear();
    bool more = true;
    while (more) {
      column_ = static_cast<int>(fields.size()) + 1;
      fields.emplace_back();
      more = rest_.starts_with('"') ? quoted(fields.back()) : plain(fields.back());
    }
  }

  Place place(std::size_t field) const { return {name_, record_line_, static_cast<int>(field) + 1}; }

 private:
  /// True when another field of this record follows.
  bool plain(std::string& field) {
    const std::size_t end = std::min(rest_.find_first_of(std::string{separator_, '\n', '"'}), rest_.size());
    if (end < rest_.size() && rest_[end] == '"') {
      fail({name_, line_, column_}, "a quote stands inside a field",
           "put the whole field in quotes and write its own quotes twice");
    }
    field = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (!rest_.starts_with(separator_) && field.ends_with('\r')) field.pop_back();
    return end_field();
  }

  bool quoted(std::string& field) {
    const Place start{name_, line_, column_};
    for (rest_.remove_prefix(1);; rest_.remove_prefix(1)) {
      const std::size_t end = rest_.find('"');
      if (end == std::string_view::npos) fail(start, "a quoted field does not end", "close its quote");
      field += rest_.substr(0, end);
      line_ +=
          static_cast<int>(std::count(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
      rest_.remove_prefix(end + 1);
      if (!rest_.starts_with('"')) break;
      field += '"';
    }
    if (rest_.starts_with("\r\n") || rest_ == "\r") rest_.remove_prefix(1);
    if (!rest_.empty() && !rest_.starts_with(separator_) && !rest_.starts_with('\n')) {
      fail({name_, line_, column_}, "text follows a closing quote",
           "write quotes inside a quoted field twice");
    }
    return end_field();
  }

  bool end_field() {
    if (rest_.empty()) return false;
    const bool more = rest_.front() == separator_;
    if (!more) ++line_;
    rest_.remove_prefix(1);
    return more;
  }

  std::string_view rest_;
  char separator_;
  std::string_view name_;
  int line_ = 1, record_line_ = 1, column_ = 1;
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

float number(std::string_view field, const Place& at) {
  std::string_view text = trimmed(field);
  if (text.empty()) fail(at, "the field is empty", "fill it in or remove the line");
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool complete = end == text.data() + text.size();
  const bool tiny = text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos;
  if (complete && error == std::errc::result_out_of_range && tiny) return 0;
  if (!complete || error == std::errc::invalid_argument) {
    fail(at, in_quotes(field) + " is not a number",
         "write numbers such as 1.5 or 2e-3, or choose another separator, header or label column");
  }
  if (error != std::errc() || !std::isfinite(value) ||
      std::abs(value) > static_cast<double>(std::numeric_limits<float>::max())) {
    fail(at, in_quotes(field) + " is not a finite float", "replace it or remove the line");
  }
  return static_cast<float>(value);
}

std::int32_t class_number(std::string_view field, const Place& at) {
  const std::string_view text = trimmed(field);
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) {
    fail(at, in_quotes(field) + " is not a class",
         "classes are whole numbers from 0 on; read text as CsvLabels::names and numbers as targets");
  }
  return value;
}

/// The index of the label column, or -1.
int find_label(const CsvOptions& options, const std::vector<std::string>& names, int fields,
               std::string_view file) {
  const std::string where(file);
  if (options.label_name) {
    if (!options.header)
      throw Error(where + ": a label column can only be named with a header; use label_column");
    const auto count = std::count(names.begin(), names.end(), *options.label_name);
    if (count != 1) {
      throw Error(where + " has " + std::to_string(count) + " columns named " +
                  in_quotes(*options.label_name) + "; choose one of " +
                  list_in_quotes(names, std::identity{}));
    }
    return static_cast<int>(std::find(names.begin(), names.end(), *options.label_name) - names.begin());
  }
  if (!options.label_column) return -1;
  const int column = *options.label_column < 0 ? *options.label_column + fields : *options.label_column;
  if (column < 0 || column >= fields) {
    throw Error(where + " has no column " + std::to_string(*options.label_column) +
                "; choose a label_column from 0 to " + std::to_string(fields - 1) + ", or from -1 back");
  }
  return column;
}

void check_options(const CsvOptions& options) {
  if (options.separator == '"' || options.separator == '\n' || options.separator == '\r') {
    throw Error("CsvOptions: a quote or a line end cannot separate fields; choose another separator");
  }
  if (options.label_name && options.label_column) {
    throw Error("CsvOptions: set label_name or label_column, not both");
  }
}

/// Reads the records into the table, a field at a time.
class Collector {
 public:
  Collector(CsvTable& table, const CsvOptions& options, int fields, int label)
      : table_(table), options_(options), fields_(fields), label_(label) {}

  void add(const std::vector<std::string>& fields, const Reader& reader) {
    if (static_cast<int>(fields.size()) != fields_) {
      Place line = reader.place(0);
      line.column = 0;
      fail(line,
           "it has " + std::to_string(fields.size()) + " fields where the first line has " +
               std::to_string(fields_),
           "give every line as many, and check the separator");
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (static_cast<int>(i) == label_) {
        add_label(fields[i], reader.place(i));
      } else {
        table_.values.push_back(number(fields[i], reader.place(i)));
      }
    }
    ++table_.rows;
  }

 private:
  void add_label(const std::string& field, const Place& at) {
    if (options_.labels == CsvLabels::targets) {
      table_.targets.push_back(number(field, at));
    } else if (options_.labels == CsvLabels::classes) {
      table_.classes.push_back(class_number(field, at));
    } else {
      table_.classes.push_back(class_of(field));
    }
  }

  std::int32_t class_of(const std::string& name) {
    const auto [entry, added] = class_of_.emplace(name, static_cast<std::int32_t>(class_of_.size()));
    if (added) table_.class_names.push_back(name);
    return entry->second;
  }

  CsvTable& table_;
  const CsvOptions& options_;
  int fields_, label_;
  std::map<std::string, std::int32_t> class_of_;
};

}  // namespace

Dataset CsvTable::dataset() const {
  const Samples x{std::span<const float>(values)};
  if (!targets.empty()) return {x, Labels(std::span<const float>(targets))};
  return {x, Labels(std::span<const std::int32_t>(classes))};
}

CsvTable read_csv(std::string_view text, const CsvOptions& options, std::string_view name) {
  check_options(options);
  Reader reader(text, options.separator, name);
  CsvTable table;
  std::vector<std::string> fields;
  if (options.header && !reader.at_end()) reader.next(table.names);
  if (reader.at_end()) throw Error(std::string(name) + " holds no line of numbers; add one");
  reader.next(fields);
  const std::size_t width = options.header ? table.names.size() : fields.size();
  const int label = find_label(options, table.names, static_cast<int>(width), name);
  if (label >= 0 && options.header) table.names.erase(table.names.begin() + label);
  Collector collector(table, options, static_cast<int>(width), label);
  collector.add(fields, reader);
  while (!reader.at_end()) {
    reader.next(fields);
    collector.add(fields, reader);
  }
  table.columns = static_cast<int>(width) - (label >= 0 ? 1 : 0);
  return table;
}

CsvTable load_csv(const std::filesystem::path& path, const CsvOptions& options) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  return read_csv({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, options, path.string());
}

}  // namespace etch::host
