// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/builder.hpp>

#include <functional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace etch {

/// A layer object whose kind is known only at run time. Called again it shares its weights, as in Keras; a
/// copy that was made before has weights of its own.
class KerasLayer {
 public:
  using Results = std::vector<Tensor>;
  using Inputs = std::span<const Tensor>;

  /// \param layer gives a tensor, or several: a recurrent layer its states too.
  template <class Layer>
  requires(!std::is_same_v<Layer, KerasLayer>) KerasLayer(Layer layer) {
    if constexpr (std::is_same_v<std::invoke_result_t<Layer&, Inputs>, Tensor>)
      call_ = [layer = std::move(layer)](Inputs x) mutable { return Results{layer(x)}; };
    else
      call_ = std::move(layer);
  }

  Tensor operator()(Inputs inputs) const { return call_(inputs).front(); }
  Results results(Inputs inputs) const { return call_(inputs); }

 private:
  std::function<Results(Inputs)> call_;
};

/// Where a configuration comes from: what messages call the layer, and the Keras that wrote it, since some
/// words changed their meaning between versions 2 and 3.
struct KerasSource {
  std::string name;
  int version = 3;
};

/// Makes the Etch layer of a Keras class from its configuration, the JSON text of `get_config()`. Layers of
/// data format channels_first get the permutations around them that channels last needs. The weights are
/// created in the order of Keras's `get_weights()`.
///
/// \throws Error naming the layer for a class or attribute that is not known, an attribute of the wrong type,
///   and a value that the layer cannot have. A call throws Error for inputs that do not fit.
KerasLayer make_keras_layer(const std::string& class_name, const std::string& config,
                            const KerasSource& source);

/// The classes that `make_keras_layer` knows.
std::vector<std::string> keras_layer_classes();

}  // namespace etch
