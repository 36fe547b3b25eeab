// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/int8_scratch.hpp>
#include <runtime/kernels/target.hpp>

namespace etch::ops {

/// What a description says of a step's scratch: 0, there is none; 1, there is; -1, less than the kernels of
/// this compilation take, so that the portable ones must run. The last is the desktop's alone: firmware whose
/// plan has too little room does not compile. Always inlined: its text depends on the target. \param every
/// elements for all cores, which a step has whose graph says nothing. \param own elements that this
/// compilation's kernels take.
template <class G>
[[gnu::always_inline]] constexpr int scratch_form(const G& g, const Step& s, int every, int own) {
  if (every == 0) return 0;
  if (kernels::kernel_set != kernels::KernelSet::lanes || s.outputs < 2) return 1;
  return g.values[g.result(s, 1)].elements < own ? -1 : 1;
}

/// Whether the portable kernels must run.
[[gnu::always_inline]] constexpr bool lacks_room(int scratch_form) {
  return kernels::kernel_set == kernels::KernelSet::lanes && scratch_form < 0;
}

}  // namespace etch::ops
