// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Sizes of the picture's parts, in pixels.
namespace etch::host::plot {

inline constexpr int name_size = 13, text_size = 12, label_size = 11, title_size = 16;
inline constexpr int line_height = 17;
inline constexpr int padding = 10;
inline constexpr int shape_indent = 48;
inline constexpr double widest_text = 300;
inline constexpr int margin = 20;

}  // namespace etch::host::plot
