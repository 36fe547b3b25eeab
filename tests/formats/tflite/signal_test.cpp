// SPDX-License-Identifier: BSL-1.0
// The signal operators of TensorFlow Lite Micro, one by one, against what they are defined to compute. Their
// bits together are held against its golden features in tests/golden.
#include <tests/formats/tflite/raw_model.hpp>
#include <tests/unit/error_of.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

namespace {

using namespace etch;
using namespace etch::test;
using enum ElementKind;
using Catch::Matchers::Contains;
using Samples = std::vector<std::int16_t>;
using Words = std::vector<std::uint32_t>;

Samples random_samples(std::size_t n, unsigned seed, int most = 32768) {
  std::mt19937 random(seed);
  Samples samples(n);
  for (std::int16_t& s : samples)
    s = static_cast<std::int16_t>(static_cast<int>(random() % static_cast<unsigned>(2 * most)) - most);
  return samples;
}

TEST_CASE("SignalWindow weights frames, within int16") {
  const Samples window{0, 1, 2048, 4096, 32767, -4096};
  for (const int shift : {0, 12, 15}) {
    RawModel m;
    const int x = m.input(int16, {2, 6}), w = m.writer.constant(int16, {6}, window);
    m.writer.custom("SignalWindow", {x, w}, {m.output(int16, {2, 6})}, custom_numbers({{"shift", shift}}));
    const auto model = m.import();
    host::ModelSession session(model);
    const Samples samples = random_samples(12, 3);
    run(session, samples);
    const auto y = numbers_of<std::int16_t>(session);
    for (std::size_t i = 0; i < 12; ++i) {
      const double exact = std::floor(std::ldexp(samples[i] * window[i % 6], -shift));
      CHECK(y[i] == std::clamp(exact, -32768.0, 32767.0));
    }
  }
}

TEST_CASE("SignalFftAutoScale takes the room that int16 has") {
  RawModel m;
  const int x = m.input(int16, {9});
  m.writer.custom("SignalFftAutoScale", {x}, {m.output(int16, {9}), m.output(int32, {})}, custom_numbers({}));
  const auto model = m.import();
  host::ModelSession session(model);
  const auto check = [&](const Samples& samples, int bits) {
    run(session, samples);
    CHECK(numbers_of<std::int32_t>(session, 1) == std::vector{bits});
    const auto y = numbers_of<std::int16_t>(session, 0);
    for (std::size_t i = 0; i < y.size(); ++i)
      CHECK(y[i] == static_cast<std::int16_t>(samples[i] * (1 << bits)));
  };
  for (int bits = 0; bits < 15; ++bits) {
    const auto most = static_cast<std::int16_t>(32767 >> bits);
    check({0, 1, -1, most, 0, 0, 0, 0, 0}, bits);
    check({0, 0, 0, 0, static_cast<std::int16_t>(-most), 1, 0, -1, 1}, bits);
  }
  check(Samples(9), 0);
  check({-32768, 0, 0, 0, 0, 0, 0, 0, 0}, 0);
}

/// Real and imaginary parts of frequency k, divided by the length.
std::pair<double, double> frequency(const Samples& samples, int length, int k) {
  double re = 0, im = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(i) * k / length;
    re += samples[i] * std::cos(angle) / length;
    im -= samples[i] * std::sin(angle) / length;
  }
  return {re, im};
}

TEST_CASE("SignalRfft is the transform, divided by its length, to some units") {
  for (int length = 4; length <= 1024; length *= 2)
    for (const int given : {length, length - 1, length / 2 + 1}) {
      INFO(given << " of " << length);
      RawModel m;
      const int x = m.input(int16, {given});
      m.writer.custom("SignalRfft", {x}, {m.output(int16, {length + 2})},
                      custom_numbers({{"T", 7}, {"fft_length", length}}));
      const auto model = m.import();
      host::ModelSession session(model);
      const Samples samples = random_samples(static_cast<std::size_t>(given), 5);
      run(session, samples);
      const auto y = numbers_of<std::int16_t>(session);
      for (int k = 0; k <= length / 2; ++k) {
        const auto [re, im] = frequency(samples, length, k);
        CHECK(std::abs(y[static_cast<std::size_t>(2 * k)] - re) < 5);
        CHECK(std::abs(y[static_cast<std::size_t>(2 * k + 1)] - im) < 5);
      }
    }
}

TEST_CASE("SignalEnergy gives squares of sizes in a range, and zeros outside") {
  RawModel m;
  const int x = m.input(int16, {12});
  m.writer.custom("SignalEnergy", {x}, {m.output(uint32, {6})},
                  custom_numbers({{"start_index", 1}, {"end_index", 5}}));
  const auto model = m.import();
  host::ModelSession session(model);
  run(session, Samples{1, 2, -32768, -32768, 3, -4, 32767, 0, 0, 0, 7, 7});
  CHECK(numbers_of<std::uint32_t>(session) == Words{0, 1U << 31, 25, 32767U * 32767U, 0, 0});
}

