// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace etch::host {

/// A square of counts as text, a row for each true class and a column for each predicted one, with the share
/// of a row that is right. \param names of the classes; without them, their numbers.
std::string matrix_text(std::span<const float> counts, std::size_t classes, float undecided,
                        std::span<const std::string_view> names = {});

}  // namespace etch::host
