// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/fault.hpp>

#include <cstdint>

namespace etch {

/// How far a graph is on its way to a program.
enum class Stage : std::uint8_t {
  declared,  ///< as traced or read: steps have what they compute with, no scratch
  inferred,  ///< for prediction: each step has the scratch of its kernel
  training,  ///< with losses, gradients and updates, and the scratch of all of them
};

/// Stops with the sentence (`fail`) unless a pass got a graph of the stage it is for. In constant evaluation
/// that is a compile error, and on the desktop an `etch::Error`.
constexpr void require_stage(bool right, const char* sentence) {
  if (!right) fail(sentence);
}

}  // namespace etch
