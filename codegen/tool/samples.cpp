// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/element_names.hpp>
#include <codegen/report/model_text.hpp>
#include <codegen/report/text_table.hpp>
#include <codegen/tool/samples.hpp>
#include <runtime/host/data/npy.hpp>
#include <runtime/host/data/wav.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>
#include <runtime/host/files/replace_file.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace etch::tool {

namespace {

using host::NpyType;

template <class T>
std::vector<std::byte> stored(const std::vector<float>& real, const host::Quantization& q) {
  std::vector<std::byte> bytes(real.size() * sizeof(T));
  const double scale = q.scale == 0 ? 1 : static_cast<double>(q.scale);
  for (std::size_t i = 0; i < real.size(); ++i) {
    const double place = std::round(static_cast<double>(real[i]) / scale) + q.zero_point;
    const double kept = std::isnan(place) ? q.zero_point
                                          : std::clamp<double>(place, std::numeric_limits<T>::min(),
                                                               std::numeric_limits<T>::max());
    const auto number = static_cast<T>(kept);
    std::memcpy(&bytes[i * sizeof(T)], &number, sizeof number);
  }
  return bytes;
}

std::vector<std::byte> as_stored(const std::vector<float>& real, ElementType type,
                                 const host::Quantization& q) {
  switch (type) {
    case ElementType::i8:
      return stored<std::int8_t>(real, q);
    case ElementType::i16:
      return stored<std::int16_t>(real, q);
    case ElementType::i32:
      return stored<std::int32_t>(real, q);
    case ElementType::real:
      break;
  }
  std::vector<std::byte> bytes(real.size() * sizeof(float));
  std::memcpy(bytes.data(), real.data(), bytes.size());
  return bytes;
}

bool same_type(NpyType file, ElementType model) {
  switch (model) {
    case ElementType::i8:
      return file == NpyType::int8;
    case ElementType::i16:
      return file == NpyType::int16;
    case ElementType::i32:
      return file == NpyType::int32;
    case ElementType::real:
      break;
  }
  return file == NpyType::float32;
}

/// What NumPy calls a type.
const char* name_of(NpyType type) {
  switch (type) {
    case NpyType::boolean:
      return "bool";
    case NpyType::int8:
      return "int8";
    case NpyType::int16:
      return "int16";
    case NpyType::int32:
      return "int32";
    case NpyType::int64:
      return "int64";
    case NpyType::uint8:
      return "uint8";
    case NpyType::uint16:
      return "uint16";
    case NpyType::uint32:
      return "uint32";
    case NpyType::uint64:
      return "uint64";
    case NpyType::float32:
      return "float32";
    case NpyType::float64:
      break;
  }
  return "float64";
}

std::string grouped(std::size_t number) { return host::grouped(static_cast<long long>(number)); }

std::vector<float> floats_in(std::span<const std::byte> bytes, const std::filesystem::path& path) {
  if (bytes.size() % sizeof(float) != 0)
    throw Error("'" + path.string() + "' has " + host::grouped(static_cast<long long>(bytes.size())) +
                " bytes, which is not a whole number of floats");
  std::vector<float> numbers(bytes.size() / sizeof(float));
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

/// The frames of a recording that lie whole in it, one behind the other.
std::vector<std::byte> frames_of(const host::WavAudio& audio, std::size_t length, int hop, ElementType type,
                                 const std::string& path) {
  if (type != ElementType::i16 && type != ElementType::real)
    throw Error("'" + path + "' is a recording, for inputs of int16 or float32: this one is of " +
                host::names_of(type).text);
  if (audio.samples.size() < length)
    throw Error("'" + path + "' has " + host::grouped(static_cast<long long>(audio.samples.size())) +
                " samples, and a frame takes " + host::grouped(static_cast<long long>(length)));
  const std::vector<float> real = audio.floats();
  const auto bytes =
      type == ElementType::real ? std::as_bytes(std::span(real)) : std::as_bytes(std::span(audio.samples));
  const auto size = static_cast<std::size_t>(bytes_of(type, DType::f32));
  const std::size_t step = hop > 0 ? static_cast<std::size_t>(hop) : length;
  std::vector<std::byte> frames;
  for (std::size_t at = 0; at + length <= audio.samples.size(); at += step) {
    const auto frame = bytes.subspan(at * size, length * size);
    frames.insert(frames.end(), frame.begin(), frame.end());
  }
  return frames;
}

/// Version 1 of the format: the header is filled with spaces to a multiple of 64 bytes.
std::string npy_header(ElementType type, const Shape& shape, std::size_t count) {
  std::string text = "{'descr': '" + std::string(host::names_of(type).npy) +
                     "', 'fortran_order': False, 'shape': (" + std::to_string(count) + ",";
  for (int i = 0; i < shape.rank; ++i) text += " " + std::to_string(shape[i]) + ",";
  text += "), }";
  const std::size_t padded = (10 + text.size() + 1 + 63) / 64 * 64;
  text.append(padded - 10 - text.size() - 1, ' ');
  text += '\n';
  const auto length = static_cast<unsigned>(text.size());
  const std::string start{'\x93',
                          'N',
                          'U',
                          'M',
                          'P',
                          'Y',
                          '\x01',
                          '\0',
                          static_cast<char>(length & 255),
                          static_cast<char>(length >> 8)};
  return start + text;
}

}  // namespace

std::string input_text(const host::ImportedModel& model, int input) {
  const int value = model.graph->inputs[input];
  const auto& noted = model.values[static_cast<std::size_t>(value)];
  const std::string quantization = host::quantization_text(noted.quantization);
  return "input " + std::to_string(input) + (noted.name.empty() ? "" : ", '" + noted.name + "'") + ": " +
         host::shape_text(noted.shape) + ' ' + host::names_of(host::value_of(model, value).type).text +
         (quantization.empty() ? "" : ", ") + quantization + ", " +
         grouped(host::bytes_of_value(model, value)) + " bytes a sample";
}

InputSamples read_samples(const std::filesystem::path& path, const host::ImportedModel& model, int input,
                          const SampleOptions& options) {
  const int value = model.graph->inputs[input];
  const ElementType type = host::value_of(model, value).type;
  const auto& noted = model.values[static_cast<std::size_t>(value)];
  const std::vector<std::uint8_t> file = host::read_file(path);
  const auto raw = std::as_bytes(std::span(file));
  InputSamples samples{{raw.begin(), raw.end()}, host::bytes_of_value(model, value)};
  const std::string in_quotes = "'" + path.string() + "'";
  const std::string takes = ", and input " + std::to_string(input) + " of '" + model.name + "' takes ";
  if (path.extension() == ".npy") {
    host::NpyArray array = host::read_npy(file, path.string());
    const auto elements = static_cast<std::size_t>(noted.shape.size());
    if (array.size() == 0 || array.size() % elements != 0)
      throw Error(in_quotes + " has " + grouped(array.size()) + " numbers of type " + name_of(array.type) +
                  takes + grouped(elements) + " (" + host::shape_text(noted.shape) + ") a sample");
    samples.bytes = same_type(array.type, type) ? std::move(array.data)
                                                : as_stored(array.floats(), type, noted.quantization);
    return samples;
  }
  if (path.extension() == ".wav") {
    const auto length = static_cast<std::size_t>(host::value_of(model, value).elements);
    samples.bytes = frames_of(host::read_wav(file, path.string()), length, options.hop, type, path.string());
    return samples;
  }
  if (options.raw_floats) samples.bytes = as_stored(floats_in(raw, path), type, noted.quantization);
  if (samples.bytes.empty() || samples.bytes.size() % samples.sample_bytes != 0) {
    const std::size_t wanted = options.raw_floats
                                   ? sizeof(float) * static_cast<std::size_t>(noted.shape.size())
                                   : samples.sample_bytes;
    throw Error(in_quotes + " has " + grouped(raw.size()) + " bytes" + takes + grouped(wanted) + " (" +
                host::shape_text(noted.shape) + " numbers of " +
                (options.raw_floats ? "float32" : host::names_of(type).text) + ") a sample");
  }
  return samples;
}

std::vector<InputSamples> read_inputs(const std::vector<std::string>& paths, const host::ImportedModel& model,
                                      const SampleOptions& options) {
  const auto wanted = static_cast<std::size_t>(model.graph->inputs.count);
  if (paths.size() != wanted) {
    std::string text = "'" + model.name + "' takes " + std::to_string(wanted) +
                       (wanted == 1 ? " input" : " inputs") + ": give a file for each, not " +
                       std::to_string(paths.size()) +
                       ": an array (.npy), a recording (.wav), or raw numbers one after the other";
    for (std::size_t k = 0; k < wanted; ++k) text += "\n  " + input_text(model, static_cast<int>(k));
    throw Error(text);
  }
  std::vector<InputSamples> inputs;
  for (std::size_t k = 0; k < wanted; ++k) {
    inputs.push_back(read_samples(paths[k], model, static_cast<int>(k), options));
    if (inputs[k].count() != inputs[0].count())
      throw Error("'" + paths[k] + "' has " + std::to_string(inputs[k].count()) + " samples, and '" +
                  paths[0] + "' has " + std::to_string(inputs[0].count()));
  }
  return inputs;
}

std::vector<std::span<const std::byte>> sample_of(const std::vector<InputSamples>& inputs, std::size_t i) {
  std::vector<std::span<const std::byte>> sample;
  for (const InputSamples& input : inputs) sample.push_back(input.sample(i));
  return sample;
}

void write_results(const std::filesystem::path& path, std::span<const std::byte> bytes, ElementType type,
                   const Shape& shape, std::size_t count) {
  host::replace_file(path, [&](const host::ByteSink& write) {
    if (path.extension() == ".npy") {
      const std::string header = npy_header(type, shape, count);
      if (!write(std::as_bytes(std::span(header)))) return false;
    }
    return write(bytes);
  });
}

}  // namespace etch::tool
