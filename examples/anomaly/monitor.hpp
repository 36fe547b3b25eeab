// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "examples/anomaly/platform.hpp"
#include "examples/anomaly/vibration.hpp"

#include <etch/model/training/trainer.hpp>
#include <etch/model/training/training_slices.hpp>
#include <etch/train/device/anomaly_threshold.hpp>
#include <etch/train/device/drift_detector.hpp>
#include <etch/train/device/loss_trend.hpp>

/// Restores the bands of a normal machine; what it restores badly is unusual.
inline constexpr auto autoencoder =
    etch::sequential(etch::Input{anomaly::bands}, etch::Dense{12, etch::relu}, etch::Dense{3},
                     etch::Dense{12, etch::relu}, etch::Dense{anomaly::bands});

namespace anomaly {

inline constexpr int batch = 8;
inline constexpr etch::Adam optimizer{.learning_rate = 0.003f};
using Trainer = etch::Trainer<autoencoder, etch::Adam, etch::MeanSquaredError, etch::hana::tuple<>, batch>;

enum class Task : std::uint8_t { learn, calibrate, watch, watch_for_drift };

/// What the life of the device consists of. A tick is a batch of 8 windows.
struct Phase {
  const char* name;
  const Machine& machine;
  bool worn;
  Task task;
  std::uint32_t most_ticks;
};
inline constexpr Phase phases[] = {
    {"first machine: learns", first_machine, false, Task::learn, 600},
    {"first machine: threshold", first_machine, false, Task::calibrate, 50},
    {"first machine: watched", first_machine, false, Task::watch, 50},
    {"first machine, worn bearing: watched", first_machine, true, Task::watch, 50},
    {"second machine: watched, drift is looked for", second_machine, false, Task::watch_for_drift, 50},
    {"second machine: adapts", second_machine, false, Task::learn, 600},
    {"second machine: threshold", second_machine, false, Task::calibrate, 50},
    {"second machine: watched", second_machine, false, Task::watch, 50},
    {"second machine, worn bearing: watched", second_machine, true, Task::watch, 50},
};
inline constexpr std::uint32_t phase_count = sizeof phases / sizeof phases[0];

/// What is committed beside the model: all that the next tick depends on.
struct Progress {
  std::uint32_t tick = 0, phase = 0, tick_of_phase = 0;
  std::uint32_t alarms[phase_count]{}, ticks[phase_count]{};
  etch::AnomalyThreshold threshold{0.99f, 1.25f, 200};
  etch::DriftDetector drift{.tolerance = 0.5f, .threshold = 5, .least = 10};
  etch::LossTrend trend{.decay = 0.95f, .min_delta = 1e-5f, .patience = 100};
};

/// One optimizer step, kernel by kernel: a function of its own, with a name that `etch_check_stack` is told.
extern "C" [[gnu::noinline]] inline float training_step(Trainer& trainer) {
  etch::TrainingSlices slices(trainer);
  slices.begin(batch);
  etch::Slice slice = slices.run();
  for (; slice == etch::Slice::more; slice = slices.run()) platform::feed_watchdog();
  if (slice != etch::Slice::done) etch::fail(slices.fault());
  return slices.loss();
}

/// The device at work: a tick after the other, until all phases are over.
class Monitor {
 public:
  Monitor(Trainer& trainer, Progress& progress) : trainer_(trainer), progress_(progress) {}

  bool over() const { return progress_.phase == phase_count; }

  void tick() {
    const Phase& phase = phases[progress_.phase];
    float score[batch], mean = 0;
    for (int r = 0; r < batch; ++r) score[r] = look(phase, r);
    for (float s : score) mean += s * (1.0f / batch);
    bool ends_early = false;
    if (phase.task == Task::learn) ends_early = learn();
    if (phase.task == Task::calibrate)
      for (float s : score) progress_.threshold.learn(s);
    if (phase.task == Task::watch || phase.task == Task::watch_for_drift) {
      for (float s : score) progress_.alarms[progress_.phase] += progress_.threshold.is_anomaly(s);
      // In units of the threshold, so that the detector serves every machine. A worn bearing is no new
      // machine: here an operator says so, by the phase.
      if (!phase.worn) ends_early = progress_.drift.add(mean / progress_.threshold.threshold());
    }
    ++progress_.tick;
    ++progress_.ticks[progress_.phase];
    if (++progress_.tick_of_phase == phase.most_ticks || ends_early) next_phase();
  }

 private:
  /// Records a window, puts its bands where training reads them, and says how badly they are restored.
  float look(const Phase& phase, int row) {
    float window[samples];
    record(phase.machine, phase.worn, batch * progress_.tick + static_cast<std::uint32_t>(row), window);
    const auto bands_of_row = trainer_.input().subspan(static_cast<std::size_t>(bands * row)).first<bands>();
    extract(window, bands_of_row);
    const bool measures = progress_.tick == 0 && row == 0;
    if (measures) platform::measure_begin();
    const auto restored = trainer_.predict(bands_of_row);
    if (measures) platform::measure_end("a prediction");
    float* const target = static_cast<float*>(trainer_.labels()) + bands * row;
    float sum = 0;
    for (int i = 0; i < bands; ++i) {
      const auto k = static_cast<std::size_t>(i);
      target[i] = bands_of_row[k];
      const float difference = restored[k] - bands_of_row[k];
      sum += difference * difference;
    }
    return sum * (1.0f / bands);
  }

  /// \return whether the loss falls no longer.
  bool learn() {
    const bool measures = progress_.tick == 0;
    if (measures) platform::measure_begin();
    const float loss = training_step(trainer_);
    if (measures) platform::measure_end("a training step of 8");
    progress_.trend.add(loss);
    return progress_.trend.stop();
  }

  void next_phase() {
    ++progress_.phase;
    progress_.tick_of_phase = 0;
    if (over()) return;
    if (phases[progress_.phase].task == Task::learn) {
      progress_.trend.restart();
      progress_.threshold.restart();
      trainer_.reset_optimizer();
    }
    if (phases[progress_.phase].task == Task::calibrate) progress_.drift.restart();
  }

  Trainer& trainer_;
  Progress& progress_;
};

}  // namespace anomaly
