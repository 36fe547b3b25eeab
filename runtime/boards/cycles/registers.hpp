// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <string_view>

namespace etch::cycles {

/// The core registers that a text names, ranges such as r4-r7 too, as a mask: "{r4, r5, pc}" is 0x8030.
std::uint32_t core_registers(std::string_view text);

/// The floating-point registers that a text names, sn as bit n; a d register is two of them.
std::uint64_t fp_registers(std::string_view text);

}  // namespace etch::cycles
