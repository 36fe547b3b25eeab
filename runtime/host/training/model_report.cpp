// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <runtime/host/plot/plot.hpp>
#include <runtime/host/training/model_report.hpp>
#include <vector>

namespace etch::host {
namespace {

std::string shape_text(const Shape& shape) {
  std::string text = "(None";
  for (int i = 0; i < shape.rank; ++i) text += ", " + std::to_string(shape[i]);
  return text + ")";
}

/// Whether each row reads the row above it and nothing else.
bool is_chain(const ModelView& model) {
  for (std::size_t i = 1; i < model.rows.size(); ++i) {
    const auto from = model.links_of(i);
    if (from.size() != 1 || from[0] != static_cast<int>(i) - 1) return false;
  }
  return true;
}

/// How many calls of the same layer stand before this one.
int call_index(const ModelView& model, std::size_t row) {
  const auto before = model.rows.first(row);
  return static_cast<int>(std::count_if(before.begin(), before.end(), [&](const NoteRow& other) {
    return other.path == model.rows[row].path;
  }));
}

/// The sources of a row as Keras writes them: layer, its call, its tensor.
void append_sources(std::string& text, const ModelView& model, std::size_t row) {
  for (const std::int16_t from : model.links_of(row)) {
    if (from < 0) continue;
    const auto source = static_cast<std::size_t>(from);
    if (!text.empty()) text += ",\n";
    text += std::string(model.name(source)) + "[" + std::to_string(call_index(model, source)) + "][0]";
  }
}

/// One line of the table with the texts that it shows.
struct Line {
  std::size_t row;
  std::string shape, sources;
};

std::vector<Line> lines_of(const ModelView& model) {
  std::vector<Line> lines;
  const bool chain = is_chain(model);
  for (std::size_t i = 0; i < model.rows.size(); ++i) {
    auto line = std::find_if(lines.begin(), lines.end(), [&](const Line& other) {
      return model.rows[other.row].path == model.rows[i].path;
    });
    if (line == lines.end()) line = lines.insert(line, {i, shape_text(model.rows[i].out), {}});
    if (!chain) append_sources(line->sources, model, i);
  }
  // Keras's mark of a layer that nothing leads to.
  for (Line& line : lines) {
    if (!chain && line.sources.empty()) line.sources = "-";
  }
  return lines;
}

std::vector<SummaryRow> table_of(const ModelView& model, const std::vector<Line>& lines) {
  std::vector<SummaryRow> table;
  for (const Line& line : lines) {
    const NoteRow& row = model.rows[line.row];
    table.push_back(
        {model.name(line.row), row.kind, line.shape, row.parameters, line.sources, row.trainable});
  }
  return table;
}

}  // namespace

std::string_view ModelView::name(std::size_t row) const {
  return {text + names[row].begin, static_cast<std::size_t>(names[row].length)};
}

std::span<const std::int16_t> ModelView::links_of(std::size_t row) const {
  return links.subspan(static_cast<std::size_t>(rows[row].first_link),
                       static_cast<std::size_t>(rows[row].links));
}

std::string model_summary_text(const ModelView& model, const SummaryTotals& totals,
                               std::span<const MemoryLine> memory, const SummaryOptions& options) {
  const std::vector<Line> lines = lines_of(model);
  return summary_text(model.title, table_of(model, lines), totals, memory, options);
}

void print_model_summary(std::FILE* out, const ModelView& model, const SummaryTotals& totals,
                         std::span<const MemoryLine> memory) {
  const std::vector<Line> lines = lines_of(model);
  print_summary(out, model.title, table_of(model, lines), totals, memory);
}

void plot_model(const std::filesystem::path& path, const ModelView& model) {
  std::vector<PlotNode> nodes;
  std::vector<PlotEdge> edges;
  for (std::size_t i = 0; i < model.rows.size(); ++i) {
    const NoteRow& row = model.rows[i];
    nodes.push_back(
        {std::string(model.name(i)), row.kind, shape_text(row.in), shape_text(row.out), row.parameters});
    for (const std::int16_t from : model.links_of(i)) {
      if (from >= 0) edges.push_back({from, static_cast<int>(i)});
    }
  }
  write_plot(path, model.title, nodes, edges);
}

}  // namespace etch::host
