// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/error.hpp>
#include <runtime/host/files/replace_file.hpp>
#include <runtime/host/plot/plot.hpp>

namespace etch::host {

namespace {

std::string lower_case_extension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return extension;
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  replace_file(path, std::as_bytes(std::span(text)));
}

}  // namespace

void write_plot(const std::filesystem::path& path, std::string_view title, std::span<const PlotNode> nodes,
                std::span<const PlotEdge> edges) {
  const std::string extension = lower_case_extension(path);
  if (extension == ".dot") return write_file(path, to_dot(title, nodes, edges));
  if (extension == ".svg") return write_file(path, to_svg(title, nodes, edges));
  throw Error("a plot is written as .dot or .svg, not as '" + path.filename().string() +
              "'; change the extension");
}

}  // namespace etch::host
