// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/batch_loader.hpp>

#include <concepts>
#include <type_traits>

namespace etch::detail {

/// What a generator of batches is: a callable that fills a `BatchView` and says how many samples it wrote, or
/// whether it filled all of it. 0 or false ends the epoch.
template <class G>
concept BatchGenerator = requires(G& generator, BatchView& view) {
  { generator(view) } -> std::convertible_to<std::size_t>;
};

/// Batches of the samples [first, first + count) of arrays, shuffled or in order.
template <class Model>
class ArraySource {
 public:
  using Code = typename Model::Code;
  struct Range {
    std::size_t first = 0, count = 0;
    int batch = Model::batch_size;
    bool shuffle = false;
    int steps = 0;  ///< 0: all
  };

  ArraySource(const Dataset& data, const Range& range, std::span<const float> class_weight = {})
      : data_(data), range_(range), class_weight_(class_weight) {
    if (range.count != static_cast<std::uint32_t>(range.count))
      fail("a data set has at most 4,294,967,295 samples");
    if (batches() > 0x7fffffffu) fail("an epoch has at most 2,147,483,647 batches: give a larger batch_size");
  }

  int steps() const {
    const std::size_t all = batches();
    return range_.steps > 0 && as_size(range_.steps) < all ? range_.steps : static_cast<int>(all);
  }
  /// The order of an epoch follows from the steps done, so that resuming keeps it.
  void begin_epoch(const Model& model, int) { seed_ = model.seed(), key_ = model.step(), known_ = -1; }

  template <class Weights>
  int load(Model& model, int step, Weights& weights) {
    const SampleNumbers now =
        known_ == step ? SampleNumbers{number_[step % kept], rows_of(step)} : find(step);
    std::byte* const labels = static_cast<std::byte*>(model.labels());
    const SampleNumbers next = has_caches && step + 1 < steps() ? find(step + 1) : SampleNumbers{};
    load_inputs<Code>(model.team(), data_, now, next, model.input().data());
    const std::size_t* const index = now.number;
    const int rows = now.rows;
    load_labels<Code>(data_, index, rows, labels);
    load_weights<Code>(data_, class_weight_, labels, index, rows, weights);
    return rows;
  }

 private:
  int rows_of(int step) const {
    const std::size_t remaining = range_.count - as_size(step) * as_size(range_.batch);
    return static_cast<int>(remaining < as_size(range_.batch) ? remaining : as_size(range_.batch));
  }
  /// Which samples a batch has.
  SampleNumbers find(int step) {
    const auto first = static_cast<std::uint32_t>(as_size(step) * as_size(range_.batch));
    const auto count = static_cast<std::uint32_t>(range_.count);
    const int rows = rows_of(step);
    std::size_t* const number = number_[step % kept];
    for (int r = 0; r < rows; ++r) {
      const std::uint32_t i = first + static_cast<std::uint32_t>(r);
      number[r] = range_.first + (range_.shuffle ? random::shuffled(i, count, seed_, key_) : i);
    }
    known_ = step;
    return {number, rows};
  }
  std::size_t batches() const {
    return range_.count / as_size(range_.batch) + (range_.count % as_size(range_.batch) > 0);
  }

  const Dataset& data_;
  Range range_;
  std::span<const float> class_weight_;
  std::uint32_t seed_ = 0, key_ = 0;
  /// Samples of this batch and, where there are caches, of the one after it.
  static constexpr int kept = has_caches ? 2 : 1;
  std::size_t number_[kept][Model::batch_size]{};
  int known_ = -1;  ///< the batch whose samples were found last
};

/// Batches that a user's generator writes. What it writes is checked as an array would be.
template <class Model, class Generator>
class GeneratorSource {
 public:
  using Code = typename Model::Code;
  GeneratorSource(Generator& generator, int batch, int steps, std::span<const float> class_weight = {})
      : generator_(generator), batch_(batch), steps_(steps), class_weight_(class_weight) {}

  int steps() const { return steps_; }
  void begin_epoch(const Model&, int epoch) { epoch_ = epoch; }

  template <class Weights>
  int load(Model& model, int step, Weights& weights) {
    BatchView view = view_of(model, step, weights);
    const auto wrote = generator_(view);
    int rows = 0;
    if constexpr (std::is_same_v<std::remove_cv_t<decltype(wrote)>, bool>)
      rows = wrote ? batch_ : 0;
    else if (wrote < 0 || static_cast<std::size_t>(wrote) > as_size(batch_))
      fail_with("a generator wrote more samples than the batch has room for", ": ", wrote, " of ", batch_);
    else
      rows = static_cast<int>(wrote);
    check(view, rows, model.loss_parameters());
    apply_class_weight(model, rows, weights);
    return rows;
  }

 private:
  template <class Weights>
  BatchView view_of(Model& model, int step, Weights& weights) {
    BatchView view{.capacity = batch_, .epoch = epoch_, .step = step};
    float* x = model.input().data();
    for (std::size_t k = 0; k < Code::inputs.size(); ++k) {
      const int elements = Code::inputs[k];
      view.x[k] = {x, as_size(elements * batch_)};
      x += elements * Model::batch_size;
    }
    for (std::size_t k = 0; k < as_size(Code::outputs); ++k) {
      const std::size_t n = as_size(Code::output[k].label_elements() * batch_);
      void* const y = model.labels(static_cast<int>(k));
      if (Code::output[k].classes)
        view.y[k].classes = {static_cast<std::int32_t*>(y), n};
      else
        view.y[k].targets = {static_cast<float*>(y), n};
      for (int r = 0; r < batch_; ++r) weights.value[k][r] = 1;
      weights.of[k] = weights.value[k];
      view.sample_weight[k] = {weights.value[k], as_size(batch_)};
    }
    return view;
  }
  void check(const BatchView& view, int rows, const LossParameters* losses) {
    for (std::size_t k = 0; k < as_size(Code::outputs); ++k) {
      check_weights(view.sample_weight[k].first(as_size(rows)), as_size(rows));
      if (!Code::output[k].classes) continue;
      const auto labels = view.y[k].classes.first(as_size(rows * Code::output[k].positions));
      for (std::size_t i = 0; i < labels.size(); ++i)
        if (!right_class<Code>(labels[i], k, losses[k]))
          fail_wrong_class<Code>(k, i / as_size(Code::output[k].positions), labels[i]);
    }
  }
  template <class Weights>
  void apply_class_weight(Model& model, int rows, Weights& weights) {
    if (class_weight_.empty()) return;
    const auto* const labels = static_cast<const std::byte*>(model.labels());
    for (int r = 0; r < rows; ++r) weights.value[0][r] *= class_weight_[class_of<Code>(labels, r)];
  }

  Generator& generator_;
  int batch_, steps_;
  std::span<const float> class_weight_;
  int epoch_ = 0;
};

}  // namespace etch::detail
