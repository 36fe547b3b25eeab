// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/graph_text.hpp>
#include <etch/model/declare/hash.hpp>
#include <etch/model/declare/model_notes.hpp>
#include <etch/model/training/layer_view.hpp>
#include <etch/model/training/training_code.hpp>
#include <runtime/host/files/model_file.hpp>
#include <runtime/host/keras/load_keras_weights.hpp>

#include <array>
#include <string>
#include <vector>

// Files of models that train. Only types are resolved here; the work is in the compiled host library.
namespace etch {

namespace detail {

/// Where the weights and optimizer slots of a compiled model lie.
struct TensorPlace {
  int weight = 0, slots = 0;
  int slot[max_slots]{};
};
template <class Code>
inline constexpr auto tensor_places = [] {
  const auto& p = Code::program;
  std::array<TensorPlace, static_cast<std::size_t>(p.graph.parameters.count)> places{};
  for (int i = 0; i < p.graph.parameters.count; ++i) {
    TensorPlace& place = places[static_cast<std::size_t>(i)];
    const int first = Code::differentiated.slots_of[i];
    place.weight = p.plan.offset[i];
    place.slots = first < 0 ? 0 : slots_of(Code::options);
    for (int k = 0; k < place.slots; ++k) place.slot[k] = p.plan.offset[first + k];
  }
  return places;
}();

/// Shapes of the weights, apart from the graph, so that a program does not hold all of that.
template <const auto& Declared>
inline constexpr auto parameter_shapes = [] {
  std::array<Shape, static_cast<std::size_t>(graph<Declared>.parameters.count)> shapes{};
  for (std::size_t i = 0; i < shapes.size(); ++i) shapes[i] = graph<Declared>.parameters.item[i].shape;
  return shapes;
}();

/// The same of what an optimizer keeps.
template <const auto& Declared>
inline constexpr auto slot_shapes = [] {
  std::array<Shape, static_cast<std::size_t>(graph<Declared>.parameters.count)> shapes{};
  for (std::size_t i = 0; i < shapes.size(); ++i)
    shapes[i] = trained_shape(graph<Declared>.parameters.item[i]);
  return shapes;
}();

/// The weights of a trainer by name.
template <class Model>
auto tensors_of(Model& model) {
  static constexpr const auto& shapes = parameter_shapes<Model::declaration>;
  static constexpr const auto& trained = slot_shapes<Model::declaration>;
  static constexpr const auto& places = tensor_places<typename Model::Code>;
  static_assert(places.size() == shapes.size(),
                "a declaration must have the same weights for training and prediction");
  std::array<host::ModelTensor, shapes.size()> tensors;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Shape& shape = shapes[i];
    const TensorPlace& place = places[i];
    const auto bytes = 4 * static_cast<std::size_t>(shape.size());
    host::ModelTensor& t = tensors[i];
    t.name = notes<Model::declaration>.parameter(static_cast<int>(i));
    t.shape = {shape.dim.data(), static_cast<std::size_t>(shape.rank)};
    t.data = model.weights().subspan(static_cast<std::size_t>(place.weight), bytes);
    t.slots = static_cast<std::size_t>(place.slots);
    t.slot_shape = {trained[i].dim.data(), static_cast<std::size_t>(trained[i].rank)};
    const auto slot_bytes = 4 * static_cast<std::size_t>(trained[i].size());
    for (std::size_t k = 0; k < t.slots; ++k)
      t.slot[k] = model.optimizer_state().subspan(static_cast<std::size_t>(place.slot[k]), slot_bytes);
  }
  return tensors;
}

/// The layer that each weight belongs to.
struct WeightLayer {
  const char* kind = "";
  int layer = -1;
};
template <const auto& Declared>
inline constexpr auto weight_layers = [] {
  std::array<WeightLayer, static_cast<std::size_t>(graph<Declared>.parameters.count)> of{};
  for (std::size_t i = 0; i < of.size(); ++i) {
    of[i].layer = graph<Declared>.parameters.item[i].layer;
    for (const NoteRow& row : notes<Declared>.rows)
      if (row.layer == of[i].layer) of[i].kind = row.kind;
  }
  return of;
}();

/// The weights of a trainer as files of Keras are compared with them.
template <class Model>
auto keras_targets(Model& model) {
  static constexpr const auto& of = weight_layers<Model::declaration>;
  const auto tensors = tensors_of(model);
  std::array<host::KerasTarget, of.size()> targets;
  for (std::size_t i = 0; i < targets.size(); ++i) targets[i] = {tensors[i], of[i].kind, of[i].layer};
  return targets;
}

template <class Model>
host::ModelIdentity identity_of(Model& model) {
  static constexpr std::uint64_t hash = structure_hash(graph<Model::declaration>);
  static constexpr std::uint64_t other = [] {
    auto twin = graph<Model::declaration>;
    twin.numerics = twin.numerics == Numerics::fused ? Numerics::separate : Numerics::fused;
    return structure_hash(twin);
  }();
  return {hash, other, model.optimizer().name};
}

template <class Model>
void load_into(Model& model, const char* path, host::LoadState state) {
  host::TrainingPosition position{0, model.seed()};
  const auto tensors = tensors_of(model);
  if (!host::load_model_file(path, identity_of(model), tensors, state, position)) model.reset_optimizer();
  model.resume(position.seed, position.step);
  if constexpr (Model::sets_learning_rate)
    if (position.learning_rate >= 0) model.learning_rate(position.learning_rate);
}

}  // namespace detail

