// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <runtime/host/data/image_set.hpp>
#include <span>
#include <string_view>

namespace etch::host {

/// Which of CIFAR's binary formats, and which of CIFAR-100's two labels: the 20 coarse or the 100 fine ones.
enum class CifarKind { cifar10, cifar100_fine, cifar100_coarse };

/// The training and test images of CIFAR, 32 x 32 x 3, channels last.
struct Cifar {
  ImageSet train, test;
};

/// Reads a CIFAR binary file: records of one label byte (CIFAR-100: coarse, then fine) and 3,072 bytes of
/// pixels, the planes red, green and blue of 32 x 32 each, which become 32 x 32 x 3. `name` is what messages
/// call the file. Throws `etch::Error` unless `bytes` is one record or more, whole, with labels in range.
/// Format: https://www.cs.toronto.edu/~kriz/cifar.html
ImageSet read_cifar(std::span<const std::uint8_t> bytes, CifarKind kind, std::string_view name);

/// The same of a file, or of several that make one set, in this order.
ImageSet load_cifar_files(std::span<const std::filesystem::path> files, CifarKind kind);

/// The published set from the folder that holds its binary files: `data_batch_1.bin` to `data_batch_5.bin`
/// and `test_batch.bin`, for CIFAR-100 `train.bin` and `test.bin`; their folder's parent does too. Throws
/// `etch::Error` if one is missing or wrong.
Cifar load_cifar(const std::filesystem::path& folder, CifarKind kind = CifarKind::cifar10);

}  // namespace etch::host
