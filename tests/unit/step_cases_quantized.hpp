// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "step_cases.hpp"

namespace etch::test {

template <>
struct StepCases<ops::Int8Convolution> : StepCaseDefaults {
  static std::vector<StepCase> all() {
    using A = ops::Int8Convolution::Attributes;
    const auto io = std::vector<int>{-3, 4, -128, 127};
    return {{pack(A{2, 3, 1, 2, 1, 1, 0, 1, 0}),
             {3, 5, 2},
             {2, 3, 3},
             4,
             ElementType::i8,
             ElementType::i8,
             {{2, {1 << 30, -4}}, {3, io}}},
            {pack(A{.per_channel = 1, .wide = 1}),
             {4},
             {2},
             4,
             ElementType::i16,
             ElementType::i16,
             {{2, {1 << 30, -4, 1 << 30, -5}}, {3, {0, 0, -32768, 32767}}}}};
  }
};

}  // namespace etch::test
