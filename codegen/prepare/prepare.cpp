// SPDX-License-Identifier: BSL-1.0
#include <codegen/prepare/dead_channels.hpp>
#include <codegen/prepare/merge_steps.hpp>
#include <codegen/prepare/pack_int4.hpp>
#include <codegen/prepare/pair_filters.hpp>
#include <codegen/prepare/prepare.hpp>
#include <codegen/prepare/short_scales.hpp>

namespace etch::host {

ImportedModel prepare(const ImportedModel& model, kernels::KernelSets sets, bool any_weights) {
  ModelDraft draft(model);
  merge_steps(draft);
  if (!any_weights) remove_dead_channels(draft);
  if (draft.int4_weights) pack_int4(draft);
  if (want_pairs(sets)) pair_filters(draft);
  if (want_short_scales(sets)) shorten_scales(draft);
  return draft.model();
}

}  // namespace etch::host
