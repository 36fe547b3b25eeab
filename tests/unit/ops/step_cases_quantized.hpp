// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "step_cases.hpp"
#include "step_cases_int4.hpp"
#include "step_cases_words.hpp"

namespace etch::test {

/// Three of `kernels::Int8ShortScale`: 2^30 by 4, 5 and 3 places to the right.
constexpr std::vector<int> short_scales() { return {0x40000000, 0x00000003, 0x00000440, 0x00024000}; }

template <>
struct StepCases<ops::QuantizedConvolution> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::QuantizedConvolution::Attributes;
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
             {{2, {1 << 30, -4, 1 << 30, -5}}, {3, {0, 0, -32768, 32767}}}},
            {pack(A{.kernel_height = 2, .kernel_width = 3, .left = 1, .per_channel = 0, .paired = 1}),
             {3, 4, 2},
             {2, 4, 3},
             4,
             ElementType::i8,
             ElementType::i8,
             {{2, {1 << 30, -4}}, {3, io}}},
            {pack(A{.kernel_width = 2, .paired = 1, .short_scales = 1}),
             {3, 4, 2},
             {3, 3, 3},
             4,
             ElementType::i8,
             ElementType::i8,
             {{2, short_scales()}, {3, io}}}};
  }
};

template <>
struct StepCases<ops::QuantizedDepthwiseConvolution> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::QuantizedDepthwiseConvolution::Attributes;
    using enum ElementType;
    return {{pack(A{2, 3, 1, 2, 1, 1, 0, 1}),
             {3, 5, 2},
             {2, 3, 2},
             4,
             i8,
             i8,
             {{2, {1 << 30, -4, 1 << 30, -3}}, {3, {-3, 4, -128, 127}}}},
            {pack(A{.kernel_width = 2, .short_scales = 1}),
             {3, 4, 3},
             {3, 3, 3},
             4,
             i8,
             i8,
             {{2, short_scales()}, {3, {-3, 4, -128, 127}}}},
            {pack(A{1, 2, 1, 1, 1, 2, 0, 0, 0}),
             {1, 6, 1},
             {1, 4, 3},
             4,
             i8,
             i8,
             {{2, {1 << 30, -4}}, {3, {-3, 4, -9, 9}}}},
            {pack(A{.kernel_height = 3, .top = 1, .per_channel = 0, .wide = 1}),
             {4, 1, 2},
             {4, 1, 2},
             4,
             i16,
             i16,
             {{2, {1 << 30, -4}}, {3, {0, 0, -32768, 32767}}}}};
  }
};

template <>
struct StepCases<ops::QuantizedBinary> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using kernels::Binary;
    using enum kernels::BinaryKind;
    using enum ElementType;
    const std::vector<int> sum{3, -4, 5, -128, 127, 1 << 30, 0, 1 << 30, -1, 1 << 30, -18};
    const std::vector<int> wide{0, 0, 0, -32768, 32767, 1 << 30, 0, 1 << 30, -1, 1 << 30, -14};
    const std::vector<int> square{3, -4, 5, -128, 127, 1 << 30, 0, 1 << 30, -1, 1 << 30, -12};
    const std::vector<int> quotient{3, -4, 5, -128, 127, 0, 0, 0, 0, 1 << 30, 5};
    const auto alike = [](kernels::BinaryKind kind) {
      return pack(Binary{kind, 1, {1, 1, 2, 3}, {0, 0, 3, 1}, {0, 0, 3, 1}, 6, 6});
    };
    return {{pack(Binary{add, 1, {1, 1, 2, 3}, {0, 0, 3, 1}, {0, 0, 3, 1}, 6, 6}),
             {2, 3},
             {2, 3},
             1,
             i8,
             i8,
             {{0, sum}}},
            {pack(Binary{multiply, 1, {1, 1, 2, 3}, {0, 0, 3, 1}, {0, 0, 0, 1}, 6, 3}),
             {2, 3},
             {2, 3},
             2,
             i8,
             i8,
             {{1, sum}}},
            {pack(Binary{subtract, 1, {1, 1, 1, 4}, {0, 0, 0, 1}, {0, 0, 0, 0}, 4, 1}),
             {4},
             {4},
             1,
             i16,
             i16,
             {{0, wide}}},
            {alike(squared_difference), {2, 3}, {2, 3}, 1, i8, i8, {{0, square}}},
            {alike(squared_difference), {2, 3}, {2, 3}, 1, i16, i16, {{0, wide}}},
            {alike(subtract_from), {2, 3}, {2, 3}, 2, i16, i16, {{1, wide}}},
            {alike(divide), {2, 3}, {2, 3}, 1, i8, i8, {{0, quotient}}},
            {alike(divide_into), {2, 3}, {2, 3}, 2, i8, i8, {{1, quotient}}}};
  }
};

