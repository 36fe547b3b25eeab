// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/graph_text.hpp>
#include <etch/model/declare/hash.hpp>
#include <etch/model/declare/model_notes.hpp>
#include <etch/model/training/training_code.hpp>
#include <runtime/host/model_file.hpp>
#include <runtime/host/model_report.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <type_traits>

// What desktop programs get beside training: tables, pictures and files. Only types are resolved here; the
// work is in the compiled host library.
namespace etch {

namespace detail {

template <class Layers>
constexpr std::string_view title_of(const Sequential<Layers>&) {
  return "sequential";
}
template <class Define>
constexpr std::string_view title_of(const Functional<Define>&) {
  return "functional";
}
template <class Model>
constexpr std::string_view title_of(const Subclassed<Model>&) {
  return "subclassed";
}
/// Of models that are made of others.
template <class Model>
requires requires { Model::title; }
constexpr std::string_view title_of(const Model&) { return Model::title; }

template <const auto& Declared>
host::ModelView view_of() {
  const auto& d = notes<Declared>;
  return {title_of(Declared),
          {d.rows.item, static_cast<std::size_t>(d.rows.count)},
          {d.links.item, static_cast<std::size_t>(d.links.count)},
          {d.row_names.item, static_cast<std::size_t>(d.row_names.count)},
          d.text};
}

struct PredictionMemory {
  int weights = 0, arena = 0;
};
template <const auto& Declared>
inline constexpr PredictionMemory prediction_memory = [] {
  const auto p = plan(prediction_graph<Declared>, {});
  return PredictionMemory{p.weight_bytes, p.arena_bytes};
}();

template <const auto& Declared>
host::SummaryTotals totals_of(int optimizer_bytes) {
  constexpr ModelNumbers n = numbers<Declared>();
  return {n.total, n.trainable, n.non_trainable, optimizer_bytes / 4};
}

template <const auto& Declared>
constexpr auto prediction_lines() {
  constexpr PredictionMemory m = prediction_memory<Declared>;
  return std::array{host::MemoryLine{"prediction: weights", m.weights},
                    host::MemoryLine{"prediction: activations", m.arena},
                    host::MemoryLine{"prediction: total", m.weights + m.arena}};
}
template <const auto& Declared>
constexpr auto training_lines(const TrainingMemory& m) {
  const auto p = prediction_lines<Declared>();
  return std::array{p[0],
                    p[1],
                    p[2],
                    host::MemoryLine{"training: weights", m.weights},
                    host::MemoryLine{"training: gradients", m.gradients},
                    host::MemoryLine{"training: optimizer state", m.optimizer},
                    host::MemoryLine{"training: activations and scratch", m.arena},
                    host::MemoryLine{"training: input batch", m.input},
                    host::MemoryLine{"training: labels", m.labels},
                    host::MemoryLine{"training: total", m.total()}};
}

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

/// The weights of a trainer by name.
template <class Model>
auto tensors_of(Model& model) {
  static constexpr const auto& shapes = parameter_shapes<Model::declaration>;
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
    for (std::size_t k = 0; k < t.slots; ++k)
      t.slot[k] = model.optimizer_state().subspan(static_cast<std::size_t>(place.slot[k]), bytes);
  }
  return tensors;
}

template <class Model>
host::ModelIdentity identity_of(Model& model) {
  static constexpr std::uint64_t hash = structure_hash(graph<Model::declaration>);
  return {hash, model.optimizer().name};
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

/// The table of a model as text: layers, shapes, parameters, memory for prediction.
template <const auto& Declared>
std::string summary_text(const host::SummaryOptions& options = {}) {
  return host::model_summary_text(detail::view_of<Declared>(), detail::totals_of<Declared>(0),
                                  detail::prediction_lines<Declared>(), options);
}
/// The same with the memory of training.
template <const auto& Declared>
std::string summary_text(const TrainingMemory& memory, const host::SummaryOptions& options = {}) {
  return host::model_summary_text(detail::view_of<Declared>(), detail::totals_of<Declared>(memory.optimizer),
                                  detail::training_lines<Declared>(memory), options);
}

/// Prints the table of a model that is not compiled for training.
template <const auto& Declared>
void summary() {
  host::print_model_summary(stdout, detail::view_of<Declared>(), detail::totals_of<Declared>(0),
                            detail::prediction_lines<Declared>());
}
template <const auto& Declared>
void print_model_summary(const TrainingMemory& memory) {
  host::print_model_summary(stdout, detail::view_of<Declared>(),
                            detail::totals_of<Declared>(memory.optimizer),
                            detail::training_lines<Declared>(memory));
}

/// The same of a model that is compiled.
template <class Model>
void print_summary(const Model&) {
  print_model_summary<Model::declaration>(Model::Code::memory);
}

/// Draws a declared model to a `.dot` or `.svg` file.
template <const auto& Declared>
void plot_model(const char* path) {
  host::plot_model(path, detail::view_of<Declared>());
}

/// Saves the weights and the graph, which the tool `etch` reads, and on request all that the next training
/// step depends on.
template <class Model>
void save_model(Model& model, const char* path, bool with_optimizer = false) {
  model.ensure_ready();
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

/// The same without the optimizer's state, whichever optimizer the file was saved with.
template <class Model>
void load_weights(Model& model, const char* path) {
  detail::load_into(model, path, host::LoadState::weights_only);
}

/// Loads the weights whose full name and shape the file has, for transfer from another model; the others stay
/// as they are, and so does the optimizer. \return how many; none is an `etch::Error`.
template <class Model>
int load_weights_by_name(Model& model, const char* path) {
  const auto draw = [](void* m) { static_cast<Model*>(m)->ensure_ready(); };
  return host::load_weights_file_by_name(path, detail::tensors_of(model), draw, &model);
}

}  // namespace etch
