// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <runtime/host/data/wav.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>
#include <string>

namespace etch::host {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t riff_bytes = 12, chunk_bytes = 8, format_bytes = 16, extended_bytes = 26;
constexpr unsigned pcm = 1, extended = 0xfffe;  // which says at its end what it extends

[[noreturn]] void refuse_wav(std::string_view name, const std::string& what) {
  throw Error("'" + std::string(name) + "' " + what + ": a WAV file of PCM, 16 bits, one channel is read");
}

std::uint32_t number(Bytes bytes, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = count; i-- > 0;) value = value << 8 | bytes[at + i];
  return value;
}

bool is_marked(Bytes bytes, std::size_t at, const char* mark) {
  return std::memcmp(bytes.data() + at, mark, 4) == 0;
}

/// The rate, where the format is the one that is read.
int read_format(Bytes chunk, std::string_view name) {
  if (chunk.size() < format_bytes) refuse_wav(name, "has a format of too few bytes");
  std::uint32_t tag = number(chunk, 0, 2);
  if (tag == extended && chunk.size() >= extended_bytes) tag = number(chunk, 24, 2);
  const std::uint32_t channels = number(chunk, 2, 2), rate = number(chunk, 4, 4), bits = number(chunk, 14, 2);
  if (tag != pcm) refuse_wav(name, "is encoded in another way than PCM (" + std::to_string(tag) + ")");
  if (channels != 1) refuse_wav(name, "has " + std::to_string(channels) + " channels");
  if (bits != 16) refuse_wav(name, "has samples of " + std::to_string(bits) + " bits");
  if (rate < 1 || rate > 1'000'000) refuse_wav(name, "has a rate of " + std::to_string(rate) + " Hz");
  return static_cast<int>(rate);
}

std::vector<std::int16_t> read_samples(Bytes chunk, std::string_view name) {
  if (chunk.size() % 2 != 0) refuse_wav(name, "ends within a sample");
  std::vector<std::int16_t> samples(chunk.size() / 2);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<std::int16_t>(number(chunk, 2 * i, 2));
  return samples;
}

}  // namespace

std::vector<float> WavAudio::floats() const {
  std::vector<float> numbers;
  numbers.reserve(samples.size());
  for (const std::int16_t sample : samples) numbers.push_back(static_cast<float>(sample) / 32768);
  return numbers;
}

WavAudio read_wav(Bytes bytes, std::string_view name) {
  if (bytes.size() < riff_bytes || !is_marked(bytes, 0, "RIFF") || !is_marked(bytes, 8, "WAVE"))
    refuse_wav(name, "is no WAV file (the marks RIFF and WAVE are missing)");
  std::optional<int> rate;
  for (std::size_t at = riff_bytes; bytes.size() - at >= chunk_bytes;) {
    const std::size_t length = number(bytes, at + 4, 4), from = at + chunk_bytes;
    if (length > bytes.size() - from)
      refuse_wav(name, "is shorter than it says: a part of " + std::to_string(length) + " bytes has " +
                           std::to_string(bytes.size() - from));
    const Bytes chunk = bytes.subspan(from, length);
    if (is_marked(bytes, at, "fmt ")) rate = read_format(chunk, name);
    if (is_marked(bytes, at, "data")) {
      if (!rate) refuse_wav(name, "has samples before their format");
      return {*rate, read_samples(chunk, name)};
    }
    // A part of an odd length is followed by a byte that fills it up, if anything follows.
    at = std::min(from + length + length % 2, bytes.size());
  }
  refuse_wav(name, "has no samples");
}

WavAudio load_wav(const std::filesystem::path& path) { return read_wav(read_file(path), path.string()); }

}  // namespace etch::host
