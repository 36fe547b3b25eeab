// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace etch::host {

/// A number over epochs. One that is not finite is left out: the line has a gap there.
struct Curve {
  std::string name;
  std::vector<float> values;
};

/// Curves that belong into one picture, such as `loss` and `val_loss`.
struct CurvePanel {
  std::string title;
  std::vector<Curve> curves;
};

/// The panels one below the other as an SVG picture: epochs from 0 to the right, a scale at the left, and the
/// names of the curves at the right.
std::string curves_svg(std::string_view title, std::span<const CurvePanel> panels);

}  // namespace etch::host
