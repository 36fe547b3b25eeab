// SPDX-License-Identifier: BSL-1.0
// TensorFlow Lite Micro's example models: what they are known to give.
#include <zlib.h>
#include <tests/golden/tflite_material.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

namespace {

using namespace etch;
using namespace etch::golden;
namespace fs = std::filesystem;

std::int8_t number(std::byte b) { return static_cast<std::int8_t>(b); }

int largest(std::span<const std::byte> bytes) {
  return static_cast<int>(std::ranges::max_element(bytes, {}, number) - bytes.begin());
}

template <class T>
std::span<const std::byte> as_bytes_of(const std::vector<T>& numbers) {
  return std::as_bytes(std::span(numbers));
}

std::vector<float> floats_in(std::span<const std::byte> bytes) {
  std::vector<float> numbers(bytes.size() / sizeof(float));
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

TEST_CASE("network_tester gives its golden output", "[golden]") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const auto model = host::import_tflite(models / "tflm" / "network_tester.tflite");
  host::ModelSession session(model);
  session.run(bytes_of_file(models / "tflm" / "network_tester_input_u8.bin"));
  CHECK(std::ranges::equal(session.output(),
                           bytes_of_file(models / "tflm" / "network_tester_expected_u8.bin")));
}

/// The grey pixels of a picture in Windows's format, top row first. The model's own tests read them as signed
/// numbers, as they are.
std::vector<std::byte> bitmap(const fs::path& path) {
  const auto file = bytes_of_file(path);
  const auto word = [&](std::size_t at) {
    std::int32_t value = 0;
    std::memcpy(&value, file.data() + at, 4);
    return value;
  };
  const auto begin = static_cast<std::size_t>(word(10)), width = static_cast<std::size_t>(word(18)),
             height = static_cast<std::size_t>(std::abs(word(22)));
  REQUIRE(begin + width * height <= file.size());
  std::vector<std::byte> pixels;
  for (std::size_t y = 0; y < height; ++y) {
    const std::size_t row = word(22) > 0 ? height - 1 - y : y;
    for (std::size_t x = 0; x < width; ++x) pixels.push_back(file[begin + row * width + x]);
  }
  return pixels;
}

TEST_CASE("person_detect tells a person from none", "[golden]") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const auto model = host::import_tflite(models / "tflm" / "person_detect.tflite");
  host::ModelSession session(model);
  session.run(bitmap(models / "tflm" / "person_detection_testdata_person.bmp"));
  CHECK(number(session.output()[0]) == -113);  // what the reference gives
  CHECK(number(session.output()[1]) == 113);
  session.run(bitmap(models / "tflm" / "person_detection_testdata_no_person.bmp"));
  CHECK(number(session.output()[0]) > number(session.output()[1]));
}

TEST_CASE("hello_world is a sine, in float and in int8", "[golden]") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const auto real = host::import_tflite(models / "tflm" / "hello_world_float.tflite");
  const auto int8 = host::import_tflite(models / "tflm" / "hello_world_int8.tflite");
  host::ModelSession real_session(real), int8_session(int8);
  const auto& in = int8.values[static_cast<std::size_t>(int8.graph->inputs[0])].quantization;
  const auto& out = int8.values[static_cast<std::size_t>(int8.graph->outputs[0])].quantization;
  float worst = 0, worst_int8 = 0;
  for (float x = 0; x < 6.2f; x += 0.1f) {
    real_session.run(as_bytes_of(std::vector<float>{x}));
    worst = std::max(worst, std::abs(floats_in(real_session.output())[0] - std::sin(x)));
    const auto stored = static_cast<std::int8_t>(std::lround(x / in.scale) + in.zero_point);
    int8_session.run(as_bytes_of(std::vector<std::int8_t>{stored}));
    const float y = out.scale * static_cast<float>(number(int8_session.output()[0]) - out.zero_point);
    worst_int8 = std::max(worst_int8, std::abs(y - std::sin(x)));
  }
  WARN("hello_world: off by at most " << worst << " in float, " << worst_int8 << " in int8");
  CHECK(worst < 0.15f);
  CHECK(worst_int8 < 0.2f);
}

TEST_CASE("simple_add is the sum of its inputs to one step", "[golden]") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const auto model = host::import_tflite(models / "tflm" / "simple_add_model.tflite");
  host::ModelSession session(model);
  std::mt19937 engine(4);
  std::vector<std::byte> a(session.input_bytes(0)), b(session.input_bytes(1));
  for (auto& x : a) x = static_cast<std::byte>(engine());
  for (auto& x : b) x = static_cast<std::byte>(engine());
  const std::span<const std::byte> inputs[]{a, b};
  session.run(inputs);
  const auto quantization = [&](int value) {
    return model.values[static_cast<std::size_t>(value)].quantization;
  };
  const auto qa = quantization(model.graph->inputs[0]), qb = quantization(model.graph->inputs[1]),
             qy = quantization(model.graph->outputs[0]);
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double sum = static_cast<double>(qa.scale) * (number(a[i]) - qa.zero_point) +
                       static_cast<double>(qb.scale) * (number(b[i]) - qb.zero_point);
    const double exact = std::clamp(sum / static_cast<double>(qy.scale) + qy.zero_point, -128.0, 127.0);
    REQUIRE(std::abs(number(session.output()[i]) - exact) <= 0.76);
  }
}

