// SPDX-License-Identifier: BSL-1.0
// The audio front end of TensorFlow Lite Micro, and the model that hears yes and no behind it.
#include <runtime/host/data/wav.hpp>
#include <tests/golden/tflite_material.hpp>

#include <algorithm>
#include <sstream>

namespace {

using namespace etch;
namespace fs = std::filesystem;
using golden::bytes_of_file;
using golden::models_folder;

constexpr std::size_t frame = 480, hop = 320, features = 40, frames = 49;

/// The folder of recordings, or an empty path, having said so.
fs::path audio_folder() {
  const fs::path models = models_folder();
  return models.empty() ? models : models.parent_path() / "audio";
}

/// The features of each frame of a recording, one behind the other, the noise's estimate kept.
std::vector<std::byte> features_of(host::ModelSession& session, const fs::path& recording) {
  const host::WavAudio audio = host::load_wav(recording);
  CHECK(audio.rate == 16000);
  std::vector<std::byte> all;
  for (std::size_t at = 0; at + frame <= audio.samples.size(); at += hop) {
    session.run(std::as_bytes(std::span(audio.samples).subspan(at, frame)));
    const auto output = session.output();
    all.insert(all.end(), output.begin(), output.end());
  }
  return all;
}

TEST_CASE("the audio front end gives its golden features, byte for byte", "[golden]") {
  const fs::path audio = audio_folder();
  if (audio.empty()) return;
  const auto model = host::import_tflite(audio / "audio_preprocessor_int8.tflite");
  std::ifstream golden(audio / "golden_features.txt");
  int recordings = 0;
  for (std::string line; std::getline(golden, line); ++recordings) {
    std::istringstream words(line);
    std::string recording;
    words >> recording;
    INFO(recording);
    std::vector<std::byte> expected;
    for (int number = 0; words >> number;) expected.push_back(static_cast<std::byte>(number));
    CHECK(expected.size() == features);
    host::ModelSession session(model);
    CHECK(features_of(session, audio / recording) == expected);
    session.reset();
    CHECK(features_of(session, audio / recording) == expected);
  }
  CHECK(recordings == 2);
}

TEST_CASE("the estimate of the noise goes on from frame to frame, and a reset forgets it", "[golden]") {
  const fs::path audio = audio_folder();
  if (audio.empty()) return;
  const auto model = host::import_tflite(audio / "audio_preprocessor_int8.tflite");
  host::ModelSession session(model);
  CHECK(session.state_bytes() == 4 * features);
  const auto first = features_of(session, audio / "yes_1000ms.wav"),
             second = features_of(session, audio / "yes_1000ms.wav");
  CHECK(first.size() == frames * features);
  CHECK(first != second);
  session.reset();
  CHECK(features_of(session, audio / "yes_1000ms.wav") == first);
}

TEST_CASE("yes, no, silence and noise are heard as they are called", "[golden]") {
  const fs::path audio = audio_folder();
  if (audio.empty()) return;
  const auto front = host::import_tflite(audio / "audio_preprocessor_int8.tflite");
  const auto model =
      host::import_tflite(audio.parent_path() / "models" / "tflm" / "micro_speech_quantized.tflite");
  struct Recording {
    const char* name;
    std::size_t heard;  // of silence, unknown, yes, no: TensorFlow Lite Micro's test has these
  };
  for (const Recording& r : {Recording{"yes", 2}, {"no", 3}, {"silence", 0}, {"noise", 0}}) {
    INFO(r.name);
    host::ModelSession hears(front), tells(model);
    tells.run(features_of(hears, audio / (std::string(r.name) + "_1000ms.wav")));
    const auto scores = tells.output();
    REQUIRE(scores.size() == 4);
    const auto number = [](std::byte b) { return static_cast<std::int8_t>(b); };
    const auto heard =
        static_cast<std::size_t>(std::ranges::max_element(scores, {}, number) - scores.begin());
    CHECK(heard == r.heard);
  }
}

}  // namespace
