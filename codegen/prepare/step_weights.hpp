// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/model_draft.hpp>

namespace etch::host {

/// The numbers of a step's weights, as its op's traits ask for them.
inline std::vector<const void*> weights_of(const ModelDraft& model, const DraftStep& step) {
  std::vector<const void*> weights;
  for (const int p : step.parameters)
    weights.push_back(model.parameters[static_cast<std::size_t>(p)].bytes.data());
  return weights;
}

}  // namespace etch::host
