// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/list.hpp>
#include <etch/graph/shape.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace etch {

/// One layer call, as the summary and the plot show it.
struct NoteRow {
  const char* kind = nullptr;
  std::int16_t path = -1;
  std::int16_t layer = -1;
  int parameters = 0;
  Shape in, out;
  std::int16_t links = 0, first_link = 0;
};

/// Names and calls of a declaration: a side table, so that names take no part in equality, hash or kernels.
class Notes {
 public:
  static constexpr int max_links = 16;
  static constexpr int text_capacity = 16 * 1024;

  constexpr std::int16_t add(NoteRow row, std::span<const std::int16_t> from) {
    row.first_link = static_cast<std::int16_t>(links.count);
    row.links = static_cast<std::int16_t>(from.size());
    for (std::int16_t link : from) links.push(link);
    return static_cast<std::int16_t>(rows.push(row));
  }

  /// The path given, else `base`, `base_1`, ... below the current prefix, as Keras numbers them.
  constexpr std::int16_t path_or_new(const char* given, const char* base) {
    if (given) return add_path(given, -1);
    int taken = 0;
    for (int i = 0; i < bases.count; ++i) taken += std::string_view(bases.item[i]) == base ? 1 : 0;
    bases.push(base);
    return add_path(base, taken > 0 ? taken : -1);
  }

  constexpr std::int16_t add_path(std::string_view text, int number) {
    const int begin = characters;
    for (char c : text) put(c);
    if (number >= 0) {
      put('_');
      put_number(number);
    }
    paths.push({begin, characters - begin});
    return static_cast<std::int16_t>(paths.count - 1);
  }

  /// A path below another: `parent/name` or `parent/3`.
  constexpr std::int16_t child(std::int16_t parent, std::string_view name, int number = -1) {
    const int begin = characters;
    if (parent >= 0) {
      for (char c : path(parent)) put(c);
      put('/');
    }
    for (char c : name) put(c);
    if (number >= 0) put_number(number);
    paths.push({begin, characters - begin});
    return static_cast<std::int16_t>(paths.count - 1);
  }

  constexpr std::string_view path(int index) const {
    if (index < 0) return {};
    return {text + paths[index].begin, static_cast<std::size_t>(paths[index].length)};
  }

  constexpr void name_parameter(int parameter, std::int16_t path, const char* name) {
    parameter_path.item[parameter] = path;
    parameter_name.item[parameter] = name;
    if (parameter >= parameter_path.count) parameter_path.count = parameter_name.count = parameter + 1;
  }

  struct Slice {
    int begin = 0, length = 0;
  };
  List<NoteRow, 1536> rows;
  List<std::int16_t, 4096> links;
  List<Slice, 1536> paths;
  List<const char*, 1536> bases;
  List<std::int16_t, 1024> parameter_path;
  List<const char*, 1024> parameter_name;
  char text[text_capacity]{};
  int characters = 0;

 private:
  constexpr void put(char c) {
    if (characters < text_capacity) text[characters++] = c;
  }
  constexpr void put_number(int number) {
    if (number >= 10) put_number(number / 10);
    put(static_cast<char>('0' + number % 10));
  }
};

}  // namespace etch
