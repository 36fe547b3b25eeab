// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/notes.hpp>

#include <span>

namespace etch::detail {

/// A value that fake quantization rounds, and the parameter that is its range, or -1.
struct Rounded {
  std::int16_t value = -1;  ///< numbered as in the notes
  std::int16_t range = -1;
};

/// Gives each rounding of a result or an input a row behind that of the layer it belongs to, and its range a
/// name: what summary, plot and files of weights show.
constexpr void note_rounding(Notes& notes, std::span<const Rounded> rounded) {
  const auto rows = notes.rows;
  const auto links = notes.links;
  decltype(Notes::links) now{};  // by row as it was: the row that holds its result
  std::int16_t from[Notes::max_links]{};
  bool noted[decltype(Notes::rows)::capacity]{};  // by rounding
  notes.rows.count = notes.links.count = 0;
  for (const NoteRow& row : rows) {
    for (int k = 0; k < row.links; ++k) {
      const std::int16_t link = links.item[row.first_link + k];
      from[k] = link < 0 ? link : now.item[link];
    }
    std::int16_t holds = notes.add(row, {from, static_cast<std::size_t>(row.links)});
    for (std::size_t i = 0; i < rounded.size(); ++i) {
      if (noted[i] || rounded[i].value != row.value) continue;
      noted[i] = true;
      NoteRow rounding{"FakeQuantize", notes.path_or_new(nullptr, "fake_quantize"), -1, 0, row.out, row.out};
      rounding.value = row.value;
      if (rounded[i].range >= 0) {
        rounding.parameters = 2;
        rounding.trainable = false;
        notes.name_parameter(rounded[i].range, rounding.path, "range");
      }
      holds = notes.add(rounding, {&holds, 1});
    }
    now.push(holds);
  }
}

}  // namespace etch::detail
