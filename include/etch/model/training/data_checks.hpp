// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/message.hpp>
#include <etch/train/dataset.hpp>
#include <runtime/kernels/portable/loss_kind.hpp>

namespace etch::detail {

constexpr std::size_t as_size(int n) { return static_cast<std::size_t>(n); }

/// Whether a class index is one of an output's, or the one that its loss ignores.
template <class Code>
bool right_class(std::int32_t label, std::size_t k, const LossParameters& loss) {
  if (label >= 0 && label < Code::output[k].elements) return true;
  return loss.b != 0 && static_cast<float>(label) == loss.a;
}
/// \param sample that the label belongs to. \param label what it is.
template <class Code>
[[noreturn]] void fail_wrong_class(std::size_t k, std::size_t sample, std::int32_t label) {
  fail_with("a label is out of range: labels are class indices from 0 to the number of outputs less one",
            ": sample ", sample, " has the label ", label, " for output ", k, ", whose classes are 0 to ",
            Code::output[k].elements - 1);
}

/// \param numbers that `predict` was given for one sample.
template <class Code>
void check_one_sample(std::size_t numbers) {
  if (numbers == as_size(Code::input_elements)) return;
  fail_with("predict needs one sample of the model's input shape", ": there are ", numbers,
            " numbers, and a sample takes ", Code::input_elements,
            ". Many samples need room for their results: predict(x, results)");
}

/// The first input that has not the numbers of `count` samples, or the number of inputs.
template <class Code>
std::size_t short_input(const Dataset& data, std::size_t count) {
  std::size_t k = 0;
  while (k < Code::inputs.size() && data.x[k].size() == count * as_size(Code::inputs[k])) ++k;
  return k;
}

/// The labels of output k. \return its samples.
template <class Code>
std::size_t check_labels(const Labels& y, std::size_t k, const LossParameters& loss) {
  constexpr const auto& outputs = Code::output;
  if (y.size() == 0)
    fail(k == 0 ? "the data set is empty: it needs at least one sample and its label"
                : "the data set has fewer labels than the model has outputs: each output needs its own");
  if (y.sparse() != outputs[k].classes)
    fail(outputs[k].classes ? "this loss takes class indices as labels (bytes or 32-bit integers)"
                            : "this loss takes targets as floats, one row of outputs a sample");
  for (std::size_t i = 0; outputs[k].classes && i < y.size(); ++i)
    if (!right_class<Code>(y.at(i), k, loss))
      fail_wrong_class<Code>(k, i / as_size(outputs[k].positions), y.at(i));
  return y.size() % as_size(outputs[k].label_elements()) == 0
             ? y.size() / as_size(outputs[k].label_elements())
             : 0;
}

inline constexpr const char* loss_not_finite =
    "the loss is not a number: look for NaN in the data, lower the learning rate or scale the inputs";

/// A sum of which one part is not finite is not either, and costs least; only one that is not says nothing.
inline bool all_finite(const float* x, std::size_t count) {
  const float* const end = x + count;
  const float* at = x;
  float sum = 0;
  for (std::size_t fours = count / 4; fours > 0; --fours, at += 4) sum += (at[0] + at[1]) + (at[2] + at[3]);
  while (at != end) sum += *at++;
  if (sum - sum == 0) return true;
  while (x != end && *x - *x == 0) ++x;
  return x == end;
}

/// Whether the inputs of `rows` samples, each with room for a whole batch, are numbers.
template <class Code>
bool inputs_are_finite(int rows, const float* x) {
  for (const int elements : Code::inputs) {
    if (!all_finite(x, as_size(rows) * as_size(elements))) return false;
    x += as_size(elements) * Code::batch_size;
  }
  return true;
}

/// What is wrong with samples that stand in a trainer's own memory, or null. A device has no second copy of
/// its weights, so inputs are looked at: a function that saturates makes a finite loss of an infinite one,
/// and its layer's gradient, no number times 0, would end the model.
template <class Code>
const char* fault_of_loaded(int rows, const float* inputs, const std::byte* labels,
                            std::span<const float> weights, const LossParameters* losses) {
  if (rows < 1 || rows > Code::batch_size)
    return "a batch has from one sample to as many as the model was compiled for";
  if (!weights.empty() && weights.size() != as_size(rows))
    return "sample_weight needs one number for each sample";
  for (const float w : weights)
    if (!(w >= 0) || w - w != 0) return "sample_weight takes finite numbers of at least 0";
  if (!inputs_are_finite<Code>(rows, inputs))
    return "a number in input() is not finite: look at what gives it";
  for (std::size_t k = 0; k < as_size(Code::outputs); ++k) {
    if (!Code::output[k].classes) continue;
    const auto* const label = reinterpret_cast<const std::int32_t*>(labels + Code::output[k].label_offset);
    for (int i = 0; i < rows * Code::output[k].positions; ++i)
      if (!right_class<Code>(label[i], k, losses[k]))
        return "a label in labels() is out of range: labels are class indices from 0 to the outputs less one";
  }
  return nullptr;
}

/// One finite number of at least 0 for each sample, or none.
inline void check_weights(std::span<const float> weights, std::size_t count) {
  if (weights.empty()) return;
  if (weights.size() != count)
    fail_with("sample_weight needs one number for each sample", ": it has ", weights.size(),
              ", and there are ", count, " samples");
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (!(weights[i] >= 0) || weights[i] - weights[i] != 0)
      fail_with("sample_weight takes finite numbers of at least 0", ": that of sample ", i, " is none");
}

/// Says which inputs and labels are there and what the model wants of each.
template <class Code>
[[noreturn]] void fail_counts(const Dataset& data, std::size_t k, std::size_t count) {
  static constexpr const char* sentence =
      "the data set's inputs and labels do not belong together: inputs need one sample of the model's input "
      "shape for each label";
  const auto wanted = as_size(Code::output[k].label_elements());
  const std::size_t input = short_input<Code>(data, count);
  if (data.y[k].size() % wanted != 0)
    fail_with(sentence, "; output ", k, " has ", data.y[k].size(), " numbers as labels and takes ", wanted,
              " a sample");
  if (data.y[k].size() != count * wanted)
    fail_with(sentence, "; output ", k, " has labels of ", data.y[k].size() / wanted,
              " samples, and output 0 of ", count);
  fail_with(sentence, "; input ", input, " has ", data.x[input].size(), " numbers and takes ",
            Code::inputs[input], " a sample, and there are labels of ", count, " samples");
}

/// Whether a data set is what a trainer of this `Code` learns from. \return its samples.
template <class Code>
std::size_t check_dataset(const Dataset& data, const LossParameters* losses) {
  std::size_t count = 0;
  for (std::size_t k = 0; k < as_size(Code::outputs); ++k) {
    const std::size_t samples = check_labels<Code>(data.y[k], k, losses[k]);
    if (k == 0) count = samples;
    if (samples == 0 || samples != count || short_input<Code>(data, count) < Code::inputs.size())
      fail_counts<Code>(data, k, count);
    check_weights(data.sample_weight[k], count);
  }
  return count;
}

/// The same for samples without labels.
template <class Code>
std::size_t check_samples(const Dataset& data) {
  const std::size_t count = data.x[0].size() / as_size(Code::inputs[0]);
  const std::size_t input = short_input<Code>(data, count);
  if (count == 0 || input < Code::inputs.size())
    fail_with("predict needs whole samples of the model's input shape", ": input ", count == 0 ? 0 : input,
              " has ", data.x[count == 0 ? 0 : input].size(), " numbers and takes ",
              Code::inputs[count == 0 ? 0 : input], " a sample");
  return count;
}

/// Class weights are for one output with classes, by index or one-hot, as in Keras.
template <class Code>
void check_class_weight(std::span<const float> weights, const Dataset& data) {
  if (weights.empty()) return;
  constexpr const auto& output = Code::output[0];
  constexpr bool binary = !output.classes && output.elements == 1;
  if (Code::outputs != 1 || output.positions != 1)
    fail("class_weight is for a model with one output that tells one class: use sample_weight");
  if (!data.sample_weight[0].empty()) fail("fit takes class_weight or sample_weight, not both");
  if (weights.size() != as_size(binary ? 2 : output.elements))
    fail_with("class_weight needs one number for each class", ": it has ", weights.size(), ", and there are ",
              binary ? 2 : output.elements, " classes");
  check_weights(weights, weights.size());
}

}  // namespace etch::detail
