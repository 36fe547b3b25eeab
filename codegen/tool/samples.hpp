// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

#include <filesystem>
#include <span>

namespace etch::tool {

/// What a file holds for one input of a model: samples one after the other, stored as the model stores them.
struct InputSamples {
  std::vector<std::byte> bytes;
  std::size_t sample_bytes = 0;
  std::size_t count() const { return bytes.size() / sample_bytes; }
  std::span<const std::byte> sample(std::size_t i) const {
    return std::span(bytes).subspan(i * sample_bytes, sample_bytes);
  }
};

/// Reads a .npy array or a file of raw numbers. Arrays of the model's own type are taken as they are, and
/// other numbers as real ones, which a quantized model gets rounded to its nearest stored ones. Raw files
/// hold the model's type, or floats where `raw_floats` says so. Throws `Error` unless the file holds one or
/// more whole samples.
InputSamples read_samples(const std::filesystem::path& path, const host::ImportedModel& model, int input,
                          bool raw_floats);

/// A sample file for each input of a model, all with as many samples.
std::vector<InputSamples> read_inputs(const std::vector<std::string>& paths, const host::ImportedModel& model,
                                      bool raw_floats);

/// One sample of every input.
std::vector<std::span<const std::byte>> sample_of(const std::vector<InputSamples>& inputs, std::size_t i);

/// Writes results of `count` samples: a .npy array where the path ends so, else the bytes.
void write_results(const std::filesystem::path& path, std::span<const std::byte> bytes, ElementType type,
                   const Shape& shape, std::size_t count);

}  // namespace etch::tool
