// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/builder.hpp>
#include <etch/ops/op_list.hpp>

#include <array>
#include <string_view>

namespace etch {

/// The last layers that have weights to train, in the order in which they made them. Batch normalization is a
/// layer of its own.
struct LastLayers {
  int count = 1;
};
constexpr LastLayers last_layers(int count) { return {count}; }

/// Weights by their names, as summaries and weight files have them: `dense_1/kernel`, or the end of a name
/// behind a slash, `kernel`, for all that end so.
template <int N>
struct NamedParameters {
  std::array<const char*, N> names;
  bool each = true;  ///< whether every one of the names has to name a weight
};
/// `train_only(parameters_named("dense_2/kernel", "bias"), model)`.
template <class... Name>
constexpr auto parameters_named(Name... names) {
  return NamedParameters<static_cast<int>(sizeof...(Name))>{{names...}};
}
/// What is added and never multiplied: every weight whose name ends in `bias` or `beta` (Ben Zaken and others
/// 2022 train these alone).
inline constexpr NamedParameters<2> biases{{"bias", "beta"}, false};

namespace detail {

/// The first weight of the last `count` layers with weights to train, -1 where there are not as many.
constexpr int first_weight_of_last(const Builder& g, int count, int& layers) {
  int first = -1;
  std::int16_t layer = -1;
  for (int p = g.graph.parameters.count - 1; p >= 0; --p) {
    const Parameter& parameter = g.graph.parameters.item[p];
    if (parameter.trainable && parameter.layer != layer) {
      layer = parameter.layer;
      ++layers;
    }
    if (layers == count && parameter.layer == layer) first = p;
  }
  return layers < count ? -1 : first;
}

/// Freezes all weights that do not stay, as if they had been made so. Batch normalization whose gamma (beta,
/// where it has none) does not stay normalizes by its moving averages.
template <class Stays>
constexpr void freeze_others(Builder& g, const Stays& stays) {
  auto& graph = g.graph;
  for (int p = 0; p < graph.parameters.count; ++p) {
    if (stays(p)) continue;
    graph.parameters.item[p].trainable = false;
    graph.values.item[p].role = Role::statistic;
  }
  for (int s = 0; s < graph.steps.count; ++s) {
    Step& step = graph.steps.item[s];
    if (step.op != op_code<ops::BatchNormalization> ||
        stays(graph.operand(step, step.inputs - step.parameters)))
      continue;
    auto attributes = unpack<ops::BatchNormalization::Attributes>(step.attributes);
    attributes.frozen = 1;
    step.attributes = pack(attributes);
  }
  if (Notes* const notes = g.notes())
    for (int r = 0; r < notes->rows.count; ++r) {
      NoteRow& row = notes->rows.item[r];
      bool weights = false, trained = false;
      for (int p = 0; p < graph.parameters.count; ++p)
        if (graph.parameters.item[p].layer == row.layer) {
          weights = true;
          trained = trained || graph.parameters.item[p].trainable;
        }
      if (weights) row.trainable = trained;
    }
}

/// Whether the full name of a weight is `name`, or ends in it behind a slash.
constexpr bool is_named(const Notes& notes, int p, std::string_view name) {
  if (p >= notes.parameter_name.count || !notes.parameter_name.item[p]) return false;
  const std::string_view path = notes.path(notes.parameter_path.item[p]);
  const std::string_view last = notes.parameter_name.item[p];
  if (last.ends_with(name)) return last.size() == name.size() || last[last.size() - name.size() - 1] == '/';
  if (!name.ends_with(last) || name.size() < last.size() + 2) return false;
  std::string_view rest = name.substr(0, name.size() - last.size());
  if (!rest.ends_with('/')) return false;
  rest.remove_suffix(1);
  return path.ends_with(rest) && (path.size() == rest.size() || path[path.size() - rest.size() - 1] == '/');
}

/// Calls `use` with the names of the weights of `g`, in which `declared` has been traced. Names are there
/// while a summary is asked for, else the declaration is traced for them once more.
template <class Declared, class Use>
constexpr void with_names(const Declared& declared, const Builder& g, const Use& use) {
  if (g.notes()) return use(*g.notes());
  Notes notes;
  Builder named(g.training(), &notes);
  named.trace_at_run_time(g.runs());
  declared.trace(named);
  use(notes);
}

template <class Declared>
constexpr void keep_trained(const Declared&, LastLayers which, Builder& g, int line) {
  int layers = 0;
  const int first = which.count < 1 ? -1 : first_weight_of_last(g, which.count, layers);
  if (g.check(first >= 0, "a model trains at least one of its layers with weights, and no more than it has",
              which.count, layers, line))
    freeze_others(g, [first](int p) { return p >= first; });
}

template <class Declared, int N>
constexpr void keep_trained(const Declared& declared, const NamedParameters<N>& which, Builder& g, int line) {
  bool named[limits::parameters.most]{};
  bool any = false;
  with_names(declared, g, [&](const Notes& notes) {
    for (int k = 0; k < N; ++k) {
      bool found = false;
      for (int p = 0; p < g.graph.parameters.count; ++p)
        if (g.graph.parameters.item[p].trainable && is_named(notes, p, which.names[static_cast<unsigned>(k)]))
          named[p] = found = true;
      any = any || found;
      g.check(found || !which.each, "no weight that trains has one of the names given (which one is shown)",
              k + 1, N, line);
    }
  });
  if (g.check(any, "a model of which the biases are trained has none that trains", 0, 1, line))
    freeze_others(g, [&](int p) { return named[p]; });
}

}  // namespace detail

/// A declared model of which training moves a part. What it does not move has no gradient, no optimizer
/// state, no update and no code for them, nothing is kept for its backward pass, and batch normalization in
/// it normalizes by its moving averages: `frozen` for a model that is declared already. Parts of parts are
/// what all of them train.
template <class Declared, class Which>
struct TrainOnly {
  Declared declared;
  Which which;
  int line = 0;

  constexpr void trace(Builder& g) const {
    declared.trace(g);
    if (!g.graph.fault) detail::keep_trained(declared, which, g, line);
  }
  constexpr Tensor operator()(const Tensor& x) const {
    x.builder->check(false, "a model of which a part is trained is no layer: say it of the whole model", 0, 0,
                     line);
    return x;
  }
};
/// `train_only(last_layers(2), sequential(...))`, `train_only(biases, sequential(...))`.
template <class Which, class Declared>
constexpr auto train_only(Which which, Declared declared, int line = __builtin_LINE()) {
  return TrainOnly<Declared, Which>{declared, which, line};
}

}  // namespace etch
