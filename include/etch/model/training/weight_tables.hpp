// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/training_code.hpp>
#include <runtime/kernels/portable/regularizer.hpp>

namespace etch::detail {

// Small tables about weights and their slots, apart from graph and plan: a device holds only these of them.

/// A weight that a penalty is taken of: evaluation adds what training adds.
struct PenalizedWeight {
  int offset = 0, elements = 0;
  Regularizer regularizer{};
};
template <class Code>
inline constexpr auto penalized_weights = [] {
  constexpr const auto& g = Code::graph;
  List<PenalizedWeight, g.parameters.count> all;
  for (int p = 0; p < g.parameters.count; ++p)
    if (g.parameters.item[p].regularizer.any() && g.values.item[p].role == Role::parameter)
      all.push({Code::program.plan.offset[p], g.values.item[p].elements, g.parameters.item[p].regularizer});
  return all;
}();

template <class Code>
float weight_penalty(const std::byte* weights) {
  using T = kernels::FloatOf<Code::graph.numerics>;
  static constexpr const auto& all = penalized_weights<Code>;
  float sum = 0;
  for (int i = 0; i < all.count; ++i) {
    const PenalizedWeight& w = all.item[i];
    sum += kernels::plain(kernels::penalty(w.regularizer.l1, w.regularizer.l2,
                                           reinterpret_cast<const T*>(weights + w.offset), w.elements));
  }
  return sum;
}

/// A trained weight and one of the arrays that the optimizer keeps for it.
struct WeightSlot {
  int weight = 0, slot = 0, elements = 0;
};
template <class Code, int K>
inline constexpr auto weight_slots = [] {
  constexpr const auto& g = Code::graph;
  List<WeightSlot, g.parameters.count> all;
  for (int p = 0; p < g.parameters.count; ++p)
    if (const int first = Code::differentiated.slots_of[p]; first >= 0)
      all.push({Code::program.plan.offset[p], Code::program.plan.offset[first + K],
                trained_shape(g.parameters.item[p]).size()});
  return all;
}();

/// Zero, or what the rule's arrays begin with.
template <class Code, class Optimizer>
void initialize_slots(const Optimizer& optimizer, std::span<std::byte> state) {
  for (std::byte& each : state) each = std::byte{0};
  if constexpr (requires { optimizer.initial_slot(0); }) {
    for_each_output<kernels::slots_of(Code::options.rule)>([&](auto k) {
      static constexpr const auto& slots = weight_slots<Code, k>;
      for (int i = 0; i < slots.count; ++i) {
        float* const to = reinterpret_cast<float*>(state.data() + slots.item[i].slot);
        for (int e = 0; e < slots.item[i].elements; ++e) to[e] = optimizer.initial_slot(k);
      }
    });
  }
}

/// Sums over the parts of a batch become what they begin with.
template <class Code>
void begin_part_sums(std::byte* gradients) {
  static constexpr auto sums = part_sums<Code::graph.values.count>(Code::graph, Code::program.plan);
  for (int i = 0; i < sums.count; ++i) {
    const PartSums& s = sums.item[i];
    float* const to = reinterpret_cast<float*>(gradients + s.offset);
    const float begin = s.from_product ? -0.0f : 0.0f;
    for (int e = 0; e < s.elements; ++e) to[e] = begin;
  }
}

template <class Code>
void copy_averages(const std::byte* state, std::byte* weights) {
  static constexpr const auto& slots = weight_slots<Code, average_slot(Code::options)>;
  for (int i = 0; i < slots.count; ++i) {
    const WeightSlot& s = slots.item[i];
    for (int b = 0; b < 4 * s.elements; ++b) weights[s.weight + b] = state[s.slot + b];
  }
}

}  // namespace etch::detail
