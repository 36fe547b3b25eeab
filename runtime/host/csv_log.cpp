// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <runtime/host/csv_log.hpp>
#include <runtime/host/error.hpp>
#include <string_view>

namespace etch::host {

void CsvLog::open(const char* path, char separator, bool append) {
  path_ = path;
  separator_ = separator;
  names_.clear();
  if (append) read_header();
  file_.reset(std::fopen(path, append ? "ab" : "wb"));
  if (!file_) throw Error("CSVLogger cannot write '" + path_ + "': is its folder there?");
}

/// A file that is added to keeps the columns it has.
void CsvLog::read_header() {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path_.c_str(), "rb"));
  if (!file) return;
  std::string line;
  for (int c = std::fgetc(file.get()); c != EOF && c != '\n'; c = std::fgetc(file.get()))
    line += static_cast<char>(c);
  std::size_t begin = line.find(separator_);
  while (begin != line.npos) {
    const std::size_t end = line.find(separator_, begin + 1);
    names_.push_back(line.substr(begin + 1, end == line.npos ? end : end - begin - 1));
    begin = end;
  }
}

void CsvLog::write_header(std::span<const Reported> values) {
  for (const Reported& each : values) names_.emplace_back(each.name);
  std::sort(names_.begin(), names_.end());
  std::fputs("epoch", file_.get());
  for (const std::string& name : names_) std::fprintf(file_.get(), "%c%s", separator_, name.c_str());
  std::fputc('\n', file_.get());
}

void CsvLog::write(int epoch, std::span<const Reported> values) {
  if (!file_) throw Error("CSVLogger has no open file: training did not begin");
  if (names_.empty()) write_header(values);
  std::fprintf(file_.get(), "%d", epoch);
  for (const std::string& name : names_) {
    const auto found =
        std::find_if(values.begin(), values.end(), [&](const Reported& r) { return name == r.name; });
    if (found == values.end())
      std::fprintf(file_.get(), "%cNA", separator_);
    else
      std::fprintf(file_.get(), "%c%.9g", separator_, static_cast<double>(found->value));
  }
  std::fputc('\n', file_.get());
  if (std::fflush(file_.get()) != 0 || std::ferror(file_.get()) != 0)
    throw Error("CSVLogger cannot write '" + path_ + "': is the disk full?");
}

void CsvLog::close() { file_.reset(); }

}  // namespace etch::host