TEST_CASE("SignalFilterBank sums energies over filters that meet, in 64 bits") {
  const Samples weight{4096, 3000, 1000, 0, 4095, 17}, unweight{0, 1096, 3096, 4096, 1, 4079};
  const Samples start{1, 3, 6}, weight_start{0, 2, 4}, width{2, 2, 2};
  RawModel m;
  const int x = m.input(uint32, {8});
  std::vector<int> inputs{x};
  for (const Samples* c : {&weight, &unweight, &start, &weight_start, &width})
    inputs.push_back(m.writer.constant(int16, {static_cast<int>(c->size())}, *c));
  m.writer.custom("SignalFilterBank", inputs, {m.output(uint64, {2})}, custom_numbers({{"num_channels", 2}}));
  const auto model = m.import();
  host::ModelSession session(model);
  const Words energy{9, 0xffffffff, 0xfffffffe, 5, 1000000000, 3, 4000000000, 77};
  run(session, energy);
  const auto sum = [&](const Samples& of, std::size_t filter) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < 2; ++i)
      total += static_cast<std::uint64_t>(of[static_cast<std::size_t>(weight_start[filter]) + i]) *
               energy[static_cast<std::size_t>(start[filter]) + i];
    return total;
  };
  CHECK(numbers_of<std::uint64_t>(session) ==
        std::vector{sum(unweight, 0) + sum(weight, 1), sum(unweight, 1) + sum(weight, 2)});
}

TEST_CASE("SignalFilterBankSquareRoot rounds to the nearest") {
  constexpr int n = 64;
  RawModel m;
  const int x = m.input(uint64, {n}), bits = m.input(int32, {});
  m.writer.custom("SignalFilterBankSquareRoot", {x, bits}, {m.output(uint32, {n})}, custom_numbers({}));
  const auto model = m.import();
  host::ModelSession session(model);
  std::mt19937_64 random(9);
  std::vector<std::uint64_t> numbers{0, 1, 2, 3, 4, 0xffffffff, 1ULL << 32, ~0ULL, ~0ULL - (1ULL << 33)};
  while (numbers.size() < n) {
    const std::uint64_t root = random() >> (32 + random() % 32);
    for (const std::uint64_t near : {root * root, root * root + root, root * root + root + 1})
      if (numbers.size() < n) numbers.push_back(near);
  }
  for (const int shift : {0, 3, 31, 32, -1}) {
    run(session, numbers, std::vector{shift});
    const auto y = numbers_of<std::uint32_t>(session);
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint64_t most = numbers[i] >> 32 == 0 ? 0xffff : 0xffffffff;
      auto root = static_cast<std::uint64_t>(std::sqrt(static_cast<long double>(numbers[i])));
      while (root > most || root * root > numbers[i]) --root;
      while (root < most && (root + 1) * (root + 1) <= numbers[i]) ++root;
      if (numbers[i] - root * root > root && root < most) ++root;
      CHECK(y[i] == (shift < 0 || shift > 31 ? 0 : root >> shift));
    }
  }
}

struct Subtraction {
  int clamping = 0, channels = 4;
  std::vector<std::uint8_t> options() const {
    return custom_numbers({{"alternate_one_minus_smoothing", 15401},
                           {"alternate_smoothing", 983},
                           {"clamping", clamping},
                           {"min_signal_remaining", 819},
                           {"num_channels", channels},
                           {"one_minus_smoothing", 15975},
                           {"smoothing", 409},
                           {"smoothing_bits", 10},
                           {"spectral_subtraction_bits", 14}});
  }
};

TEST_CASE("SignalFilterBankSpectralSubtraction keeps an estimate from frame to frame") {
  for (const int clamping : {0, 1}) {
    RawModel m;
    const int x = m.input(uint32, {4});
    m.writer.custom("SignalFilterBankSpectralSubtraction", {x},
                    {m.output(uint32, {4}), m.output(uint32, {4})}, Subtraction{clamping}.options());
    const auto model = m.import();
    host::ModelSession session(model);
    CHECK(session.state_bytes() == 16);
    for (int fresh = 0; fresh < 2; ++fresh) {
      std::vector<double> estimate(4);
      for (const Words& frame : {Words{100, 5000, 0, 4000000}, {90, 6000, 1, 1}, {0, 6000, 4000000, 7}}) {
        run(session, frame);
        const auto y = numbers_of<std::uint32_t>(session, 0), noise = numbers_of<std::uint32_t>(session, 1);
        for (std::size_t c = 0; c < 4; ++c) {
          const double fine = 1024.0 * frame[c], part = (c % 2 ? 983 : 409), rest = c % 2 ? 15401 : 15975;
          estimate[c] = std::floor((fine * part + estimate[c] * rest) / 16384);
          const double taken = std::min(fine, estimate[c]);
          if (clamping != 0) estimate[c] = taken;
          CHECK(noise[c] == estimate[c]);
          CHECK(y[c] == std::max(std::floor((fine - taken) / 1024), std::floor(frame[c] * 819.0 / 16384)));
        }
      }
      session.reset();
    }
  }
}

