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

namespace {

/// The arrows between boxes, each once.
std::vector<PlotEdge> edges_of(const ModelView& model, const std::vector<int>& box_of) {
  std::vector<PlotEdge> edges;
  for (std::size_t row = 0; row < model.rows.size(); ++row)
    for (const std::int16_t from : model.links_of(row)) {
      if (from < 0) continue;
      const PlotEdge edge{box_of[static_cast<std::size_t>(from)], box_of[row]};
      const bool known = std::any_of(edges.begin(), edges.end(), [&](const PlotEdge& other) {
        return other.from == edge.from && other.to == edge.to;
      });
      if (!known) edges.push_back(edge);
    }
  return edges;
}

/// Whether arrows lead from a box back to it.
bool has_cycle(const std::vector<PlotEdge>& edges, std::size_t boxes) {
  std::vector<int> incoming(boxes, 0), free;
  for (const PlotEdge& edge : edges) ++incoming[static_cast<std::size_t>(edge.to)];
  for (std::size_t i = 0; i < boxes; ++i)
    if (incoming[i] == 0) free.push_back(static_cast<int>(i));
  std::size_t done = 0;
  while (!free.empty()) {
    const int box = free.back();
    free.pop_back();
    ++done;
    for (const PlotEdge& edge : edges)
      if (edge.from == box && --incoming[static_cast<std::size_t>(edge.to)] == 0) free.push_back(edge.to);
  }
  return done < boxes;
}

/// The boxes of the rows: calls of one layer share one, unless it would then lie behind itself.
std::vector<int> boxes_of(const ModelView& model, std::size_t& count) {
  std::vector<int> box_of(model.rows.size());
  for (std::size_t i = 0; i < box_of.size(); ++i) box_of[i] = static_cast<int>(i);
  for (std::size_t i = 0; i < box_of.size(); ++i)
    for (std::size_t first = 0; first < i; ++first) {
      if (model.rows[first].path != model.rows[i].path) continue;
      std::vector<int> merged = box_of;
      merged[i] = merged[first];
      // A box that no row has any more counts as one without arrows.
      if (!has_cycle(edges_of(model, merged), box_of.size())) box_of = merged;
      break;
    }
  std::vector<int> number(box_of.size(), -1);
  count = 0;
  for (int& box : box_of) {
    int& own = number[static_cast<std::size_t>(box)];
    if (own < 0) own = static_cast<int>(count++);
    box = own;
  }
  return box_of;
}

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

/// The shapes of all inputs of a call, in their order.
std::string input_shapes(const ModelView& model, std::size_t row) {
  std::string text;
  for (const std::int16_t from : model.links_of(row))
    text += (text.empty() ? "" : ", ") +
            shape_text(from < 0 ? model.rows[row].in : model.rows[static_cast<std::size_t>(from)].out);
  return text.empty() ? shape_text(model.rows[row].in) : text;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : " or ") + text;
  return all;
}

}  // namespace

void plot_model(const std::filesystem::path& path, const ModelView& model) {
  std::size_t count = 0;
  const std::vector<int> box_of = boxes_of(model, count);
  std::vector<PlotNode> nodes(count);
  std::vector<std::vector<std::string>> inputs(count), outputs(count);
  for (std::size_t i = 0; i < model.rows.size(); ++i) {
    const NoteRow& row = model.rows[i];
    const auto box = static_cast<std::size_t>(box_of[i]);
    nodes[box] = {std::string(model.name(i)), row.kind, {}, {}, row.parameters};
    add_once(inputs[box], input_shapes(model, i));
    add_once(outputs[box], shape_text(row.out));
  }
  for (std::size_t box = 0; box < count; ++box) {
    nodes[box].input_shape = joined(inputs[box]);
    nodes[box].output_shape = joined(outputs[box]);
  }
  write_plot(path, model.title, nodes, edges_of(model, box_of));
}

}  // namespace etch::host
