// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <string>

namespace etch::cycles {

/// A symbol as people read it: of C++ without arguments, template arguments and all but the last two scopes.
/// "_ZN4etch3dsp8multiplyILi4EEEvPKa" is "dsp::multiply".
std::string readable_name(const std::string& symbol);

}  // namespace etch::cycles
