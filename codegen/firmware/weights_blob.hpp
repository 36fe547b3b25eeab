// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/firmware/firmware_files.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// Weights that firmware takes from anywhere in its memory, behind a header that says whose they are
/// (docs/weights_blob.md).
namespace etch::host {

inline constexpr int blob_header_bytes = 64;

/// What code and blob must agree on: the structure of the program, and what stored inputs and outputs stand
/// for.
std::uint64_t blob_layout(const FirmwareModel& model);

/// A hash of a model's structure and weights, the first 8 bytes of a SHA-256: which model it is.
std::uint64_t model_hash(const FirmwareModel& model, std::span<const std::byte> weights);

/// The weights behind their header.
std::vector<std::byte> weights_blob(const FirmwareModel& model, std::span<const std::byte> weights);

/// Fills in what generated files say of where the weights are, and which model it is.
std::string fill_in_weights(std::string text, const FirmwareModel& model, std::uint64_t hash);

}  // namespace etch::host
