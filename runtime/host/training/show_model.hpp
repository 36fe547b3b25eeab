// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/model_notes.hpp>
#include <etch/model/training/training_code.hpp>
#include <runtime/host/training/model_report.hpp>

#include <array>
#include <string>

// Tables and pictures of models. Only types are resolved here; the work is in the compiled host library.
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
/// Of models that say how another computes or trains.
template <class Model>
requires requires(const Model& model) { model.declared; }
constexpr std::string_view title_of(const Model& model) { return title_of(model.declared); }
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
  host::SummaryTotals totals{n.total, n.trainable, n.non_trainable, optimizer_bytes / 4};
  if constexpr (graph<Declared>.numerics != Numerics::separate)
    totals.numerics = numerics_text(graph<Declared>.numerics);
  return totals;
}

/// The same of a model that trains.
template <const auto& Declared>
host::SummaryTotals totals_of(const TrainingMemory& m) {
  host::SummaryTotals totals = totals_of<Declared>(m.optimizer);
  if (m.arena < m.plain_arena)
    totals.trade = {m.arena, m.plain_arena, m.macs, m.macs_again, m.parts, m.gradients};
  return totals;
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
  return host::model_summary_text(detail::view_of<Declared>(), detail::totals_of<Declared>(memory),
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
  host::print_model_summary(stdout, detail::view_of<Declared>(), detail::totals_of<Declared>(memory),
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

}  // namespace etch
