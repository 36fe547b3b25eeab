// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/kept_channels.hpp>

namespace etch::host {

std::vector<std::byte> KeptChannels::inflate(std::span<const std::byte> kept_bytes) const {
  if (channels == 0) return {kept_bytes.begin(), kept_bytes.end()};
  std::vector<std::byte> whole = filling;
  std::size_t at = 0;
  for (std::size_t pixel = 0; pixel < whole.size(); pixel += static_cast<std::size_t>(channels))
    for (const int channel : kept) whole[pixel + static_cast<std::size_t>(channel)] = kept_bytes[at++];
  return whole;
}

}  // namespace etch::host
