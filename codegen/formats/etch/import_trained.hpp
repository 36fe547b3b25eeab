// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/etch/import.hpp>
#include <etch/model/training/trainer.hpp>
#include <runtime/host/training/save_model.hpp>

namespace etch::host {

/// The model of a trainer as it ships now, to be quantized or exported in the program that trains it.
template <class Model>
ImportedModel import_trained(Model& trainer, const std::string& name) {
  std::vector<DeclaredWeight> weights;
  const auto tensors = etch::detail::tensors_of(trainer);
  for (const ModelTensor& t : tensors) weights.push_back({t.name, t.data});
  const auto declared =
      std::make_unique<Graph<declaration_capacity>>(shrink<declaration_capacity>(graph<Model::declaration>));
  return import_declared(*declared, weights, name);
}

}  // namespace etch::host
