// SPDX-License-Identifier: BSL-1.0
#include <codegen/tool/operator_results.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>
#include <runtime/host/quoted.hpp>

#include <charconv>
#include <sstream>

namespace etch::tool {

namespace {

struct GoldenLine {
  std::size_t op = 0, offset = 0, bytes = 0;
};

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& line) {
  throw Error("'" + path.string() + "' has the line " + host::in_quotes(line) +
              ", which does not say op, off and bytes, within the file of bytes and the model");
}

GoldenLine read_line(const std::filesystem::path& path, const std::string& line) {
  GoldenLine read;
  int found = 0;
  std::istringstream words(line);
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) continue;
    const std::string key = word.substr(0, equals);
    std::size_t* to = key == "op"      ? &read.op
                      : key == "off"   ? &read.offset
                      : key == "bytes" ? &read.bytes
                                       : nullptr;
    if (!to) continue;
    ++found;
    const char *begin = word.data() + equals + 1, *end = word.data() + word.size();
    const auto result = std::from_chars(begin, end, *to);
    if (result.ec != std::errc() || result.ptr != end) refuse(path, line);
  }
  if (found != 3) refuse(path, line);
  return read;
}

}  // namespace

std::vector<OperatorResult> golden_results(const std::filesystem::path& path,
                                           const host::ImportedModel& model) {
  const std::vector<std::uint8_t> file = host::read_file(path);
  const auto bytes = std::as_bytes(std::span(file));
  const std::filesystem::path index = std::filesystem::path(path).replace_extension(".txt");
  const std::vector<std::uint8_t> text = host::read_file(index);
  std::istringstream lines(std::string(text.begin(), text.end()));
  std::vector<OperatorResult> layers;
  for (std::string line; std::getline(lines, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const GoldenLine at = read_line(index, line);
    if (at.op >= model.operators.size() || at.offset > bytes.size() || at.bytes > bytes.size() - at.offset)
      refuse(index, line);
    const auto part = bytes.subspan(at.offset, at.bytes);
    layers.push_back({at.op, {part.begin(), part.end()}});
  }
  if (layers.empty()) throw Error("'" + index.string() + "' lists no layers");
  return layers;
}

std::vector<OperatorResult> results_of(const host::ImportedModel& model,
                                       const std::function<std::span<const std::byte>(int)>& value) {
  std::vector<OperatorResult> layers;
  for (std::size_t i = 0; i < model.operators.size(); ++i) {
    const auto& results = model.operators[i].results;
    if (results.empty() || results[0] < 0) continue;
    const auto bytes = value(results[0]);
    if (!bytes.empty()) layers.push_back({i, {bytes.begin(), bytes.end()}});
  }
  return layers;
}

std::vector<OperatorResult> traced_results(const host::ImportedModel& model,
                                           const host::ModelSession& session) {
  return results_of(model, [&](int value) { return session.value(value); });
}

}  // namespace etch::tool
