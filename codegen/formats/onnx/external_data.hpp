// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace etch::host::onnx {

/// Where a tensor's numbers lie, as a file says it: all of it text of strangers.
struct ExternalData {
  std::string location, offset, length;
};

/// Reads `size` bytes from a file beside the model, never from outside the model's folder. \param model its
/// path. \param tensor the name of what is read, for messages. Throws `Error`.
std::vector<std::byte> read_external(const std::string& model, const std::string& tensor,
                                     const ExternalData& where, std::int64_t size);

}  // namespace etch::host::onnx
