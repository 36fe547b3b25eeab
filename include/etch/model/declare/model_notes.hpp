// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/compiled_graph.hpp>

#include <string_view>

namespace etch {

/// The room that the notes of a model take, counted exactly.
struct NoteSizes {
  int rows = 0, links = 0, parameters = 0, characters = 0;
};

/// Layer calls and full names of weights of a declared model: what summary, plot and weight files show. It is
/// a plain constant; programs that ask for none of it do not hold it.
template <NoteSizes S>
struct ModelNotes {
  List<NoteRow, S.rows> rows;
  List<std::int16_t, S.links> links;
  List<Notes::Slice, S.rows> row_names;
  List<Notes::Slice, S.parameters> parameter_names;
  char text[S.characters > 0 ? S.characters : 1]{};

  constexpr std::string_view name(int row) const { return at(row_names.item[row]); }
  /// The full name of a weight, such as `hidden/0/dense/kernel`.
  constexpr std::string_view parameter(int p) const { return at(parameter_names.item[p]); }

 private:
  constexpr std::string_view at(const Notes::Slice& s) const {
    return {text + s.begin, static_cast<std::size_t>(s.length)};
  }
};

namespace detail {

struct TracedNotes {
  Notes notes;
  Fault fault;
  int parameters = 0;
};

template <const auto& Declared>
constexpr TracedNotes trace_notes() {
  TracedNotes traced;
  Builder g(false, &traced.notes);
  Declared.trace(g);
  traced.fault = g.graph.fault;
  traced.parameters = g.graph.parameters.count;
  return traced;
}
template <const auto& Declared>
inline constexpr TracedNotes traced_notes = trace_notes<Declared>();
template <const auto& Declared>
inline constexpr Fault notes_fault = traced_notes<Declared>.fault;

constexpr bool has_name(const Notes& n, int p) {
  return p < n.parameter_name.count && n.parameter_name.item[p];
}

constexpr int digits_of(int number) { return number < 10 ? 1 : 1 + digits_of(number / 10); }

inline constexpr std::string_view unnamed_parameter = "parameter/";

constexpr int length_of_parameter(const Notes& n, int p) {
  if (!has_name(n, p)) return static_cast<int>(unnamed_parameter.size()) + digits_of(p);
  return n.paths.item[n.parameter_path.item[p]].length + 1 +
         static_cast<int>(length_of(n.parameter_name.item[p]));
}

constexpr NoteSizes sizes_of(const TracedNotes& t) {
  NoteSizes s{t.notes.rows.count, t.notes.links.count, t.parameters, 0};
  for (const NoteRow& row : t.notes.rows) s.characters += t.notes.paths.item[row.path].length;
  for (int p = 0; p < t.parameters; ++p) s.characters += length_of_parameter(t.notes, p);
  return s;
}

/// Appends texts to the characters of notes.
struct TextWriter {
  char* text;
  int at = 0;
  constexpr void put(std::string_view s) {
    for (char c : s) text[at++] = c;
  }
  constexpr void put(int number) {
    if (number >= 10) put(number / 10);
    text[at++] = static_cast<char>('0' + number % 10);
  }
};

constexpr void put_parameter(TextWriter& to, const Notes& n, int p) {
  if (!has_name(n, p)) {
    to.put(unnamed_parameter);
    to.put(p);
    return;
  }
  to.put(n.path(n.parameter_path.item[p]));
  to.put("/");
  to.put(n.parameter_name.item[p]);
}

template <const auto& Declared>
constexpr auto model_notes() {
  report<notes_fault<Declared>>();
  const TracedNotes& traced = traced_notes<Declared>;
  const Notes& n = traced.notes;
  ModelNotes<sizes_of(traced_notes<Declared>)> d;
  TextWriter to{d.text};
  for (const NoteRow& row : n.rows) {
    const int begin = to.at;
    to.put(n.path(row.path));
    d.rows.push(row);
    d.row_names.push({begin, to.at - begin});
  }
  for (std::int16_t link : n.links) d.links.push(link);
  for (int p = 0; p < traced.parameters; ++p) {
    const int begin = to.at;
    put_parameter(to, n, p);
    d.parameter_names.push({begin, to.at - begin});
  }
  return d;
}

}  // namespace detail

/// Names and layer calls of a declared model. Two layers of one given name stop the build.
template <const auto& Declared>
inline constexpr auto notes = detail::model_notes<Declared>();

/// The full name of weight `p`, as files of weights have it.
template <const auto& Declared>
constexpr std::string_view parameter_name(int p) {
  return notes<Declared>.parameter(p);
}

}  // namespace etch