template <>
struct StepCases<ops::QuantizedPool> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using kernels::Pool;
    using enum kernels::PoolKind;
    using enum ElementType;
    return {{pack(Pool{average, 4, 5, 2, 2, 2, 2, 3, 2, 2}),
             {4, 5, 2},
             {2, 2, 2},
             1,
             i8,
             i8,
             {{0, {-3, 4, -100, 100}}}},
            {pack(Pool{average, 2, 3, 3, 1, 1, 2, 3, 2, 3}),
             {2, 3, 3},
             {3},
             2,
             i16,
             i16,
             {{0, {0, 0, -32768, 32767}}, {1, {1 << 30, -2}}}},
            {pack(ops::QuantizedPool::Attributes{{average, 3, 3, 2, 2, 2, 2, 2, 2, 2}, 1}),
             {3, 3, 2},
             {2, 2, 2},
             1,
             i8,
             i8,
             {{0, {-3, 4, -100, 100}}}}};
  }
};

template <>
struct StepCases<ops::Int8Table> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    return {{{}, {2, 3}, {2, 3}, 1, ElementType::i8, ElementType::i8}};
  }
};

template <>
struct StepCases<ops::Int8Softmax> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::Int8Softmax::Attributes;
    using enum ElementType;
    const std::vector<int> numbers{1 << 30, 22, -200};
    return {{pack(A{0}), {2, 5}, {2, 5}, 1, i8, i8, {{0, numbers}}},
            {pack(A{1}), {3}, {3}, 1, i8, i16, {{0, numbers}}}};
  }
};

template <>
struct StepCases<ops::Int8Lstm> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    std::vector<int> numbers;
    for (int scale = 0; scale < 11; ++scale) numbers.insert(numbers.end(), {1 << 30, -3 - scale});
    numbers.insert(numbers.end(), {-4, 20000, 12288, 12});
    return {{{}, {3, 4}, {3, 4}, 6, ElementType::i8, ElementType::i8, {{4, numbers}}}};
  }
};

template <>
struct StepCases<ops::Int8Svdf> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::Int8Svdf::Attributes;
    return {{pack(A{2, 3}),
             {4},
             {3},
             5,
             ElementType::i8,
             ElementType::i8,
             {{4, {1 << 30, -4, 1 << 30, -5, -3, 4}}}}};
  }
};

template <>
struct StepCases<ops::Svdf> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() { return {{pack(ops::Svdf::Attributes{2, 3}), {4}, {3}, 3}}; }
};

template <>
struct StepCases<ops::Int16Table> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    return {{{}, {2, 3}, {2, 3}, 1, ElementType::i16, ElementType::i16}};
  }
};

template <>
struct StepCases<ops::Int16Gate> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::Int16Gate::Attributes;
    using enum ElementType;
    return {{pack(A{0}), {5}, {5}, 2, i16, i16, {{1, {12288, 12}}}},
            {pack(A{1}), {5}, {5}, 2, i16, i16, {{1, {3, 0}}}}};
  }
};

template <>
struct StepCases<ops::Int16Softmax> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    std::vector<int> exp;  // two places a word
    for (int k = 0; k < 514; k += 2)
      exp.push_back(std::min(64 * k, 32767) | std::min(64 * k + 64, 32767) << 16);
    return {{{}, {2, 5}, {2, 5}, 3, ElementType::i16, ElementType::i16, {{0, {1 << 30, 1}}, {1, exp}}}};
  }
};

template <>
struct StepCases<ops::Requantize> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    using enum ElementType;
    return {{{}, {5}, {5}, 1, i16, i8, {{0, {3, -2, -128, 127, 1 << 30, -7}}}},
            {{}, {5}, {5}, 1, i16, i16, {{0, {3, 0, -32768, 32767, 1 << 30, -1}}}},
            {{}, {5}, {5}, 1, i16, i32, {{0, {3, 0, INT32_MIN, INT32_MAX, 1 << 30, 4}}}},
            {{}, {5}, {5}, 1, i8, i16, {{0, {-3, 0, -32768, 32767, 1 << 30, 3}}}},
            {{}, {5}, {5}, 1, i8, i8, {{0, {-3, 0, -128, 127, 1 << 30, 1}}}},
            {{}, {5}, {5}, 1, i8, i32, {{0, {-3, 0, INT32_MIN, INT32_MAX, 1 << 30, 12}}}},
            {{}, {5}, {5}, 1, i32, i8, {{0, {0, 4, -128, 127, 1 << 30, -20}}}},
            {{}, {5}, {5}, 1, i32, i16, {{0, {0, 0, -32768, 32767, 1 << 30, -9}}}},
            {{}, {5}, {5}, 1, i32, i32, {{0, {0, 4, INT32_MIN, INT32_MAX, 1 << 30, 2}}}}};
  }
};

template <>
struct StepCases<ops::Quantize> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using enum ElementType;
    const Words even = pack(ops::Quantize::Attributes{1});
    return {{{}, {5}, {5}, 2, real, i8, {{1, {-3}}}},
            {even, {5}, {5}, 2, real, i8, {{1, {-3}}}},
            {{}, {5}, {5}, 2, real, i16, {{1, {0}}}}};
  }
};

template <>
struct StepCases<ops::Dequantize> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    using enum ElementType;
    return {{{}, {5}, {5}, 2, i8, real, {{1, {-3}}}}, {{}, {5}, {5}, 2, i16, real, {{1, {0}}}}};
  }
};

