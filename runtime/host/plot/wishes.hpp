// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <vector>

namespace etch::host::plot {

/// Where something in a row wants to be, and how much.
struct Wish {
  double x;
  double weight;
  /// The least distance from the one before.
  double distance;
};

/// The places nearest to the wishes (least squares) that keep the order and the distances: pools of
/// neighbours that would overlap move together.
std::vector<double> place(const std::vector<Wish>& wishes);

}  // namespace etch::host::plot