TEST_CASE("SignalPCAN is a gain, then a parabola that goes on as a line") {
  Samples gains(125);
  for (std::size_t i = 0; i < gains.size(); ++i) gains[i] = i < 3 || (i - 2) % 4 == 0 ? 5000 : 0;
  RawModel m;
  const int x = m.input(uint32, {6}), noise = m.input(uint32, {6}),
            lut = m.writer.constant(int16, {125}, gains);
  m.writer.custom("SignalPCAN", {x, noise, lut}, {m.output(uint32, {6})}, custom_numbers({{"snr_shift", 6}}));
  const auto model = m.import();
  host::ModelSession session(model);
  const Words signal{0, 1, 50, 104, 105, 900000};
  run(session, signal, Words{0, 1, 2, 3, 100000, 0xffffffff});
  const auto y = numbers_of<std::uint32_t>(session);
  for (std::size_t i = 0; i < 6; ++i) {
    const double ratio = std::floor(signal[i] * 5000.0 / 64) / 4096;
    CHECK(std::abs(y[i] - 64 * (ratio < 2 ? ratio * ratio / 4 : ratio - 1)) < 1);
  }
}

TEST_CASE("SignalFilterBankLog is a logarithm, within int16") {
  constexpr int n = 96;
  for (const auto& [scale, bits] : {std::pair{64, 3}, {1600, 0}, {2900, 1}}) {
    RawModel m;
    const int x = m.input(uint32, {n});
    m.writer.custom("SignalFilterBankLog", {x}, {m.output(int16, {n})},
                    custom_numbers({{"input_correction_bits", bits}, {"output_scale", scale}}));
    const auto model = m.import();
    host::ModelSession session(model);
    Words numbers{0, 1, 2, 3};
    std::mt19937 random(4);
    while (numbers.size() < n)
      numbers.push_back((static_cast<std::uint32_t>(random()) >> bits) >> random() % 28);
    run(session, numbers);
    const auto y = numbers_of<std::int16_t>(session);
    for (std::size_t i = 0; i < n; ++i) {
      const double scaled = std::ldexp(numbers[i], bits);
      const double exact = scaled <= 1 ? 0 : scale * std::log(scaled);
      CHECK(std::abs(y[i] - std::min(exact, 32767.0)) < 1 + scale * 0.0024);
    }
  }
}

std::string refusal(RawModel& m) {
  return error_of([&] { m.import(); });
}

TEST_CASE("signal operators that cannot run are refused by name") {
  const auto with = [](const std::vector<std::uint8_t>& options) {
    RawModel m;
    const int x = m.input(int16, {6}), w = m.writer.constant(int16, {6}, Samples(6));
    m.writer.custom("SignalWindow", {x, w}, {m.output(int16, {6})}, options);
    return refusal(m);
  };
  CHECK(with(custom_numbers({{"shift", 12}})).empty());
  CHECK_THAT(with(custom_numbers({{"shift", 32}})), Contains("0 to 31 bits"));
  CHECK(with(custom_numbers({})) ==
        "'raw': CUSTOM (SignalWindow) (operator 0) is damaged: its options do not say 'shift'");
  for (const std::vector<std::uint8_t>& damaged : {std::vector<std::uint8_t>{}, {0}, {1, 2, 3}, {4, 0x24, 1}})
    CHECK_THAT(with(damaged), Contains("options"));
  RawModel length;
  length.writer.custom("SignalRfft", {length.input(int16, {12})}, {length.output(int16, {14})},
                       custom_numbers({{"T", 7}, {"fft_length", 12}}));
  CHECK_THAT(refusal(length), Contains("a power of two"));
  RawModel other;
  other.writer.custom("SignalStacker", {other.input(int16, {12})}, {other.output(int16, {14})}, {});
  CHECK(refusal(other) == "'raw': CUSTOM (SignalStacker) (operator 0) is not supported");
  RawModel kind;
  kind.writer.custom("SignalEnergy", {kind.input(uint32, {12})}, {kind.output(uint32, {6})}, {});
  CHECK_THAT(refusal(kind), Contains("is supported with int16 as its input 0 only"));
}

}  // namespace
