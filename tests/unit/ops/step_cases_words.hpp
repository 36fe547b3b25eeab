// SPDX-License-Identifier: BSL-1.0
// Of whole numbers without scales: int32, and the audio front end of TensorFlow Lite Micro.
#pragma once
#include "step_cases.hpp"

namespace etch::test {

/// Numbers of int16 as they stand in a weight.
constexpr std::vector<int> packed(std::vector<int> numbers) {
  std::vector<int> words;
  words.resize((numbers.size() + 1) / 2, 0);  // clang++ 14 has no constant evaluation of vector(n)
  for (std::size_t i = 0; i < numbers.size(); ++i)
    words[i / 2] |= static_cast<int>(static_cast<unsigned>(numbers[i] & 65535) << (i % 2 * 16));
  return words;
}

template <>
struct StepCases<ops::Int32Binary> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using enum kernels::BinaryKind;
    using enum ElementType;
    const std::vector<int> any{INT32_MIN, INT32_MAX};
    return {{pack(kernels::broadcast(multiply, 1, {1, 2, 3, 4}, {1, 2, 1, 4}, {1, 1, 3, 4})),
             {2, 1, 4},
             {2, 3, 4},
             1,
             i32,
             i32,
             {{0, any}}},
            {pack(kernels::broadcast(divide, 1, {1, 1, 2, 3}, {1, 1, 2, 3}, {1, 1, 1, 1})),
             {2, 3},
             {2, 3},
             2,
             i32,
             i32,
             {{1, {-4, 9}}}}};
  }
};

template <>
struct StepCases<ops::IntCast> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    using enum ElementType;
    std::vector<StepCase> cases;
    for (const ElementType from : {i8, i16, i32})
      for (const ElementType to : {i8, i16, i32})
        if (from != to) cases.push_back({{}, {2, 3}, {2, 3}, 0, from, to});
    return cases;
  }
};

template <>
struct StepCases<ops::SignalWindow> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::SignalWindow::Attributes;
    return {{pack(A{5, 12}), {2, 5}, {2, 5}, 1, ElementType::i16, ElementType::i16}};
  }
};

template <>
struct StepCases<ops::SignalFftAutoScale> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    return {{{}, {7}, {7}, 0, ElementType::i16, ElementType::i16}};
  }
};

template <>
struct StepCases<ops::SignalRfft> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using enum ElementType;
    return {{pack(kernels::SignalRfft{16, 11}), {11}, {9, 2}, 1, i16, i16, {{0, {32767}}}},
            {pack(kernels::SignalRfft{32, 32}), {2, 32}, {2, 17, 2}, 1, i16, i16},
            {pack(kernels::SignalRfft{4, 3}), {3}, {6}, 1, i16, i16}};
  }
};

template <>
struct StepCases<ops::SignalEnergy> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::SignalEnergy::Attributes;
    return {{pack(A{1, 4}), {5, 2}, {5}, 0, ElementType::i16, ElementType::i32}};
  }
};

template <>
struct StepCases<ops::SignalFilterBank> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::SignalFilterBank::Attributes;
    return {{pack(A{2, 6}),
             {7},
             {2, 2},
             5,
             ElementType::i32,
             ElementType::i32,
             {{0, packed({1, 2, 3, 4, 5, 4096})},
              {1, packed({4095, 3, 2, 1, 0, 9})},
              {2, packed({1, 3, 5, 0})},
              {3, packed({0, 2, 4, 0})},
              {4, packed({2, 2, 2, 0})}}}};
  }
};

template <>
struct StepCases<ops::SignalFilterBankSquareRoot> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    return {{{}, {3, 2}, {3}, 0, ElementType::i32, ElementType::i32}};
  }
};

template <>
struct StepCases<ops::SignalFilterBankSpectralSubtraction> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = kernels::SignalSubtraction;
    return {
        {pack(A{15401, 983, 0, 819, 15975, 409, 10, 14}), {5}, {5}, 0, ElementType::i32, ElementType::i32},
        {pack(A{15401, 983, 1, 819, 15975, 409, 0, 14}), {5}, {5}, 0, ElementType::i32, ElementType::i32}};
  }
};

template <>
struct StepCases<ops::SignalPcan> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::SignalPcan::Attributes;
    return {{pack(A{6}), {5}, {5}, 1, ElementType::i32, ElementType::i32}};
  }
};

template <>
struct StepCases<ops::SignalFilterBankLog> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::SignalFilterBankLog::Attributes;
    return {{pack(A{64, 3}), {5}, {5}, 1, ElementType::i32, ElementType::i16}};
  }
};

}  // namespace etch::test
