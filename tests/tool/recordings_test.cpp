// SPDX-License-Identifier: BSL-1.0
// etch run on recordings: frames of a WAV file as samples of a model.
#include <tests/formats/tflite/raw_model.hpp>
#include <tests/tool/run_etch.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <cstring>
#include <fstream>
#include <iterator>

namespace {

using namespace etch::test;
using Catch::Matchers::Contains;
using enum ElementKind;
namespace fs = std::filesystem;
using Samples = std::vector<std::int16_t>;

void write(const fs::path& path, const void* bytes, std::size_t count) {
  std::ofstream(path, std::ios::binary)
      .write(static_cast<const char*>(bytes), static_cast<std::streamsize>(count));
}

/// A WAV file of 16 kHz, on a machine whose lowest byte comes first.
fs::path recording(const TemporaryFolder& folder, const Samples& samples) {
  std::string bytes("RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data", 40);
  const auto length = static_cast<std::uint32_t>(2 * samples.size());
  bytes.append(reinterpret_cast<const char*>(&length), 4);
  bytes.append(reinterpret_cast<const char*>(samples.data()), length);
  write(folder / "speech.wav", bytes.data(), bytes.size());
  return folder / "speech.wav";
}

/// A model that gives its input again, of four numbers.
fs::path same(const TemporaryFolder& folder, ElementKind kind) {
  RawModel m;
  const int x = m.input(kind, {1, 4});
  if (kind == int16)
    m.writer.custom("SignalWindow", {x, m.writer.constant(int16, {4}, Samples(4, 1))},
                    {m.output(kind, {1, 4})}, custom_numbers({{"shift", 0}}));
  else
    m.writer.op(OperatorKind::reshape, {x}, {m.output(kind, {1, 4})});
  const auto file = m.file();
  write(folder / "same.tflite", file.data(), file.size());
  return folder / "same.tflite";
}

template <class T>
std::vector<T> results(const TemporaryFolder& folder, const fs::path& model, const fs::path& wav,
                       const std::vector<std::string>& more) {
  std::vector<std::string> arguments{"run", model.string(), wav.string(), "-o", (folder / "y.bin").string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto result = run_etch(arguments);
  CHECK(result.err.empty());
  std::ifstream in(folder / "y.bin", std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
  std::vector<T> numbers(bytes.size() / sizeof(T));
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

const Samples spoken{1, -2, 3, -4, 5, -6, 32767, -32768, 9, 10, 11};

TEST_CASE("run cuts recordings into frames, one after the other or as far apart as --hop says") {
  const TemporaryFolder folder;
  const fs::path model = same(folder, int16), wav = recording(folder, spoken);
  CHECK(results<std::int16_t>(folder, model, wav, {}) == Samples{1, -2, 3, -4, 5, -6, 32767, -32768});
  CHECK(results<std::int16_t>(folder, model, wav, {"--hop", "3"}) ==
        Samples{1, -2, 3, -4, -4, 5, -6, 32767, 32767, -32768, 9, 10});
  CHECK(results<std::int16_t>(folder, model, wav, {"--hop", "7"}) ==
        Samples{1, -2, 3, -4, -32768, 9, 10, 11});
  CHECK(results<std::int16_t>(folder, model, wav, {"--hop", "100"}) == Samples{1, -2, 3, -4});
}

TEST_CASE("models of floats hear recordings between -1 and 1") {
  const TemporaryFolder folder;
  const auto y = results<float>(folder, same(folder, float32), recording(folder, spoken), {"--hop", "4"});
  REQUIRE(y.size() == 8);
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == static_cast<float>(spoken[i]) / 32768);
}

TEST_CASE("recordings that no model can hear are refused in a sentence") {
  const TemporaryFolder folder;
  const std::string model = same(folder, int16).string();
  const auto short_one = run_etch({"run", model, recording(folder, {1, 2, 3}).string()});
  CHECK(short_one.code == 1);
  CHECK_THAT(short_one.err, Contains("has 3 samples, and a frame takes 4"));
  const std::string wav = recording(folder, spoken).string();
  CHECK(run_etch({"run", model, wav, "--hop", "0"}).code != 0);
  RawModel m;
  m.writer.op(OperatorKind::reshape, {m.input(int32, {4})}, {m.output(int32, {4})});
  const auto file = m.file();
  write(folder / "words.tflite", file.data(), file.size());
  const auto words = run_etch({"run", (folder / "words.tflite").string(), wav});
  CHECK_THAT(words.err, Contains("is a recording, for inputs of int16 or float32: this one is of int32"));
}

}  // namespace
