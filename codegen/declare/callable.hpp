// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/declare/layer_form.hpp>

#include <memory>

namespace etch::host::declare {

/// A layer object of a form, within TimeDistributed where it takes the steps of a sequence.
std::shared_ptr<LayerForm::Call> callable(const LayerForm& form);

}  // namespace etch::host::declare
