// SPDX-License-Identifier: BSL-1.0
// What a device keeps beside a model has the desktop's bits: replay stores, a head that trains from one, and
// what watches streams of numbers.
#include <etch/train/device/anomaly_threshold.hpp>
#include <etch/train/device/class_balance.hpp>
#include <etch/train/device/drift_detector.hpp>
#include <etch/train/device/loss_trend.hpp>

#include "tests/firmware/replay/head.hpp"
#include "tests/firmware/result_file.hpp"

namespace {

using etch::ReplayPolicy;

replay::Trainer::Storage storage;

template <ReplayPolicy Policy>
void write_store(ResultFile& file) {
  static replay::Store<Policy> store;
  for (std::uint32_t i = 0; i < 1500; ++i) replay::add_sample(store, i);
  for (int i = 0; i < store.size(); ++i) {
    const std::int32_t label = store.label(i);
    file.put(store.sample(i).data(), 64);
    file.put(&label, sizeof label);
  }
  replay::Trainer trainer(storage, etch::SGD{.learning_rate = 0.01f}, {}, 3);
  trainer.initialize(3);
  float first = 0, last = 0;
  for (int i = 0; i < 400; ++i) {
    const float loss = replay::train(trainer, store);
    if (i < 50) first += loss;
    if (i >= 350) last += loss;
  }
  if (!(last < 0.5f * first)) etch::fail("the head does not learn");
  file.put(&last, sizeof last);
  file.put(trainer.weights().data(), trainer.weights().size());
}

void write_numbers(ResultFile& file) {
  etch::AnomalyThreshold threshold(0.95f, 1.5f, 10);
  etch::DriftDetector drift;
  etch::LossTrend trend;
  etch::ClassBalance<3> balance(100);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const float x = etch::random::normal({1, 2}, 0, 0, i);
    threshold.learn(x);
    drift.add(x + (i > 500 ? 1.0f : 0.0f));
    trend.add(x);
    balance.add(static_cast<std::int32_t>(etch::random::below({1, 3}, 0, 0, i, 3)));
    const float all[] = {threshold.threshold(), drift.above, trend.average(), balance.weight(1)};
    file.put(all, sizeof all);
  }
}

}  // namespace

extern "C" int firmware_main() {
  ResultFile file;
  write_store<ReplayPolicy::ring>(file);
  write_store<ReplayPolicy::reservoir>(file);
  write_store<ReplayPolicy::balanced>(file);
  write_numbers(file);
  file.close();
  board_write("replay ok\n");
  return 0;
}
