// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <initializer_list>

namespace etch::kernels {

/// A row of the table of int8 kernels: what a compilation takes of it.
enum class KernelSet {
  portable,
  scalar,     ///< Thumb-2 without instructions for several bytes at once
  dsp,        ///< Arm's DSP extension
  dsp_small,  ///< the same in the size mode
  mve,        ///< Helium
  mve_small,
  lanes,   ///< vectors of whole numbers: SSE2, AVX2, AVX-512, NEON
  triples  ///< other cores, those of RISC-V and Cortex-M0+ among them: three products in one or two
};

/// The rows that a plan has room for. The portable ones are always among them: others fall back to them.
struct KernelSets {
  unsigned bits = ~0U;  ///< all
  constexpr KernelSets() = default;
  constexpr KernelSets(std::initializer_list<KernelSet> sets) : bits(1) {
    for (const KernelSet set : sets) bits |= 1U << static_cast<int>(set);
  }
  constexpr bool has(int set) const { return (bits >> set & 1U) != 0; }
};
inline constexpr KernelSets every_set;

/// Those of boards: what desktops scribble on has no room there.
inline constexpr KernelSets board_sets{KernelSet::scalar, KernelSet::dsp,       KernelSet::dsp_small,
                                       KernelSet::mve,    KernelSet::mve_small, KernelSet::triples};

}  // namespace etch::kernels
