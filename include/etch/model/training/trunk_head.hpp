// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/trainer.hpp>

#include <cstdint>
#include <span>

namespace etch {

/// How the int8 numbers that a trunk gives stand for real ones: scale * (stored - zero_point). The header
/// that `etch compile` writes has both: `{TRUNK_OUTPUT_SCALE, TRUNK_OUTPUT_ZERO_POINT}`.
struct TrunkOutput {
  float scale = 1;
  std::int32_t zero_point = 0;
};

/// A declared head that trains on what a frozen int8 trunk gives. The trunk is any compiled model, cut where
/// its last layers begin (`etch compile MODEL --cut NAME`), and stays as it ships, byte for byte; the head is
/// a model of real numbers with a trainer of its own. A desktop that compiles the same trunk and the same
/// head trains to the same bits.
///
/// The trunk writes into the head's input, where its numbers become real ones in place: there is no memory
/// beside the trainer's.
///
///   trunk_predict(&trunk, sample, head.features().data());
///   if (label_is_known) store.add(head.features(), label), head.train(label);
///   else answer = head.predict();
template <class Trainer>
class TrunkHead {
 public:
  using Code = typename Trainer::Code;
  static_assert(Code::declared.inputs.count == 1, "a head takes one output of a trunk");
  static constexpr int elements = Code::input_elements;  ///< of a sample
  static constexpr int rows = Trainer::batch_size;

  constexpr TrunkHead(Trainer& trainer, const TrunkOutput& output) : trainer_(&trainer), output_(output) {}

  /// Where the trunk writes what it gives for sample `row` of a batch. It stands until the head predicts or
  /// trains: a store takes it before.
  std::span<std::int8_t> features(int row = 0) {
    std::span<float> numbers = row_of(row);
    auto* const bytes = reinterpret_cast<std::int8_t*>(numbers.data());
    return {bytes + (sizeof(float) - 1) * numbers.size(), numbers.size()};
  }

  /// The head's result for the features of row 0. It stands until the next call.
  std::span<const float> predict() {
    widen(0);
    return trainer_->predict(row_of(0));
  }

  /// One optimizer step on the features of as many rows as there are labels. \return the mean loss.
  float train(std::span<const std::int32_t> labels) {
    static_assert(takes_classes,
                  "a head on a trunk learns classes: one output, one class a sample, as "
                  "SparseCategoricalCrossentropy takes it");
    auto* const to = static_cast<std::int32_t*>(trainer_->labels());
    int count = 0;
    for (const std::int32_t label : labels) {
      if (count < rows) {
        widen(count);
        to[count] = label;
      }
      ++count;  // more than a batch holds is what the trainer refuses
    }
    return trainer_->train_on_batch(count);
  }
  float train(std::int32_t label) { return train(std::span(&label, 1)); }

  /// One optimizer step on a batch that a `ReplayStore` draws: whichever, the trainer's seed and step say.
  /// \return the mean loss; 0 where the store is empty, and then nothing is trained.
  template <class Store>
  float train_from(const Store& store) {
    static_assert(takes_classes,
                  "a head on a trunk learns classes: one output, one class a sample, as "
                  "SparseCategoricalCrossentropy takes it");
    static_assert(Store::elements == elements, "the store holds samples of another size");
    const std::span<std::int32_t> labels(static_cast<std::int32_t*>(trainer_->labels()),
                                         static_cast<std::size_t>(rows));
    const int drawn =
        store.draw_batch(trainer_->step(), output_.scale, output_.zero_point, trainer_->input(), labels);
    return drawn > 0 ? trainer_->train_on_batch(drawn) : 0.0f;
  }

  Trainer& trainer() { return *trainer_; }

 private:
  static constexpr bool takes_classes =
      Trainer::outputs == 1 && Code::output[0].classes && Code::output[0].positions == 1;

  std::span<float> row_of(int row) {
    const auto size = static_cast<std::size_t>(elements);
    return trainer_->input().subspan(static_cast<std::size_t>(row) * size, size);
  }
  /// The bytes lie at the end of the numbers that they become, so that none is written over before it is
  /// read.
  void widen(int row) {
    const std::span<const std::int8_t> from = features(row);
    const std::span<float> to = row_of(row);
    for (std::size_t k = 0; k < to.size(); ++k)
      to[k] = static_cast<float>(from[k] - output_.zero_point) * output_.scale;
  }

  Trainer* trainer_;
  TrunkOutput output_;
};

}  // namespace etch
