// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/declare/layer_form.hpp>
#include <codegen/model/imported_model.hpp>

#include <memory>
#include <string>
#include <vector>

namespace etch::host::declare {

/// A call of a layer on values: the inputs of the model come first, then the result of each call.
struct LayerCall {
  LayerForm form;
  std::vector<int> inputs;
  int same_as = -1;    ///< the call whose layer it calls again, with one set of weights
  std::string name{};  ///< of the layer; "" where it gets its name by itself
};

/// A model in the language of declarations.
struct Declaration {
  struct Input {
    Shape shape;
    std::string name{};
  };
  std::vector<Input> inputs;
  std::vector<LayerCall> calls;
  std::vector<int> outputs;  ///< values
  std::vector<int> sources;  ///< by weight: the parameter of the model that it is
  Numerics numerics = Numerics::separate;
};

/// Finds the layers of a model of floats, best as it was declared (`ImportOptions::declared`). Each layer was
/// called and found to make the step that it stands for. Throws `Error`, one sentence: which step has no
/// layer, and why.
Declaration declaration_of(const ImportedModel& model);

/// What the compiler makes of a declaration, by the same layers.
struct Traced {
  std::unique_ptr<Notes> notes;
  std::unique_ptr<Builder> builder;
  std::vector<std::string> paths;  ///< by call: the layer's name
};
/// Throws `Error` for what the declaration language does not allow.
Traced trace(const Declaration& declaration);

}  // namespace etch::host::declare
