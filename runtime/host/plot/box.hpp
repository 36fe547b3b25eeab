// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/host/plot/plot.hpp>

#include <vector>

namespace etch::host::plot {

/// The lines inside a box.
struct BoxText {
  std::vector<std::string> name;
  std::vector<std::string> kind;
  std::vector<std::string> input;
  std::vector<std::string> output;

  int header_lines() const { return static_cast<int>(name.size() + kind.size()); }
  int shape_lines() const { return static_cast<int>(input.size() + output.size()); }
};

/// A node's kind and how many parameters it has.
std::string kind_line(const PlotNode& node);
BoxText box_text(const PlotNode& node);

int box_width(const BoxText& text);
int header_height(const BoxText& text);
int box_height(const BoxText& text);

}  // namespace etch::host::plot
