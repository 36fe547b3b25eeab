// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/model_draft.hpp>

namespace etch::host {

/// Takes the channels out of a quantized model that no result depends on: those that are the same for every
/// input, folded into the biases behind them, and those that nothing reads (see `NeededChannels`). Results
/// stay the same, byte for byte; what was removed is noted in `ImportedValue::left`.
void remove_dead_channels(ModelDraft& model);

}  // namespace etch::host
