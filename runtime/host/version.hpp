// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string_view>

namespace etch::host {

/// Etch's own, as CMakeLists.txt has it: what files that it writes say.
inline constexpr std::string_view version = "0.1.0";

}  // namespace etch::host
