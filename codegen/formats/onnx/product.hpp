// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/onnx/context.hpp>

namespace etch::host::onnx {

/// A value whose rows, the numbers along its last axis, each lie in one piece, though perhaps in another
/// order than they are counted in: as an image does that was flattened. The rows of weights are put in that
/// order, once.
struct Rows {
  Live x;
  Dims extents;            ///< of the pieces of the last axis, as they are counted
  std::vector<int> order;  ///< in which they lie

  /// \param weights [in, units].
  Array put(const Array& weights) const;
  /// The value of a step that gives `units` numbers for each row; it has no tensor yet.
  Live result(std::int64_t units) const;
};
Rows rows_for(Context& c, const Live& x);

}  // namespace etch::host::onnx
