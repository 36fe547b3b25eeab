// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/fault.hpp>

#include <cstdint>
#include <string_view>

namespace etch {

/// How much a graph has, or has room for.
struct Sizes {
  int parameters = 0, values = 0, steps = 0, operands = 0, ends = 0;
  constexpr bool operator==(const Sizes&) const = default;
};

/// A limit and the sentence that says so. The sentence is written out, since clang prints only literals in a
/// message; the build stops where it names another number.
struct Limit {
  int most;
  const char* sentence;

  consteval Limit(int number, const char* text) : most(number), sentence(text) {
    char digits[16]{};
    int at = 16;
    for (int n = number, place = 0; n > 0; n /= 10, ++place) {
      if (place > 0 && place % 3 == 0) digits[--at] = ',';
      digits[--at] = static_cast<char>('0' + n % 10);
    }
    const std::string_view written(digits + at, static_cast<std::size_t>(16 - at));
    if (std::string_view(text).find(written) == std::string_view::npos)
      fail("the sentence of a limit has to name its number");
  }
};

/// What a declaration may have.
namespace limits {
inline constexpr Limit parameters{1024, "a model has at most 1,024 weight arrays"};
inline constexpr Limit values{2048, "a model has at most 2,048 values"};
inline constexpr Limit steps{1536, "a model has at most 1,536 steps"};
inline constexpr Limit inputs{16, "a model has at most 16 inputs"};
inline constexpr Limit outputs{inputs.most, "a model has at most 16 outputs"};
inline constexpr Limit layers{1024, "a model has at most 1,024 layers"};
inline constexpr Limit repeat{INT16_MAX, "a layer takes at most 32,767 parts of one sample"};
inline constexpr Limit elements{1 << 28, "Input takes at most 268,435,456 elements"};
inline constexpr Limit weight_elements{elements.most, "a weight array has at most 268,435,456 elements"};
inline constexpr Limit weights{536'000'000, "the weights of a model are at most 536,000,000 numbers"};
inline constexpr Limit named_parts{2048, "a model has at most 2,048 named parts"};
inline constexpr Limit automatic_names{256, "a model has at most 256 kinds of layers with automatic names"};
inline constexpr Limit kilobytes_of_names{48, "the names of a model take at most 48 KB"};
}  // namespace limits

/// The room a declaration has while it is traced; afterwards the graph is shrunk to what it used.
inline constexpr Sizes declaration_capacity{.parameters = limits::parameters.most,
                                            .values = limits::values.most,
                                            .steps = limits::steps.most,
                                            .operands = 4 * limits::steps.most,
                                            .ends = limits::inputs.most};

/// The most elements of an array: its bytes, and small multiples of its elements, still fit an int.
inline constexpr std::int64_t most_elements = limits::elements.most;

namespace detail {
/// The most operands that a step of a forward pass has, without scratch.
inline constexpr int max_forward_operands = 24;
/// The most of any step, as a step counts them. A gradient has those of its step, gradients and slots.
inline constexpr int max_operands = 256;
/// The most arrows between layer calls in a model's notes.
inline constexpr int max_note_links = 4096;
}  // namespace detail

}  // namespace etch
