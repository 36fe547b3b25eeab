// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program/team.hpp>
#include <etch/model/training/data_checks.hpp>
#include <etch/train/batch_view.hpp>

namespace etch::detail {

/// The weights of one batch's samples. A null pointer means that all count 1.
template <int Outputs, int BatchSize>
struct BatchWeights {
  float value[Outputs][BatchSize];
  const float* of[Outputs]{};

  /// Weights in the caller's memory, for the losses of all outputs; none: all count 1.
  void refer_to(std::span<const float> weights) {
    for (const float*& each : of) each = weights.data();
  }
};

/// Whether memory is that much slower than the processor that it is told early what is read next.
inline constexpr bool has_caches = kernels::vectorizes_loops;

/// Samples of a data set: their numbers, in the order of a batch.
struct SampleNumbers {
  const std::size_t* number = nullptr;
  int rows = 0;
};

/// Copies samples to a trainer's input: each input has room for a whole batch.
template <class Code>
void load_inputs(const Dataset& data, SampleNumbers batch, float* to) {
  for (std::size_t k = 0; k < Code::inputs.size(); ++k) {
    const int elements = Code::inputs[k];
    for (int r = 0; r < batch.rows; ++r) data.x[k].read(batch.number[r], elements, to + r * elements);
    to += elements * Code::batch_size;
  }
}

/// The same by a team. Each thread loads the elements whose weights are its own in a dense layer behind them,
/// so that they are in its cache, and calls for those of the batch after this one, which come from memory
/// while this one is worked on.
template <class Code, class Team>
void load_inputs(Team& team, const Dataset& data, SampleNumbers batch, SampleNumbers next, float* to) {
  if constexpr (!has_caches) return load_inputs<Code>(data, batch, to);
  for (std::size_t k = 0; k < Code::inputs.size(); ++k) {
    const int elements = Code::inputs[k];
    const auto load = [&](kernels::Range some) {
      for (int r = 0; r < batch.rows; ++r)
        read_some(data.x[k], batch.number[r], elements, some.first, some.end, to + r * elements);
      for (int r = 0; r < next.rows; ++r)
        call_for_some(data.x[k], next.number[r], elements, some.first, some.end);
    };
    if constexpr (std::is_same_v<std::remove_const_t<Team>, Alone>) {
      load({0, elements});
    } else {
      constexpr long long work_of_element = 16;
      share_out(team, elements, kernels::inputs_of_share, work_of_element * elements * batch.rows, load);
    }
    to += elements * Code::batch_size;
  }
}

/// The same for labels.
template <class Code>
void load_labels(const Dataset& data, const std::size_t* index, int rows, std::byte* to) {
  for (std::size_t k = 0; k < as_size(Code::outputs); ++k) {
    const int n = Code::output[k].label_elements();
    std::byte* const at = to + Code::output[k].label_offset;
    for (int r = 0; r < rows; ++r)
      for (int i = 0; i < n; ++i) {
        const std::size_t from = index[r] * as_size(n) + as_size(i), place = as_size(r * n + i);
        if (Code::output[k].classes)
          reinterpret_cast<std::int32_t*>(at)[place] = data.y[k].at(from);
        else
          reinterpret_cast<float*>(at)[place] = data.y[k].targets[from];
      }
  }
}

/// The class of a loaded label: an index, the largest of a row, or a threshold of 0.5, as Keras has it.
template <class Code>
std::size_t class_of(const std::byte* labels, int row) {
  constexpr int n = Code::output[0].label_elements();
  if (Code::output[0].classes) {
    const std::int32_t label = reinterpret_cast<const std::int32_t*>(labels)[row];
    return label < 0 ? 0 : static_cast<std::size_t>(label);
  }
  const float* const t = reinterpret_cast<const float*>(labels) + row * n;
  if (n == 1) return t[0] > 0.5f ? 1 : 0;
  int best = 0;
  for (int i = 1; i < n; ++i)
    if (t[i] > t[best]) best = i;
  return as_size(best);
}

/// Weights of loaded samples, those of their classes or their own.
template <class Code, class Weights>
void load_weights(const Dataset& data, std::span<const float> class_weight, const std::byte* labels,
                  const std::size_t* index, int rows, Weights& to) {
  const bool one_for_all = data.sample_weight[1].empty();
  for (std::size_t k = 0; k < as_size(Code::outputs); ++k) {
    const auto& from = data.sample_weight[one_for_all ? 0 : k];
    to.of[k] = nullptr;
    if (from.empty() && class_weight.empty()) continue;
    to.of[k] = to.value[k];
    for (int r = 0; r < rows; ++r) {
      const std::size_t label = class_weight.empty() ? 0 : class_of<Code>(labels, r);
      to.value[k][r] = class_weight.empty()          ? from[index[r]]
                       : label < class_weight.size() ? class_weight[label]
                                                     : 1.0f;
    }
  }
}

/// Lets a function change each loaded sample.
template <class Code>
void augment_rows(const Augment& augment, std::uint32_t seed, std::uint32_t step, int rows, float* inputs) {
  for (std::size_t k = 0; k < Code::inputs.size(); ++k) {
    const int elements = Code::inputs[k];
    for (int r = 0; r < rows; ++r)
      augment({inputs + r * elements, as_size(elements)},
              {seed, step, static_cast<std::uint32_t>(r), static_cast<int>(k)});
    inputs += elements * Code::batch_size;
  }
}

}  // namespace etch::detail
