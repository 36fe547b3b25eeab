// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/transposed.hpp>

namespace etch::host::int8 {

namespace {

/// The weights of one filter for one place of a window.
void append_filter(Filters& to, const std::int8_t* from, const TransposedAxis& rows,
                   const TransposedAxis& columns, int channels, std::int8_t nothing, int row, int column) {
  for (int i = 0; i < rows.taps(); ++i)
    for (int j = 0; j < columns.taps(); ++j) {
      const int y = rows.part(i, row), x = columns.part(j, column);
      const bool inside = y < rows.kernel && x < columns.kernel;
      for (int c = 0; c < channels; ++c)
        to.weights.push_back(inside ? from[(y * columns.kernel + x) * channels + c] : nothing);
    }
}

}  // namespace

Filters transposed_filters(const Filters& given, const TransposedAxis& rows, const TransposedAxis& columns,
                           int channels, std::int8_t nothing) {
  const std::size_t taps = given.weights.size() / given.bias.size();
  Filters turned;
  for (int row = 0; row < rows.stride; ++row)
    for (int column = 0; column < columns.stride; ++column) {
      for (std::size_t f = 0; f < given.bias.size(); ++f)
        append_filter(turned, &given.weights[f * taps], rows, columns, channels, nothing, row, column);
      turned.bias.insert(turned.bias.end(), given.bias.begin(), given.bias.end());
      if (given.scale.size() > 1 || turned.scale.empty())
        turned.scale.insert(turned.scale.end(), given.scale.begin(), given.scale.end());
    }
  return turned;
}

}  // namespace etch::host::int8
