// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/tool/pictures.hpp>

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

/// How files become samples.
struct SampleOptions {
  bool raw_floats = false;  ///< raw files hold floats
  int hop = 0;  ///< samples of audio from the start of a frame to that of the next; 0: as many as a frame has
  std::optional<PixelRange> pixels{};  ///< what black and white of pictures become; none: as the model says
  std::vector<std::string>* notes = nullptr;  ///< gets what was done with each picture, for a person
};

/// Reads what a file holds of an input or output, by its name: arrays (.npy, and .npz: the only one, or that
/// of the value's name), tables (.csv), pictures (.png, .jpg), recordings (.wav), else raw numbers. Arrays of
/// the value's own type are taken as they are, and other numbers as real ones, which a quantized model gets
/// rounded to its nearest stored ones. Raw files hold the value's type, or floats where the options say so. A
/// recording is cut into frames, each a sample: int16 as it is, floats between -1 and 1; what is left behind
/// the last whole frame is left out. \param what "input 0", for errors. Throws `Error` unless the file holds
/// one or more samples.
InputSamples read_values(const std::filesystem::path& path, const host::ImportedModel& model, int value,
                         const std::string& what, const SampleOptions& options);

/// The same as real numbers, which are not rounded to stored ones first.
std::vector<float> read_reals(const std::filesystem::path& path, const host::ImportedModel& model, int value,
                              const std::string& what, const SampleOptions& options);

/// A sample file for each input of a model, all with as many samples.
std::vector<InputSamples> read_inputs(const std::vector<std::string>& paths, const host::ImportedModel& model,
                                      const SampleOptions& options);

/// One sample of every input.
std::vector<std::span<const std::byte>> sample_of(const std::vector<InputSamples>& inputs, std::size_t i);

/// Writes results of `count` samples: a .npy array where the path ends so, else the bytes.
void write_results(const std::filesystem::path& path, std::span<const std::byte> bytes,
                   const Storage& storage, const Shape& shape, std::size_t count);

}  // namespace etch::tool
