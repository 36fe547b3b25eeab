// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/layers.hpp>

#include <string>
#include <vector>

namespace etch::host::declare {

// How a person writes the members of layers in C++.
std::string text_of(int number);
std::string text_of(bool flag);
std::string text_of(float number);  ///< the shortest that reads back as the same bits; finite
std::string text_of(const Pair& pair);
std::string text_of(Padding padding);
std::string text_of(ActivationKind kind);
std::string text_of(Interpolation interpolation);
std::string text_of(const Shape& shape);
std::string text_of(const Axes& axes);
std::string text_of(const Sides& sides);
std::string text_of(const Numbers& numbers);
/// With commas between them.
std::string joined(const std::vector<std::string>& texts);
/// A string literal.
std::string quoted(const std::string& text);

}  // namespace etch::host::declare
