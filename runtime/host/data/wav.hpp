// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace etch::host {

/// A recording of one channel.
struct WavAudio {
  int rate = 0;  ///< samples a second
  std::vector<std::int16_t> samples;

  /// The samples between -1 and 1: each divided by 32768.
  std::vector<float> floats() const;
};

/// Reads a WAV file: PCM of 16 bits and one channel, of any rate. Chunks beside `fmt ` and `data` are left
/// out. `name` is what messages call the file. Throws `etch::Error` for other encodings, and where the file
/// is damaged or shorter than it says.
/// Format: "Multimedia Programming Interface and Data Specifications 1.0", IBM and Microsoft 1991.
WavAudio read_wav(std::span<const std::uint8_t> bytes, std::string_view name);

/// The same of a file.
WavAudio load_wav(const std::filesystem::path& path);

}  // namespace etch::host
