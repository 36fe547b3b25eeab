// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/left_channels.hpp>

namespace etch::host {

std::vector<std::byte> LeftChannels::inflate(std::span<const std::byte> left) const {
  if (channels == 0) return {left.begin(), left.end()};
  std::vector<std::byte> whole = filling;
  std::size_t at = 0;
  for (std::size_t pixel = 0; pixel < whole.size(); pixel += static_cast<std::size_t>(channels))
    for (const int channel : kept) whole[pixel + static_cast<std::size_t>(channel)] = left[at++];
  return whole;
}

}  // namespace etch::host