TEST_CASE("micro_speech gives probabilities", "[golden]") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const auto model = host::import_tflite(models / "tflm" / "micro_speech_quantized.tflite");
  host::ModelSession session(model);
  std::mt19937 engine(5);
  std::vector<std::byte> x(session.input_bytes(0));
  for (auto& b : x) b = static_cast<std::byte>(engine() % 256);
  session.trace(x);
  CHECK(session.output().size() == 4);
  int sum = 0;  // probabilities of scale 1/256
  for (const std::byte b : session.output()) sum += number(b) + 128;
  CHECK(std::abs(sum - 256) <= 2);
}

/// A grey picture of 8 bits a pixel.
std::vector<std::uint8_t> grey_png(const fs::path& path, std::size_t width, std::size_t height) {
  const auto file = bytes_of_file(path);
  const auto word = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(file[at + i]);
    return value;
  };
  std::vector<std::uint8_t> packed;
  for (std::size_t at = 8; at + 12 <= file.size(); at += 12 + word(at)) {
    if (std::memcmp(file.data() + at + 4, "IHDR", 4) == 0) {
      REQUIRE(word(at + 8) == width);
      REQUIRE(word(at + 12) == height);
      REQUIRE(std::to_integer<int>(file[at + 16]) == 8);
      REQUIRE(std::to_integer<int>(file[at + 17]) == 0);
    }
    if (std::memcmp(file.data() + at + 4, "IDAT", 4) != 0) continue;
    for (std::size_t i = 0; i < word(at); ++i)
      packed.push_back(std::to_integer<std::uint8_t>(file[at + 8 + i]));
  }
  std::vector<std::uint8_t> rows((width + 1) * height);
  uLongf size = rows.size();
  REQUIRE(uncompress(rows.data(), &size, packed.data(), packed.size()) == Z_OK);
  REQUIRE(size == rows.size());
  std::vector<std::uint8_t> pixels(width * height);
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t x = 0; x < width; ++x) {
      const int filter = rows[y * (width + 1)];
      const int left = x > 0 ? pixels[y * width + x - 1] : 0, up = y > 0 ? pixels[(y - 1) * width + x] : 0;
      const int corner = x > 0 && y > 0 ? pixels[(y - 1) * width + x - 1] : 0;
      const int estimate = left + up - corner;
      const int to_left = std::abs(estimate - left), to_up = std::abs(estimate - up),
                to_corner = std::abs(estimate - corner);
      const int nearest = to_left <= to_up && to_left <= to_corner ? left : to_up <= to_corner ? up : corner;
      const int predicted[]{0, left, up, (left + up) / 2, nearest};
      REQUIRE(filter < 5);
      pixels[y * width + x] = static_cast<std::uint8_t>(rows[y * (width + 1) + 1 + x] + predicted[filter]);
    }
  return pixels;
}

TEST_CASE("trained_lstm reads digits, in float and in int8", "[golden]") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const auto real = host::import_tflite(models / "tflm" / "trained_lstm.tflite");
  const auto int8 = host::import_tflite(models / "tflm" / "trained_lstm_int8.tflite");
  host::ModelSession real_session(real), int8_session(int8);
  const auto& q = int8.values[static_cast<std::size_t>(int8.graph->inputs[0])].quantization;
  int right = 0, right_int8 = 0;
  for (int digit = 0; digit < 10; ++digit) {
    const std::string name = "mnist_lstm_samples_sample" + std::to_string(digit) + ".png";
    const auto pixels = grey_png(models / "tflm" / name, 28, 28);
    std::vector<float> x;
    std::vector<std::int8_t> stored;
    for (const std::uint8_t p : pixels) {
      x.push_back(static_cast<float>(p) / 255);
      stored.push_back(static_cast<std::int8_t>(std::lround(x.back() / q.scale) + q.zero_point));
    }
    real_session.reset();
    int8_session.reset();
    real_session.run(as_bytes_of(x));
    const auto y = floats_in(real_session.output());
    right += std::ranges::max_element(y) - y.begin() == digit;
    int8_session.run(as_bytes_of(stored));
    right_int8 += largest(int8_session.output()) == digit;
    for (std::size_t k = 0; k < 10; ++k)
      CHECK(std::abs((number(int8_session.output()[k]) + 128) / 256.0f - y[k]) < 0.1f);
  }
  WARN("trained_lstm: " << right << " of 10 digits in float, " << right_int8 << " in int8");
  CHECK(right == 10);
  CHECK(right_int8 == 10);
}

TEST_CASE("keyword_scrambled runs, whose scrambled biases leave no room for its input", "[golden]") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const auto model = host::import_tflite(models / "tflm" / "keyword_scrambled_8bit.tflite");
  host::ModelSession session(model);
  std::mt19937 engine(6);
  for (int frame = 0; frame < 20; ++frame) {
    std::vector<std::int16_t> x(96);
    for (auto& v : x) v = static_cast<std::int16_t>(engine() % 24000);
    session.run(as_bytes_of(x));
    const std::vector<std::int32_t> expected{0, 32767};
    CHECK(std::ranges::equal(session.output(), as_bytes_of(expected)));
  }
}

}  // namespace
