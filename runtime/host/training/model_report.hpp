// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <etch/graph/notes.hpp>
#include <filesystem>
#include <runtime/host/console/summary.hpp>
#include <span>
#include <string>
#include <string_view>

namespace etch::host {

/// A declared model as its description has it, without its type.
struct ModelView {
  std::string_view title;
  std::span<const NoteRow> rows;
  std::span<const std::int16_t> links;
  std::span<const Notes::Slice> names;  ///< of the rows, as slices of `text`
  const char* text = nullptr;

  std::string_view name(std::size_t row) const;
  std::span<const std::int16_t> links_of(std::size_t row) const;
};

/// The table of a model, as Keras prints it: a layer that is called twice stands there once. "Connected to"
/// is left out where each layer follows the one above it.
std::string model_summary_text(const ModelView& model, const SummaryTotals& totals,
                               std::span<const MemoryLine> memory, const SummaryOptions& options = {});

/// Prints `model_summary_text`, as wide as the terminal.
void print_model_summary(std::FILE* out, const ModelView& model, const SummaryTotals& totals,
                         std::span<const MemoryLine> memory);

/// Draws the model to a `.dot` or `.svg` file. Calls of one layer share a box, unless it would then lie
/// behind itself. Throws `etch::Error`.
void plot_model(const std::filesystem::path& path, const ModelView& model);

}  // namespace etch::host
