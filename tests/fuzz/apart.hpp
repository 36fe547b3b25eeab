// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/prove/apart.hpp>
#include <tests/fuzz/fence.hpp>

#include <span>
#include <vector>

namespace etch::fuzz {

/// What one prediction of such a program gives. The states begin with zeros.
std::vector<std::vector<std::byte>> run_apart(const host::ApartProgram& apart,
                                              std::span<const std::byte> weights,
                                              std::span<const std::vector<std::byte>> inputs);

}  // namespace etch::fuzz
