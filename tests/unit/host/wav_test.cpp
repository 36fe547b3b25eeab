// SPDX-License-Identifier: BSL-1.0
#include <catch2/catch.hpp>
#include <runtime/host/data/wav.hpp>
#include <tests/unit/error_of.hpp>

#include <string>

namespace {

using namespace etch;
using Bytes = std::vector<std::uint8_t>;
using Catch::Matchers::Contains;

void append(Bytes& to, std::uint32_t number, int bytes) {
  for (int i = 0; i < bytes; ++i) to.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
}
void append(Bytes& to, const std::string& mark) { to.insert(to.end(), mark.begin(), mark.end()); }

struct Format {
  std::uint32_t tag = 1, channels = 1, rate = 16000, bits = 16;
  std::uint32_t length = 16;  ///< of the chunk; more is filled up
  std::uint32_t sub_format = 1;
};

void append_format(Bytes& to, const Format& f) {
  append(to, "fmt ");
  append(to, f.length, 4);
  const std::size_t from = to.size();
  append(to, f.tag, 2);
  append(to, f.channels, 2);
  append(to, f.rate, 4);
  append(to, f.rate * 2, 4);
  append(to, 2, 2);
  append(to, f.bits, 2);
  while (to.size() - from < 24) to.push_back(0);
  append(to, f.sub_format, 2);
  to.resize(from + f.length);
}

Bytes start() {
  Bytes file;
  append(file, "RIFF");
  append(file, 0, 4);  // some writers leave the length open
  append(file, "WAVE");
  return file;
}

void append_data(Bytes& to, const std::vector<std::int16_t>& samples) {
  append(to, "data");
  append(to, static_cast<std::uint32_t>(2 * samples.size()), 4);
  for (const std::int16_t s : samples) append(to, static_cast<std::uint16_t>(s), 2);
}

Bytes wav(const Format& f, const std::vector<std::int16_t>& samples) {
  Bytes file = start();
  append_format(file, f);
  append_data(file, samples);
  return file;
}

const std::vector<std::int16_t> some{0, 1, -1, 32767, -32768, 256};

TEST_CASE("samples and rate of a WAV file are read", "[wav]") {
  for (const std::uint32_t rate : {1U, 16000U, 1'000'000U}) {
    const auto audio = host::read_wav(wav({.rate = rate}, some), "a.wav");
    CHECK(audio.rate == static_cast<int>(rate));
    CHECK(audio.samples == some);
  }
  CHECK(host::read_wav(wav({}, some), "a.wav").floats() ==
        std::vector<float>{0, 1.0f / 32768, -1.0f / 32768, 32767.0f / 32768, -1, 1.0f / 128});
  CHECK(host::read_wav(wav({}, {}), "a.wav").samples.empty());
}

TEST_CASE("extended formats of PCM, and chunks beside the samples, are read", "[wav]") {
  CHECK(host::read_wav(wav({.tag = 0xfffe, .length = 40}, some), "a.wav").samples == some);
  Bytes file = start();
  append(file, "LIST");
  append(file, 3, 4);
  append(file, std::string("abc\0", 4));  // an odd length is filled up
  append_format(file, {.length = 18});
  append_data(file, some);
  append(file, "bext");
  append(file, 1U << 31, 4);  // what follows is not looked at
  CHECK(host::read_wav(file, "a.wav").samples == some);
}

std::string refusal(const Bytes& file) {
  return error_of([&] { host::read_wav(file, "a.wav"); });
}

TEST_CASE("other encodings of WAV files are refused in a sentence", "[wav]") {
  CHECK(refusal(wav({.channels = 2}, some)) ==
        "'a.wav' has 2 channels: a WAV file of PCM, 16 bits, one channel is read");
  CHECK_THAT(refusal(wav({.bits = 24}, some)), Contains("samples of 24 bits"));
  CHECK_THAT(refusal(wav({.tag = 3}, some)), Contains("another way than PCM (3)"));
  CHECK_THAT(refusal(wav({.tag = 0xfffe}, some)), Contains("another way than PCM (65534)"));
  CHECK_THAT(refusal(wav({.tag = 0xfffe, .length = 40, .sub_format = 3}, some)), Contains("(3)"));
  CHECK_THAT(refusal(wav({.rate = 0}, some)), Contains("rate of 0 Hz"));
  CHECK_THAT(refusal(wav({.length = 14}, some)), Contains("too few bytes"));
}

TEST_CASE("a WAV file that ends anywhere is refused", "[wav]") {
  const Bytes good = wav({.length = 18}, some);
  for (std::size_t n = 0; n < good.size(); ++n) {
    INFO(n << " bytes");
    CHECK_THAT(refusal({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(n)}), Contains("'a.wav'"));
  }
  Bytes odd = good;
  odd[good.size() - 2 * some.size() - 4] = 5;
  CHECK_THAT(refusal(odd), Contains("ends within a sample"));
  Bytes unformatted = start();
  append_data(unformatted, some);
  CHECK_THAT(refusal(unformatted), Contains("before their format"));
}

}  // namespace
