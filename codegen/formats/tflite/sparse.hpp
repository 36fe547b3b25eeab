// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/tflite/tables.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace etch::host::tflite {

/// The numbers of a sparse tensor in their places, and zeros elsewhere. Nothing where its tables do not fit
/// one another, its shape or its numbers. \param shape of at most 8 extents above 0, whose product fits 2^26.
/// \param numbers those that are stored, of `size` bytes each.
std::optional<std::vector<std::byte>> densified(const SparsityTable& table, std::span<const int> shape,
                                                std::span<const std::byte> numbers, std::size_t size);

}  // namespace etch::host::tflite
