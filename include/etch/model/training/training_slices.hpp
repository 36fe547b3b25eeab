// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/training_steps.hpp>

#include <cstdint>
#include <span>

namespace etch {

/// What a slice of a training step came to.
enum class Slice : std::uint8_t {
  more,       ///< the training step goes on
  done,       ///< it is over: weights are updated, `loss` is its mean loss
  wrong,      ///< it ended without changing a weight: `fault` says why
  taken_over  ///< it ended: a prediction, an evaluation or another training step took the arena
};

/// A training step in slices of one kernel each, between which a main loop feeds its watchdog and does other
/// work: never longer away than the longest step of the program, which a profile shows. Weights have the bits
/// of `train_on_batch`. Between two slices there is no state to commit or to save, and these refuse to
/// (`Trainer::between_steps`).
///
///     slices.begin(rows);
///     while (slices.run() == Slice::more) feed_watchdog();
template <class Trainer>
class TrainingSlices {
 public:
  explicit TrainingSlices(Trainer& trainer) : trainer_(trainer) {}

  /// Begins a training step on `rows` samples that stand in `input()` and `labels()`, and stay there until it
  /// is done; so do the weights of samples. A mistake in them is what the first `run` answers.
  void begin(int rows, std::span<const float> sample_weight = {}) {
    trainer_.ensure_ready();
    rows_ = rows;
    weights_.refer_to(sample_weight);
    fault_ = trainer_.fault_of_batch(rows, sample_weight);
    at_ = 0;
    running_ = true;
    arena_ = trainer_.arena_uses();
  }

  /// Runs the next kernel. Training shares its arena with predictions: one between two slices ends the
  /// training step. Then moving statistics may have been updated, and of the weights none or some: `begin`
  /// goes on from there, with the same step number.
  Slice run() {
    if (fault_ != nullptr || !running_) return stop(Slice::wrong);
    if (trainer_.arena_uses() != arena_) return stop(Slice::taken_over);
    if (!trainer_.train_slice(at_, rows_, weights_, loss_)) {
      fault_ = detail::loss_not_finite;
      return stop(Slice::wrong);
    }
    arena_ = trainer_.arena_uses();
    if (++at_ < Trainer::slices(rows_)) return Slice::more;
    return stop(Slice::done);
  }

  /// Whether a training step has begun and is not over. `cancel` ends it where it stands.
  bool running() const { return running_; }
  void cancel() { running_ = false; }
  float loss() const { return loss_.total; }
  /// What was wrong with the batch, as a sentence.
  const char* fault() const { return fault_ != nullptr ? fault_ : "no training step has begun"; }

 private:
  Slice stop(Slice answer) {
    running_ = false;
    return answer;
  }

  Trainer& trainer_;
  typename Trainer::Weights weights_;
  typename Trainer::Losses loss_;
  const char* fault_ = nullptr;
  std::uint32_t arena_ = 0;
  int rows_ = 0, at_ = 0;
  bool running_ = false;
};

}  // namespace etch