template <>
struct StepCases<ops::Resample> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using kernels::Resample;
    using enum kernels::ResizeKind;
    const int half = std::bit_cast<int>(0.5f);
    return {{pack(Resample{nearest, 2, 3, 2, 3, 4}),
             {2, 3, 2},
             {3, 4, 2},
             2,
             ElementType::i16,
             ElementType::i16,
             {{0, {0, 1, 1}}, {1, {0, 1, 1, 2}}}},
            {pack(Resample{bilinear, 2, 2, 1, 1, 2}),
             {2, 2, 1},
             {1, 2, 1},
             2,
             ElementType::i8,
             ElementType::i8,
             {{0, {0, 1, 512}}, {1, {0, 1, 0, 1, 1, 1024}}}},
            {pack(Resample{bilinear, 2, 2, 1, 1, 2, 1}),
             {2, 2, 1},
             {1, 2, 1},
             2,
             ElementType::i8,
             ElementType::i8,
             {{0, {0, 1, half}}, {1, {0, 1, 0, 1, 1, half}}}},
            {pack(Resample{bilinear, 2, 2, 1, 1, 2}),
             {2, 2, 1},
             {1, 2, 1},
             2,
             ElementType::real,
             ElementType::real,
             {{0, {0, 1, half}}, {1, {0, 1, half, 1, 1, 0}}}}};
  }
};

template <>
struct StepCases<ops::FakeQuantize> : StepCaseDefaults {
  static constexpr bool straight_through = true;
  static constexpr std::vector<StepCase> all() {
    using A = ops::FakeQuantize::Attributes;
    return {{pack(A{8, 0}), {2, 3}, {2, 3}, 1},
            {pack(A{16, 0, 1, -1, 1}), {5}, {5}, 0},
            {pack(A{8, 1, 1}), {2, 3}, {2, 3}, 1}};
  }
};

template <>
struct StepCases<ops::QuantizedOffsetConvolution> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::QuantizedOffsetConvolution::Attributes;
    using enum ElementType;
    const auto io = std::vector<int>{-3, 4, -128, 127};
    return {{pack(A{{2, 3, 1, 2, 1, 1, 0, 1, 0}, 0, -7}),
             {3, 5, 2},
             {2, 3, 3},
             4,
             i8,
             i8,
             {{2, {1 << 30, -4}}, {3, io}}},
            {pack(A{{.per_channel = 0}, 0, 127}), {4}, {3}, 4, i8, i8, {{2, {1 << 30, -9}}, {3, io}}},
            {pack(A{{3, 3, 1, 1, 1, 1, 1, 1, 0}, 1, -90}),
             {5, 4, 3},
             {5, 4, 3},
             4,
             i8,
             i8,
             {{2, {1 << 30, -9}}, {3, io}}},
            {pack(A{{3, 3, 2, 2, 1, 1, 1, 1, 0}, 1, 20}),
             {5, 4, 2},
             {3, 2, 4},
             4,
             i8,
             i8,
             {{2, {1 << 30, -6}}, {3, io}}}};
  }
};

template <>
struct StepCases<ops::QuantizedPReLU> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::QuantizedPReLU::Attributes;
    using enum ElementType;
    return {{pack(A{3}), {2, 3}, {2, 3}, 2, i8, i8, {{1, {-3, 4, 5, -128, 127, 1 << 30, 0, 1 << 30, -6}}}},
            {pack(A{1}), {4}, {4}, 2, i16, i16, {{1, {0, 0, 0, -32768, 32767, 1 << 30, 1, 1 << 30, -2}}}}};
  }
};

template <>
struct StepCases<ops::QuantizedMatMul> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using kernels::Int8MatMul;
    using enum ElementType;
    const std::vector<int> numbers{3, -4, 5, -128, 127, 1 << 30, -7},
        wide{0, 0, 0, -32768, 32767, 1 << 30, -12};
    return {{pack(Int8MatMul{2, 3, 4, 5}), {2, 3, 5}, {2, 3, 4}, 1, i8, i8, {{0, numbers}}},
            {pack(Int8MatMul{2, 3, 4, 5, 1, 1, 0, 1}), {2, 5, 3}, {2, 3, 4}, 2, i8, i8, {{1, numbers}}},
            {pack(Int8MatMul{2, 3, 2, 4, 0, 1, 1, 0}), {3, 4}, {2, 3, 2}, 1, i16, i16, {{0, wide}}}};
  }
};

template <>
struct StepCases<ops::Int8UnitNorm> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    return {{{}, {2, 5}, {2, 5}, 1, ElementType::i8, ElementType::i8, {{0, {-7}}}}};
  }
};

template <>
struct StepCases<ops::Int8LogSoftmax> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    return {
        {{}, {2, 5}, {2, 5}, 1, ElementType::i8, ElementType::i8, {{0, {1 << 30, 22, -200, 1 << 30, -20}}}}};
  }
};

template <>
struct StepCases<ops::Int16Rsqrt> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    return {{{}, {5}, {5}, 1, ElementType::i16, ElementType::i16, {{0, {1 << 30, -5}}}}};
  }
};

}  // namespace etch::test
