// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/console/matrix.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

namespace etch::host {

namespace {

std::string count_text(float count) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.7g", static_cast<double>(count));
  return text.data();
}

std::string padded(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

}  // namespace

std::string matrix_text(std::span<const float> counts, std::size_t classes, float undecided,
                        std::span<const std::string_view> names) {
  if (!names.empty() && names.size() != classes)
    throw Error("a confusion matrix of " + std::to_string(classes) + " classes takes as many names, not " +
                std::to_string(names.size()));
  const auto name = [&](std::size_t k) { return names.empty() ? std::to_string(k) : std::string(names[k]); };
  std::size_t title = std::string_view("true").size(), width = 1;
  for (std::size_t k = 0; k < classes; ++k) {
    title = std::max(title, name(k).size());
    width = std::max(width, name(k).size());
  }
  for (const float count : counts) width = std::max(width, count_text(count).size());
  std::string text = padded("true", title) + " | predicted\n" + std::string(title, ' ') + " |";
  for (std::size_t as = 0; as < classes; ++as) text += ' ' + padded(name(as), width);
  text += '\n' + std::string(title + 1, '-') + '+' + std::string(classes * (width + 1), '-') + '\n';
  for (std::size_t of = 0; of < classes; ++of) {
    const auto row = counts.subspan(of * classes, classes);
    float all = 0;
    for (const float count : row) all += count;
    text += padded(name(of), title) + " |";
    for (const float count : row) text += ' ' + padded(count_text(count), width);
    std::array<char, 32> share{};
    std::snprintf(share.data(), share.size(), "  %5.1f %%",
                  100 * static_cast<double>(row[of]) / static_cast<double>(all));
    if (all > 0) text += share.data();
    text += '\n';
  }
  if (undecided > 0) text += "without a prediction (NaN): " + count_text(undecided) + '\n';
  return text;
}

}  // namespace etch::host
