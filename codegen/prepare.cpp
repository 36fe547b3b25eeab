// SPDX-License-Identifier: BSL-1.0
#include <codegen/prepare.hpp>

namespace etch::host {

ImportedModel prepare(const ImportedModel& model, const PrepareOptions&) {
  return {model.name,       std::make_unique<Graph<declaration_capacity>>(*model.graph),
          model.parameters, model.values,
          model.operators,  model.source};
}

}  // namespace etch::host
