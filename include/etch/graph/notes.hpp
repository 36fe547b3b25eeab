// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/limits.hpp>
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
  bool trainable = true;    ///< false: the layer has weights and all of them are frozen
  std::int16_t value = -1;  ///< the result, numbered as while tracing: without the parameters before it
};

/// Names and calls of a declaration: a side table, so that names take no part in equality, hash or kernels.
class Notes {
 public:
  static constexpr int max_links = 16;
  static constexpr int text_capacity = limits::kilobytes_of_names.most * 1024;
  static constexpr int path_capacity = limits::named_parts.most;

  constexpr std::int16_t add(NoteRow row, std::span<const std::int16_t> from) {
    row.first_link = static_cast<std::int16_t>(links.count);
    row.links = static_cast<std::int16_t>(from.size());
    for (std::int16_t link : from) links.push(link);
    return static_cast<std::int16_t>(rows.push(row));
  }

  /// The path given, else `base`, `base_1`, ... below the current prefix, as Keras numbers them. A number
  /// that a given name took already is skipped; a given name that is taken is a problem.
  constexpr std::int16_t path_or_new(const char* given, const char* base) {
    if (given) return add_path(prefix, given, -1, false);
    Base& numbered = base_of(base);
    while (true) {
      const int number = numbered.next++;
      const int begin = characters;
      write_path(prefix, base, number > 0 ? number : -1, true);
      if (!taken(begin)) return keep_path(begin);
      characters = begin;
    }
  }

  /// A path below another: `parent/name` or `parent/3`.
  constexpr std::int16_t child(std::int16_t parent, std::string_view name, int number = -1) {
    return add_path(parent, name, number, false);
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
  /// How often a name without a number was asked for below a prefix.
  struct Base {
    Slice name;
    std::int16_t prefix = -1;
    int next = 0;
  };
  List<NoteRow, limits::steps.most> rows;
  List<std::int16_t, detail::max_note_links> links;
  List<Slice, path_capacity> paths;
  List<Base, limits::automatic_names.most> bases;
  List<std::int16_t, limits::parameters.most> parameter_path;
  List<const char*, limits::parameters.most> parameter_name;
  std::int16_t prefix = -1;       ///< the path that layers without one of their own are named below
  const char* problem = nullptr;  ///< the first mistake in the names, as a sentence
  char text[text_capacity]{};
  int characters = 0;

 private:
  static constexpr int table_size = 2 * path_capacity;

  constexpr std::int16_t add_path(std::int16_t parent, std::string_view name, int number, bool underscore) {
    const int begin = characters;
    write_path(parent, name, number, underscore);
    if (taken(begin) && !problem) problem = "two layers have one name: give each a name of its own";
    return keep_path(begin);
  }
  constexpr void write_path(std::int16_t parent, std::string_view name, int number, bool underscore) {
    if (parent >= 0) {
      for (char c : path(parent)) put(c);
      put('/');
    }
    for (char c : name) put(c);
    if (number < 0) return;
    if (underscore) put('_');
    put_number(number);
  }
  constexpr std::int16_t keep_path(int begin) {
    if (paths.count == path_capacity) {
      problem = limits::named_parts.sentence;
      return 0;
    }
    const auto path = static_cast<std::int16_t>(paths.push({begin, characters - begin}));
    table_[slot(begin)] = static_cast<std::int16_t>(path + 1);
    return path;
  }

  // A hash table of the paths: comparing each with each would cost seconds of compile time in a large model.
  constexpr bool taken(int begin) const { return table_[slot(begin)] != 0; }
  constexpr int slot(int begin) const {
    std::uint32_t hash = 2166136261u;
    for (int i = begin; i < characters; ++i) hash = (hash ^ static_cast<unsigned char>(text[i])) * 16777619u;
    int at = static_cast<int>((hash ^ hash >> 16) % table_size);
    while (table_[at] != 0 && !same(paths.item[table_[at] - 1], begin)) at = (at + 1) % table_size;
    return at;
  }
  constexpr bool same(const Slice& slice, int begin) const {
    if (slice.length != characters - begin) return false;
    for (int i = 0; i < slice.length; ++i)
      if (text[slice.begin + i] != text[begin + i]) return false;
    return true;
  }

  constexpr Base& base_of(std::string_view name) {
    for (int i = 0; i < bases.count; ++i) {
      const Slice& known = bases.item[i].name;
      if (bases.item[i].prefix == prefix &&
          std::string_view(text + known.begin, static_cast<std::size_t>(known.length)) == name)
        return bases.item[i];
    }
    const int begin = characters;
    for (char c : name) put(c);
    if (bases.count == bases.capacity) problem = limits::automatic_names.sentence;
    return bases
        .item[bases.count < bases.capacity ? bases.push({{begin, characters - begin}, prefix, 0}) : 0];
  }

  constexpr void put(char c) {
    if (characters < text_capacity)
      text[characters++] = c;
    else
      problem = limits::kilobytes_of_names.sentence;
  }
  constexpr void put_number(int number) {
    if (number >= 10) put_number(number / 10);
    put(static_cast<char>('0' + number % 10));
  }

  std::int16_t table_[table_size]{};
};

}  // namespace etch