/// Copies of all weights in the order of the layers: Keras's `get_weights`.
template <class Model>
std::vector<std::vector<float>> copies_of_weights(Model& model) {
  std::vector<std::vector<float>> copies;
  for (const WeightView weight : model.weight_list()) copies.emplace_back(weight.begin(), weight.end());
  return copies;
}

/// Saves the weights and the graph, which the tool `etch` reads, and on request all that the next training
/// step depends on.
template <class Model>
void save_model(Model& model, const char* path, bool with_optimizer = false) {
  model.ensure_ready();
  model.ensure_between_steps();
  host::TrainingPosition position{model.step(), model.seed()};
  if constexpr (Model::sets_learning_rate) position.learning_rate = model.learning_rate();
  const std::string text = graph_text(graph<Model::declaration>);
  host::ModelIdentity identity = detail::identity_of(model);
  identity.text = text;
  host::save_model_file(path, identity, detail::tensors_of(model), with_optimizer ? &position : nullptr);
}

/// Loads a file of the same graph, with the optimizer's state if it has one; else training begins anew. A
/// file that does not fit is an `etch::Error`, and the model stays as it was.
template <class Model>
void load_model(Model& model, const char* path) {
  detail::load_into(model, path, host::LoadState::with_optimizer);
}

/// The weights alone, whichever optimizer they were saved with: of a file of the same graph, else of any
/// `.safetensors` file whose arrays have, in their order, the shapes of the model's weights. A file of Keras
/// (`.keras`, `.h5`, `.weights.h5`) gives its weights one after the other. What differs is an `etch::Error`
/// that names the layer.
template <class Model>
void load_weights(Model& model, const char* path) {
  if (!host::is_keras_file(path)) return detail::load_into(model, path, host::LoadState::weights_only);
  host::load_keras_weights(path, detail::keras_targets(model));
  model.reset_optimizer();
  model.resume(model.seed(), 0);
}

/// What `Trainer::load_weights` calls.
template <class Model>
void load_model_weights(Model& model, const char* path) {
  load_weights(model, path);
}

/// Loads the weights whose full name and shape the file has, for transfer from another model; the others stay
/// as they are, and so does the optimizer. \return how many; none is an `etch::Error`.
template <class Model>
int load_weights_by_name(Model& model, const char* path) {
  const auto draw = [](void* m) { static_cast<Model*>(m)->ensure_ready(); };
  return host::load_weights_file_by_name(path, detail::tensors_of(model), draw, &model);
}

}  // namespace etch
