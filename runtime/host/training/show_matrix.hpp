// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/metrics/confusion_matrix.hpp>
#include <runtime/host/console/matrix.hpp>

#include <ostream>
#include <string>
#include <vector>

namespace etch {

/// A confusion matrix as text, a row for each true class. \param names of the classes.
template <int Classes>
std::string matrix_text(const ConfusionMatrix<Classes>& matrix,
                        std::span<const std::string_view> names = {}) {
  std::vector<float> counts;
  for (const auto& row : matrix.count)
    for (const auto& count : row) counts.push_back(count);
  return host::matrix_text(counts, static_cast<std::size_t>(Classes), matrix.undecided, names);
}

template <int Classes>
std::ostream& operator<<(std::ostream& out, const ConfusionMatrix<Classes>& matrix) {
  return out << matrix_text(matrix);
}

}  // namespace etch
