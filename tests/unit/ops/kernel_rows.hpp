// SPDX-License-Identifier: BSL-1.0
// Which kernels of which types the rows of each target name, read from the sources: what one target compiles,
// another cannot look at.
#pragma once
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace etch::test {

namespace fs = std::filesystem;

inline std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What a pattern's group found, everywhere in a text.
inline std::vector<std::string> all_found(const std::string& text, const std::regex& pattern) {
  std::vector<std::string> found;
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it)
    found.push_back((*it)[1]);
  return found;
}

/// The headers that a text includes. Long texts are searched by hand here: std::regex takes a thousand times
/// as long.
inline std::vector<std::string> includes_of(const std::string& text) {
  const std::string start = "#include <";
  std::vector<std::string> found;
  for (std::size_t at = text.find(start); at != text.npos; at = text.find(start, at + 1)) {
    const std::size_t begin = at + start.size();
    found.push_back(text.substr(begin, text.find('>', begin) - begin));
  }
  return found;
}

/// A text and those of the headers that it includes, as far as their paths match: each once.
inline std::string with_includes(const fs::path& root, const std::string& text, const std::regex& wanted) {
  std::string all = text;
  std::set<std::string> taken;
  std::vector<std::string> waiting = includes_of(text);
  while (!waiting.empty()) {
    const std::string path = waiting.back();
    waiting.pop_back();
    if (!std::regex_match(path, wanted) || !taken.insert(path).second) continue;
    const std::string more = text_of(root / path);
    all += more;
    std::ranges::copy(includes_of(more), std::back_inserter(waiting));
  }
  return all;
}

inline bool is_of_a_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Where a text has a name that is not a part of another one, from a place on.
inline std::size_t find_name(const std::string& text, const std::string& name, std::size_t from = 0) {
  std::size_t at = text.find(name, from);
  while (at != text.npos && ((at > 0 && is_of_a_name(text[at - 1])) ||
                             (at + name.size() < text.size() && is_of_a_name(text[at + name.size()]))))
    at = text.find(name, at + 1);
  return at;
}

inline bool calls(const std::string& text, const std::string& kernel) {
  for (std::size_t at = find_name(text, kernel); at != text.npos; at = find_name(text, kernel, at + 1)) {
    const std::size_t next = text.find_first_not_of(" \n", at + kernel.size());
    if (next != text.npos && (text[next] == '<' || text[next] == '(')) return true;
  }
  return false;
}

/// The parameters of each function of a name that a text defines and that returns nothing.
inline std::vector<std::string> parameters_of(const std::string& text, const std::string& kernel) {
  const std::string start = "void " + kernel + "(";
  std::vector<std::string> found;
  for (std::size_t at = text.find(start); at != text.npos; at = text.find(start, at + 1)) {
    const std::size_t begin = at + start.size(), end = text.find_first_of("{;", begin);
    if (end == text.npos || text[end] == ';') continue;
    found.push_back(text.substr(begin, text.rfind(')', end) - begin));
  }
  return found;
}

/// A row of kernels: a file of `using` declarations. The names of types are those of `type_name`.
struct KernelRow {
  std::string family;                                    ///< the name of the file: `int8_kernels`
  std::string target;                                    ///< as readers know it: `dsp`, or `dsp, size mode`
  std::map<std::string, std::set<std::string>> kernels;  ///< and the types that each takes
};

/// The types of a kernel that is defined in a text, overload by overload.
inline std::set<std::string> types_of(const std::string& text, const std::string& kernel) {
  std::set<std::string> types;
  for (const std::string& parameters : parameters_of(text, kernel)) {
    // Floats of both numerics are a template's.
    if (std::regex_search(parameters, std::regex("const ((float|T)\\*|\\w+<T>&)"))) types.insert("float");
    if (std::regex_search(parameters, std::regex("std::int8_t\\* y"))) types.insert("int8");
    if (std::regex_search(parameters, std::regex("std::int16_t\\* y"))) types.insert("int16");
  }
  return types;
}

inline KernelRow row_of(const fs::path& root, const fs::path& file) {
  const std::string folder = file.parent_path().filename().string(), stem = file.stem().string();
  const bool small = stem.find("_small") != std::string::npos;
  KernelRow row{
      std::regex_replace(stem, std::regex("_small"), ""), folder + (small ? ", size mode" : ""), {}};
  const std::string text = text_of(file);
  std::map<std::string, std::string> sources;  // of each namespace
  for (const std::string& name : all_found(text, std::regex("using (\\w+::\\w+);"))) {
    const std::string space = name.substr(0, name.find(':')), kernel = name.substr(name.rfind(':') + 1);
    std::string& source = sources[space];
    if (source.empty())
      source = with_includes(root, text, std::regex("runtime/kernels/" + space + "/\\w+\\.hpp"));
    // Whether there is a kernel for a step is none.
    if (source.find("constexpr bool " + kernel + "(") != source.npos) continue;
    row.kernels[kernel].merge(types_of(source, kernel));
  }
  return row;
}

/// The rows of all targets but the portable one, in the order of their names.
inline std::vector<KernelRow> kernel_rows(const fs::path& root) {
  std::vector<KernelRow> rows;
  for (const auto& folder : fs::directory_iterator(root / "runtime/kernels")) {
    if (!folder.is_directory() || folder.path().filename() == "portable") continue;
    for (const auto& file : fs::directory_iterator(folder))
      if (std::regex_match(file.path().stem().string(), std::regex("\\w+_kernels")))
        rows.push_back(row_of(root, file.path()));
  }
  std::ranges::sort(rows, {}, [](const KernelRow& r) { return std::pair(r.family, r.target); });
  return rows;
}

}  // namespace etch::test
