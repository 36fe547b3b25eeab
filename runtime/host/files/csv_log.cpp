// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <runtime/host/error.hpp>
#include <runtime/host/files/csv_log.hpp>
#include <runtime/host/files/replace_file.hpp>
#include <string_view>

namespace etch::host {
namespace {

/// The fields of the first record. Quotes that are written twice stand for one.
std::vector<std::string> first_record(std::FILE* file, char separator) {
  std::vector<std::string> fields(1);
  bool quoted = false, closed = false;  // closed: the character before ended a quoted part
  for (int c = std::fgetc(file); c != EOF && (quoted || c != '\n'); c = std::fgetc(file)) {
    if (c == '"') {
      if (closed) fields.back() += '"';
      closed = quoted;
      quoted = !quoted;
      continue;
    }
    closed = false;
    if (c == static_cast<unsigned char>(separator) && !quoted)
      fields.emplace_back();
    else
      fields.back() += static_cast<char>(c);
  }
  if (fields.back().ends_with('\r')) fields.back().pop_back();
  return fields;
}

/// Behind the record that begins at `begin`: behind the first line end that stands in no quotes.
std::size_t record_end(std::string_view text, std::size_t begin) {
  bool quoted = false;
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == '\n' && !quoted) return i + 1;
  }
  return text.size();
}

/// As "%.9g", with a point in every locale.
std::string text_of(float value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), static_cast<double>(value),
                                 std::chars_format::general, 9);
  return {text.data(), end.ptr};
}

}  // namespace

void CsvLog::open(const char* path, char separator, bool append, int first_epoch) {
  if (separator == '"' || separator == '\n' || separator == '\r')
    throw Error("CSVLogger: a quote or a line end cannot separate fields; choose another separator");
  path_ = path;
  separator_ = separator;
  names_.clear();
  const bool goes_on = first_epoch > 0 && !append;
  if (goes_on) keep_epochs_before(first_epoch);
  if (append || goes_on) read_header();
  file_.reset(std::fopen(path, append || goes_on ? "ab" : "wb"));
  if (!file_) throw Error("CSVLogger cannot write '" + path_ + "': is its folder there?");
}

/// A file that is added to keeps the columns it has.
void CsvLog::read_header() {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path_.c_str(), "rb"));
  if (!file) return;
  const std::vector<std::string> fields = first_record(file.get(), separator_);
  names_.assign(fields.begin() + 1, fields.end());
}

/// Takes out the lines that training is going to write again, and all of a file that is no log of epochs.
void CsvLog::keep_epochs_before(int epoch) {
  std::ifstream file(path_, std::ios::binary);
  if (!file) return;
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::size_t end = record_end(text, 0);
  std::string kept = text.starts_with(std::string("epoch") + separator_) ? text.substr(0, end) : "";
  while (!kept.empty() && end < text.size()) {
    const std::size_t begin = end;
    end = record_end(text, begin);
    int number = 0;
    const auto read = std::from_chars(text.data() + begin, text.data() + end, number);
    if (read.ec == std::errc{} && number < epoch) kept += text.substr(begin, end - begin);
  }
  if (kept != text) replace_file(path_, std::as_bytes(std::span(kept)));
}

/// In quotes where it holds what would end it (RFC 4180).
void CsvLog::put(std::string_view field) {
  const std::array<char, 5> special{separator_, '"', '\r', '\n', 0};
  if (field.find_first_of(special.data()) == field.npos) {
    line_ += field;
    return;
  }
  line_ += '"';
  for (const char c : field) line_.append(c == '"' ? 2 : 1, c);
  line_ += '"';
}

void CsvLog::put_next(std::string_view field) {
  line_ += separator_;
  put(field);
}

void CsvLog::end_line() {
  line_ += '\n';
  const bool written = std::fwrite(line_.data(), 1, line_.size(), file_.get()) == line_.size();
  line_.clear();
  if (std::fflush(file_.get()) != 0 || !written)
    throw Error("CSVLogger cannot write '" + path_ + "': is the disk full?");
}

void CsvLog::write_header(std::span<const Reported> values) {
  for (const Reported& each : values) names_.emplace_back(each.name);
  std::sort(names_.begin(), names_.end());
  put("epoch");
  for (const std::string& name : names_) put_next(name);
  end_line();
}

void CsvLog::write(int epoch, std::span<const Reported> values) {
  if (!file_) throw Error("CSVLogger has no open file: training did not begin");
  if (names_.empty()) write_header(values);
  put(std::to_string(epoch));
  for (const std::string& name : names_) {
    const auto found =
        std::find_if(values.begin(), values.end(), [&](const Reported& r) { return name == r.name; });
    put_next(found == values.end() ? "NA" : text_of(found->value));
  }
  end_line();
}

void CsvLog::close() { file_.reset(); }

}  // namespace etch::host
