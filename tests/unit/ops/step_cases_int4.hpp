// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "step_cases.hpp"

namespace etch::test {

/// Weights are stored 8 higher in three of four filters, so that those of 0 are no zeros.
template <>
struct StepCases<ops::QuantizedInt4Convolution> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::QuantizedInt4Convolution::Attributes;
    using enum ElementType;
    const auto io = std::vector<int>{-3, 4, -128, 127};
    const auto three =
        std::vector<int>{0x0123089f, 0x0fff0000, 0x07880345, 0x08880876, 0x0a5b0b5a, 0x01f0070f};
    const auto six = std::vector<int>{0x7f808123, 0x00ff0880, 0x08887654, 0x08880888,
                                      0x080f08f0, 0x08230845, 0x088808ff, 0x08880888};
    return {{pack(A{2, 3, 1, 2, 1, 1, 0, 1, 0, 0, 0, 1}),
             {3, 5, 2},
             {2, 3, 3},
             4,
             i8,
             i8,
             {{0, three}, {2, {1 << 30, 3}}, {3, io}}},
            {pack(A{.per_channel = 0, .short_scales = 1}),
             {5},
             {6},
             4,
             i8,
             i8,
             {{0, six}, {2, {1 << 30, 3}}, {3, io}}},
            {pack(A{.per_channel = 0, .wide = 1, .short_scales = 1}),
             {5},
             {6},
             4,
             i16,
             i16,
             {{0, six}, {2, {1 << 30, 3}}, {3, {0, 0, -32768, 32767}}}}};
  }
};

}  // namespace etch::test
