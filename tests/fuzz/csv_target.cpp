// SPDX-License-Identifier: BSL-1.0
// Comma-separated values. The first three bytes choose the options.
#include <runtime/host/data/csv.hpp>
#include <tests/fuzz/fuzz_target.hpp>
#include <tests/fuzz/mutation.hpp>

#include <cmath>

namespace {

using namespace etch;
using namespace etch::fuzz;

constexpr std::size_t option_bytes = 3;

host::CsvOptions options_of(std::span<const std::uint8_t> bytes) {
  host::CsvOptions options;
  options.separator = static_cast<char>(bytes[0]);
  options.header = (bytes[1] & 1) != 0;
  options.labels = static_cast<host::CsvLabels>((bytes[1] >> 1) % 3);
  if ((bytes[1] & 8) != 0) options.label_column = static_cast<std::int8_t>(bytes[2]);
  if ((bytes[1] & 16) != 0) options.label_name = std::string(1, static_cast<char>(bytes[2]));
  return options;
}

void check(const host::CsvTable& table, const host::CsvOptions& options) {
  const auto rows = static_cast<std::size_t>(table.rows), columns = static_cast<std::size_t>(table.columns);
  require(table.rows > 0 && table.columns >= 0, "a table has rows");
  require(table.values.size() == rows * columns, "each row has a number for each column");
  require(table.names.size() == (options.header ? columns : 0), "a header names each column");
  for (const float value : table.values) require(std::isfinite(value), "numbers are finite");
  const bool labels = options.label_name || options.label_column;
  const bool targets = options.labels == host::CsvLabels::targets;
  require(table.targets.size() == (labels && targets ? rows : 0), "each row has a target");
  require(table.classes.size() == (labels && !targets ? rows : 0), "each row has a class");
  for (const std::int32_t c : table.classes)
    require(c >= 0 && (options.labels != host::CsvLabels::names ||
                       static_cast<std::size_t>(c) < table.class_names.size()),
            "a class is one of those there are");
}

/// What a field could be.
std::string other_field(Dice& dice) {
  static constexpr const char* fields[]{
      "",     "0",    "-0", "1e-45", "1e38",       "4e38",       "1e309", "1e-999",     "nan",      "inf",
      "-inf", "0x10", "+1", "+-1",   " 7\t",       "\"7\"",      "\"\"",  "\"a\"\"b\"", "\"1\n2\"", "\"",
      "a",    "1.",   ".5", "1e",    "2147483647", "2147483648", "-1",    "\r"};
  return dice.pick(fields);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < option_bytes) return 0;
  const host::CsvOptions options = options_of({data, option_bytes});
  const std::string_view text(reinterpret_cast<const char*>(data) + option_bytes, size - option_bytes);
  has_answer([&] {
    const host::CsvTable table = host::read_csv(text, options, "table.csv");
    check(table, options);
    has_answer([&] { static_cast<void>(table.dataset()); });
  });
  return 0;
}

/// Puts other fields between separators, and takes lines twice or away.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
  Dice dice(seed);
  if (size < option_bytes + 1 || dice.one_in(3)) return LLVMFuzzerMutate(data, size, most);
  const std::string ends{static_cast<char>(data[0]), '\n'};
  std::string text(reinterpret_cast<const char*>(data) + option_bytes, size - option_bytes);
  const auto end_of = [&](std::size_t from, const std::string& at) {
    return std::min(text.find_first_of(at, from), text.size());
  };
  const bool whole_line = dice.one_in(4);
  std::size_t begin = dice.below(text.size());
  begin = text.find_last_of(whole_line ? "\n" : ends, begin) + 1;  // npos + 1 is the start
  const std::size_t end = end_of(begin, whole_line ? "\n" : ends);
  if (!whole_line) {
    text.replace(begin, end - begin, other_field(dice));
  } else if (dice.one_in(2)) {
    text.insert(begin, text.substr(begin, end - begin) + '\n');
  } else {
    text.erase(begin, end - begin);
  }
  Bytes bytes(data, data + option_bytes);
  bytes.insert(bytes.end(), text.begin(), text.end());
  return put_back(bytes, data, most);
}
