// SPDX-License-Identifier: BSL-1.0
// The desktop's part of the gesture example:
//   train <weights> <readings>              trains, writes the weights and test gestures for the device
//   compare <weights> <readings> <outputs>  compares what the device answered after each reading

#include "examples/gesture_lstm/motion.hpp"

#include <etch/etch.hpp>
#include <runtime/host/error.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <string>

namespace {

using namespace gesture_lstm;

constexpr int train_samples = 4000, test_samples = 1000, device_samples = 50;
constexpr std::size_t gesture_elements = steps * axes;

template <class T>
void write_file(const std::string& path, std::span<const T> data) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size_bytes()));
  if (!file.flush()) throw etch::Error("cannot write " + path);
}

std::vector<float> read_floats(const std::string& path, std::size_t count) {
  std::vector<float> data(count);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(data.data()), static_cast<std::streamsize>(4 * count)))
    throw etch::Error(path + " is too short: run `train` and the device first");
  return data;
}

int largest(std::span<const float> values) {
  int best = 0;
  for (int i = 1; i < classes; ++i)
    if (values[static_cast<std::size_t>(i)] > values[static_cast<std::size_t>(best)]) best = i;
  return best;
}

/// The answer after each reading of a gesture, from one call a reading.
std::vector<float> stream_gesture(std::span<const std::byte> weights, std::span<const float> gesture) {
  static Stream stream;
  State state{};
  std::vector<float> answers(steps * classes);
  for (std::size_t t = 0; t < steps; ++t)
    stream.step(weights, state, gesture.subspan(t * axes, axes),
                std::span(answers).subspan(t * classes, classes));
  return answers;
}

/// Readings until the answer is right and stays so.
int readings_needed(std::span<const float> answers, int label) {
  int needed = steps;
  while (needed > 0 &&
         largest(answers.subspan(static_cast<std::size_t>(needed - 1) * classes, classes)) == label)
    --needed;
  return needed + 1;
}

int train(const std::string& weights_path, const std::string& readings_path) {
  const char* asked = std::getenv("ETCH_EPOCHS");
  const int epochs = asked ? std::atoi(asked) : 8;
  if (epochs < 1) throw etch::Error("ETCH_EPOCHS must be a number of epochs, at least 1");
  const Motions learned = make_motions(train_samples, 1), test = make_motions(test_samples, 2);
  const auto set = [](const Motions& m) {
    return etch::Dataset{std::span<const float>(m.x), std::span<const std::uint8_t>(m.label)};
  };
  const etch::Dataset training = set(learned), validation = set(test);

  auto model =
      etch::compile<gestures>(etch::Adam{.learning_rate = 3e-3f}, etch::SparseCategoricalCrossentropy{},
                              etch::hana::make_tuple(etch::Accuracy{}), etch::batch<32>);
  model.summary();
  model.fit(training, {.epochs = epochs, .validation = &validation});
  const etch::Evaluation result = model.evaluate(validation);
  std::printf("test accuracy: %.4f\n", static_cast<double>(result.metric[0]));

  int same = 0, needed = 0, right = 0;
  for (std::size_t s = 0; s < test_samples; ++s) {
    const std::span<const float> gesture(test.x.data() + s * gesture_elements, gesture_elements);
    const auto answers = stream_gesture(model.weights(), gesture);
    const std::span<const float> whole = model.predict(gesture);
    same += std::memcmp(whole.data(), answers.data() + (steps - 1) * classes, sizeof(float) * classes) == 0;
    if (largest(whole) != test.label[s]) continue;
    needed += readings_needed(answers, test.label[s]);
    ++right;
  }
  std::printf("streamed, one reading a call: %d of %d gestures end on the bits of the whole sequence\n", same,
              test_samples);
  std::printf("a right answer stands after %.1f of %d readings on average\n",
              static_cast<double>(needed) / right, steps);

  write_file<std::byte>(weights_path, model.weights());
  write_file<float>(readings_path, std::span(test.x).first(device_samples * gesture_elements));
  const bool good = same == test_samples && (epochs < 8 || result.metric[0] >= 0.97f);
  if (!good)
    std::fprintf(stderr, "error: the stream differs from the sequence, or the accuracy is below 0.97\n");
  return good ? 0 : 1;
}

int compare(const std::string& weights_path, const std::string& readings_path,
            const std::string& outputs_path) {
  const auto weights = read_floats(weights_path, Stream::program.plan.weight_bytes / 4);
  const auto readings = read_floats(readings_path, device_samples * gesture_elements);
  const auto device = read_floats(outputs_path, device_samples * steps * classes);
  const Motions test = make_motions(device_samples, 2);
  int different = 0, right = 0;
  for (std::size_t s = 0; s < device_samples; ++s) {
    const auto answers = stream_gesture(std::as_bytes(std::span(weights)),
                                        std::span(readings).subspan(s * gesture_elements, gesture_elements));
    const std::span<const float> from(device.data() + s * answers.size(), answers.size());
    for (std::size_t i = 0; i < answers.size(); ++i)
      different += std::memcmp(&answers[i], &from[i], sizeof(float)) != 0;
    right += largest(from.last(classes)) == test.label[s];
  }
  std::printf("gestures recognized on the device: %d of %d\n", right, device_samples);
  std::printf("answers after each of %d readings: %s\n", device_samples * steps,
              different == 0 ? "the desktop's, bit for bit" : "DIFFERENT from the desktop's");
  return different == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "train" && argc == 4) return train(argv[2], argv[3]);
  if (command == "compare" && argc == 5) return compare(argv[2], argv[3], argv[4]);
  std::fprintf(stderr, "usage: %s train <weights> <readings> | compare <weights> <readings> <outputs>\n",
               argv[0]);
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
