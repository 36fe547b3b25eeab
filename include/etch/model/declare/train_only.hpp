// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/trained_weights.hpp>

#include <array>

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

/// Some output channels of convolutions and dense layers, and layers that train whole, by `ChosenChannels`.
template <int N>
struct LayersAndChannels {
  std::array<const ChosenChannels*, N> layers;
};
/// `train_only(chosen_channels(conv2d_3, dense_1), model)`, of objects that stay where they are.
template <class... Chosen>
constexpr auto chosen_channels(const Chosen&... layers) {
  return LayersAndChannels<static_cast<int>(sizeof...(Chosen))>{{&layers...}};
}

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

template <class Declared>
constexpr void keep_trained(const Declared&, LastLayers which, Builder& g, int begin, int line) {
  int layers = 0;
  const int first = which.count < 1 ? -1 : first_weight_of_last(g, which.count, layers);
  if (g.check(first >= 0, "a model trains at least one of its layers with weights, and no more than it has",
              which.count, layers, line))
    freeze_others(g, begin, [first](int p) { return p >= first; });
}

template <class Declared, int N>
constexpr void keep_trained(const Declared& declared, const NamedParameters<N>& which, Builder& g, int begin,
                            int line) {
  bool named[limits::parameters.most]{};
  bool any = false;
  with_names(declared, g, begin, [&](const WeightNames& names) {
    for (int k = 0; k < N; ++k) {
      bool found = false;
      for (int p = 0; p < g.graph.parameters.count; ++p)
        if (g.graph.parameters.item[p].trainable && is_named(names, p, which.names[static_cast<unsigned>(k)]))
          named[p] = found = true;
      any = any || found;
      g.check(found || !which.each, "no weight that trains has one of the names given (which one is shown)",
              k + 1, N, line);
    }
  });
  if (g.check(any, "a model of which the biases are trained has none that trains", 0, 1, line))
    freeze_others(g, begin, [&](int p) { return named[p]; });
}

/// Whether all steps with weights of one layer, some of which `named` tells, can train some of their outputs.
template <class Named>
constexpr bool trains_channels(const Builder& g, const Named& named) {
  for (const Step& step : g.graph.steps) {
    bool reads = false;
    for (int k = 0; k < step.inputs; ++k)
      reads =
          reads || (g.graph.operand(step, k) < g.graph.parameters.count && named(g.graph.operand(step, k)));
    if (reads && !visit_op(step.op, [&](auto op) { return decltype(op)::trains_channels(step); }))
      return false;
  }
  return true;
}

/// Why the channels of a layer whose weights `named` tells cannot be chosen, as a sentence, or null.
template <class Named>
constexpr const char* chosen_fault(const Builder& g, const ChosenChannels& chosen, const Named& named) {
  if (!trains_channels(g, named))
    return "channels are chosen of dense layers and of convolutions without groups";
  for (int p = 0; p < g.graph.parameters.count; ++p) {
    const Parameter& parameter = g.graph.parameters.item[p];
    if (!named(p)) continue;
    if (parameter.constraint.any())
      return "a weight with a constraint trains whole: no channels of it are chosen";
    for (int k = 0; k < chosen.count; ++k)
      if (chosen.channel[k] < (k > 0 ? chosen.channel[k - 1] + 1 : 0) ||
          chosen.channel[k] >= parameter.shape.last())
        return "chosen channels are in ascending order, each once, and channels that the layer has";
  }
  return nullptr;
}

template <class Declared, int N>
constexpr void keep_trained(const Declared& declared, const LayersAndChannels<N>& which, Builder& g,
                            int begin, int line) {
  int of[limits::parameters.most]{};  // 1 + which of the layers
  with_names(declared, g, begin, [&](const WeightNames& names) {
    for (int k = 0; k < N; ++k) {
      const ChosenChannels& chosen = *which.layers[static_cast<unsigned>(k)];
      bool found = false;
      for (int p = 0; p < g.graph.parameters.count; ++p)
        if (g.graph.parameters.item[p].trainable && is_of_layer(names, p, chosen.layer)) {
          g.check(of[p] == 0, "a layer's channels are chosen twice (which choice is shown)", k + 1, N, line);
          of[p] = k + 1;
          found = true;
        }
      g.check(found, "no layer that trains has the name of chosen channels (which choice is shown)", k + 1, N,
              line);
      if (g.graph.fault || !chosen.channel) continue;
      const char* const fault = chosen_fault(g, chosen, [&](int p) { return of[p] == k + 1; });
      g.check(!fault, fault, k + 1, N, line);
    }
  });
  if (g.graph.fault) return;
  for (int p = 0; p < g.graph.parameters.count; ++p)
    if (of[p] > 0)
      if (const ChosenChannels* const chosen = which.layers[static_cast<unsigned>(of[p] - 1)];
          chosen->channel)
        g.graph.parameters.item[p].chosen = chosen;
  freeze_others(g, begin, [&](int p) { return of[p] > 0; });
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
    const int begin = g.graph.parameters.count;
    declared.trace(g);
    if (!g.graph.fault) detail::keep_trained(declared, which, g, begin, line);
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
