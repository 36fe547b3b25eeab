// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/model_formats.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <string>
#include <vector>

#include "examples/adapt_keywords/keywords.hpp"

/// MLPerf Tiny's keyword spotting: recordings as features, their labels, and the head that ships.
namespace keywords {

/// Recordings in the order of their file, with the labels of the table beside it: index,label,word.
inline std::vector<Sample> read_samples(const std::filesystem::path& folder) {
  const auto bytes = etch::host::read_file(folder / "kws_test1000_i8.bin");
  std::ifstream table(folder / "kws_test1000_labels.csv");
  std::vector<Sample> samples;
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    Sample& sample = samples.emplace_back();
    const std::size_t at = (samples.size() - 1) * sample_bytes;
    sample.label = std::atoi(line.c_str() + line.find(',') + 1);
    if (bytes.size() < at + sample_bytes || sample.label < 0 || sample.label >= classes)
      throw etch::Error("there is no recording or no class for line '" + line + "' of the labels");
    std::memcpy(sample.numbers, bytes.data() + at, sample_bytes);
  }
  if (samples.empty()) throw etch::Error("there are no recordings in " + folder.string());
  return samples;
}

/// Another place: all recordings begin 100 ms later, are half as loud, and have noise.
///
/// The material has no sound, but 10 of 40 cepstral coefficients a frame of 20 ms. They become the magnitudes
/// of mel bands that they tell of, which are halved and get noise of half their mean over the recording, and
/// coefficients again (the discrete cosine transform of TensorFlow's `mfccs_from_log_mel_spectrograms`).
class OtherPlace {
 public:
  std::vector<Sample> operator()(const std::vector<Sample>& samples) const {
    std::vector<Sample> shifted = samples;
    for (std::size_t i = 0; i < samples.size(); ++i)
      shift(samples[i], static_cast<std::uint32_t>(i), shifted[i]);
    return shifted;
  }

 private:
  static constexpr int frames = 49, coefficients = 10, bands = 40, later = 5;
  static_assert(frames * coefficients == sample_bytes);
  static constexpr double gain = 0.5, noise = 0.5;
  using Bands = std::array<double, bands>;

  static double wave(int k, int band) { return std::cos(std::numbers::pi * k * (band + 0.5) / bands); }
  static Bands magnitudes(const std::int8_t* frame) {
    Bands all;
    for (int b = 0; b < bands; ++b) {
      double logarithm = 0;
      for (int k = 0; k < coefficients; ++k)
        logarithm +=
            (k == 0 ? 0.5 : 1.0) * TRUNK_INPUT_SCALE * (frame[k] - TRUNK_INPUT_ZERO_POINT) * wave(k, b);
      all[static_cast<std::size_t>(b)] = std::exp(std::sqrt(2.0 / bands) * logarithm);
    }
    return all;
  }
  static void write(const Bands& magnitude, std::int8_t* frame) {
    for (int k = 0; k < coefficients; ++k) {
      double sum = 0;
      for (int b = 0; b < bands; ++b) sum += std::log(magnitude[static_cast<std::size_t>(b)]) * wave(k, b);
      const double stored = std::sqrt(2.0 / bands) * sum / TRUNK_INPUT_SCALE + TRUNK_INPUT_ZERO_POINT;
      frame[k] = static_cast<std::int8_t>(std::clamp(std::round(stored), -128.0, 127.0));
    }
  }
  static void shift(const Sample& from, std::uint32_t number, Sample& to) {
    std::array<Bands, frames> all;
    double sum = 0;
    for (int f = 0; f < frames; ++f) {
      all[static_cast<std::size_t>(f)] = magnitudes(from.numbers + coefficients * f);
      for (const double m : all[static_cast<std::size_t>(f)]) sum += m / (frames * bands);
    }
    for (int f = 0; f < frames; ++f) {
      Bands heard = all[static_cast<std::size_t>(std::max(f - later, 0))];
      for (std::uint32_t b = 0; b < bands; ++b) {
        const double draw = etch::random::normal({number, 0x4e4f4953}, static_cast<std::uint32_t>(f), 0, b);
        heard[b] = gain * heard[b] + gain * noise * sum * std::abs(draw);
      }
      write(heard, to.numbers + coefficients * f);
    }
  }
};

/// The last dense layer of the model of floats that the int8 one was made of.
inline HeadWeights read_head(const std::filesystem::path& folder) {
  const etch::host::ImportedModel model =
      etch::host::read_model((folder / "kws_ref_model_float32.tflite").string());
  const auto& g = *model.graph;
  HeadWeights head{};
  bool found = false;
  for (const etch::Step& step : g.steps) {
    if (step.op != etch::op_code<etch::ops::Dense> || step.parameters != 2) continue;
    const int first = step.inputs - step.parameters;
    const auto& kernel = model.parameters[static_cast<std::size_t>(g.operand(step, first))];
    const auto& bias = model.parameters[static_cast<std::size_t>(g.operand(step, first + 1))];
    found = kernel.size() == sizeof head.kernel && bias.size() == sizeof head.bias;
    if (!found) continue;
    std::memcpy(&head.kernel, kernel.data(), sizeof head.kernel);
    std::memcpy(&head.bias, bias.data(), sizeof head.bias);
  }
  if (!found) throw etch::Error("the model of floats has no dense layer of 64 by 12");
  return head;
}

/// What the trunk gives for a recording.
using Features = std::array<std::int8_t, feature_count>;

inline std::vector<Features> features_of(const std::vector<Sample>& samples) {
  alignas(TRUNK_ARENA_ALIGNMENT) static unsigned char arena[TRUNK_ARENA_BYTES];
  trunk_context trunk;
  std::vector<Features> features(samples.size());
  bool well = trunk_init(&trunk, arena, sizeof arena) == TRUNK_OK;
  for (std::size_t i = 0; i < samples.size(); ++i)
    well = well && trunk_predict(&trunk, samples[i].numbers, features[i].data()) == TRUNK_OK;
  if (!well) throw etch::Error("the trunk does not run");
  return features;
}

using Triple = std::array<std::int32_t, new_words>;

/// Three words and, of each class, which recordings are learned from. All of it is drawn from `number`.
struct Draw {
  Triple words;
  std::vector<int> learned, unseen;

  bool is_new(std::int32_t label) const {
    return label == words[0] || label == words[1] || label == words[2];
  }
};

inline Draw draw(const std::vector<Sample>& samples, std::uint32_t number) {
  const etch::random::Key key{number, 0x4b575321};  // "KWS!"
  Draw d;
  std::array<std::int32_t, words> order;
  for (int i = 0; i < words; ++i) order[static_cast<std::size_t>(i)] = i;
  for (std::uint32_t i = 0; i < new_words; ++i) {
    std::swap(order[i], order[i + etch::random::below(key, 0, 0, i, words - i)]);
    d.words[i] = order[i];
  }
  std::vector<int> shuffled;
  for (std::size_t i = 0; i < samples.size(); ++i) shuffled.push_back(static_cast<int>(i));
  for (std::uint32_t i = 0; i + 1 < shuffled.size(); ++i)
    std::swap(
        shuffled[i],
        shuffled[i + etch::random::below(key, 1, 0, i, static_cast<std::uint32_t>(shuffled.size()) - i)]);
  std::array<int, classes> taken{};
  for (const int i : shuffled) {
    int& count = taken[static_cast<std::size_t>(samples[static_cast<std::size_t>(i)].label)];
    (count++ < samples_a_word ? d.learned : d.unseen).push_back(i);
  }
  return d;
}

}  // namespace keywords
