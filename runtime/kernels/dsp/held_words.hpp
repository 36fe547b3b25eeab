// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/target.hpp>

#include <concepts>
#include <cstdint>

/// What loops in assembly keep in memory because products take all registers. GCC addresses operands "m" from
/// sp. Clang loads the address of each into a register, and keeps r7 for itself: for it the assembly saves
/// r7, brings the words to its own part of the stack, and addresses them there. The loops are one text.
namespace etch::kernels::dsp::inline ETCH_TARGET {

#if ETCH_CLANG_ASSEMBLY
/// A word in memory as an operand of instructions.
#define ETCH_HELD(name) "[sp, #%c[" #name "]]"
/// Begins and ends such assembly. r0 has the address of `HeldWords`, which become the words from sp on and,
/// in their order, what r1 to r12 begin with.
#define ETCH_HOLD_WORDS  \
  "push {r7}\n"          \
  "ldmia r0, {r1-r12}\n" \
  "push {r1-r12}\n"
#define ETCH_RELEASE_WORDS \
  "add sp, #48\n"          \
  "pop {r7}\n"
/// The same of a single word, which `word`, a register, has.
#define ETCH_HOLD_WORD(word) \
  "push {r7}\n"              \
  "push {" word "}\n"
#define ETCH_RELEASE_WORD \
  "add sp, #4\n"          \
  "pop {r7}\n"
/// r7 alone, which begins with what a register has.
#define ETCH_TAKE_R7(from) \
  "push {r7}\n"            \
  "mov r7, " from "\n"
#define ETCH_GIVE_R7 "pop {r7}\n"
/// Where a word is, in the list of operands.
#define ETCH_WORD(name, index) [name] "i"(4 * (index))

struct HeldWord {
  std::uint32_t bits;
  HeldWord() = default;
  template <std::integral T>
  HeldWord(T number) : bits(static_cast<std::uint32_t>(number)) {}
  HeldWord(const void* address) : bits(reinterpret_cast<std::uintptr_t>(address)) {}
};
using HeldWords = HeldWord[12];
#else
#define ETCH_HELD(name) "%[" #name "]"
#define ETCH_HOLD_WORDS
#define ETCH_RELEASE_WORDS
#define ETCH_HOLD_WORD(word)
#define ETCH_RELEASE_WORD
#define ETCH_TAKE_R7(from)
#define ETCH_GIVE_R7
#endif

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
