// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/element_names.hpp>
#include <codegen/report/model_text.hpp>
#include <codegen/report/text_table.hpp>
#include <codegen/tool/samples.hpp>
#include <runtime/host/data/csv.hpp>
#include <runtime/host/data/npy.hpp>
#include <runtime/host/data/npz.hpp>
#include <runtime/host/data/wav.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>
#include <runtime/host/files/replace_file.hpp>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace etch::tool {

namespace {

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
std::string npy_header(const Storage& storage, const Shape& shape, std::size_t count) {
  std::string text = "{'descr': '" + std::string(npy_text(storage)) +
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

/// The one array of an archive, or that of a value's name.
host::NpyArray array_of(const host::NpzFile& file, const std::string& name) {
  return file.arrays.size() == 1 ? file.arrays[0].second : file.at(name);
}

using Axes = std::vector<std::size_t>;

/// Without axes of one number, which every program puts where it likes.
Axes longer_than_one(Axes axes) {
  std::erase(axes, std::size_t{1});
  return axes;
}

/// The last axes of an array that hold as many numbers as a sample; none where no axes do.
Axes axes_of_sample(const Axes& array, std::size_t elements) {
  std::size_t numbers = 1;
  for (auto axis = array.end(); axis != array.begin() && numbers <= elements;) {
    numbers *= *--axis;
    if (numbers == elements) return {axis, array.end()};
  }
  return {};
}

/// A file that becomes numbers of one value.
struct Reading {
  std::string path, subject;  ///< subject: "input 0 of 'kws'"
  Storage storage;
  Shape shape;
  const SampleOptions& options;

  std::size_t elements() const { return static_cast<std::size_t>(shape.size()); }

  [[noreturn]] void refuse(const std::string& has, const std::string& takes) const {
    throw Error("'" + path + "' has " + has + ", and " + subject + " takes " + takes + " a sample");
  }
  void check_count(std::size_t numbers, const std::string& of) const {
    if (numbers == 0 || numbers % elements() != 0)
      refuse(grouped(numbers) + " numbers" + of, grouped(elements()) + " (" + host::shape_text(shape) + ")");
  }

  /// An array of one axis is a row of samples. Of others the last axes are a sample: as they are in the
  /// model, or some of them as one, but in no other order, which would be another picture.
  void check_axes(const Axes& array) const {
    if (longer_than_one(array).size() < 2) return;
    const Axes sample = axes_of_sample(array, elements());
    Axes found = longer_than_one(sample),
         wanted = longer_than_one({shape.dim.begin(), shape.dim.begin() + shape.rank});
    const bool same = found == wanted;
    std::ranges::sort(found);
    std::ranges::sort(wanted);
    if (!sample.empty() && (same || found != wanted)) return;
    std::string text;
    for (const std::size_t axis : array) text += (text.empty() ? "" : "x") + std::to_string(axis);
    throw Error("'" + path + "' has the shape " + text + ", and " + subject + " takes " +
                host::shape_text(shape) + " a sample" +
                (sample.empty() ? "" : ": the same axes in another order; numpy.transpose puts them right"));
  }

  std::vector<std::byte> array(host::NpyArray array) const {
    check_count(array.size(), std::string(" of type ") + name_of(array.type));
    check_axes(array.shape);
    return is_own_type(array.type, storage) ? std::move(array.data) : as_stored(array.floats(), storage);
  }

  /// Of numbers alone, or with a line of names above them.
  std::vector<std::byte> table(std::span<const std::uint8_t> file) const {
    const std::string text(file.begin(), file.end());
    const std::size_t first = text.find_first_not_of(" \t\"");
    const bool named = first != std::string::npos &&
                       std::string_view("+-.0123456789").find(text[first]) == std::string_view::npos;
    const host::CsvTable table = host::read_csv(text, {.header = named}, path);
    check_count(table.values.size(), "");
    return as_stored(table.values, storage);
  }

  std::vector<std::byte> raw(std::span<const std::uint8_t> file, std::size_t sample_bytes) const {
    const auto bytes = std::as_bytes(file);
    std::vector<std::byte> stored(bytes.begin(), bytes.end());
    if (options.raw_floats) stored = as_stored(floats_in(bytes, path), storage);
    if (stored.empty() || stored.size() % sample_bytes != 0)
      refuse(grouped(bytes.size()) + " bytes",
             grouped(options.raw_floats ? sizeof(float) * elements() : sample_bytes) + " (" +
                 host::shape_text(shape) + " numbers of " +
                 (options.raw_floats ? "float32" : host::names_of(storage.type).text) + ")");
    return stored;
  }
};

}  // namespace

std::string input_text(const host::ImportedModel& model, int input) {
  const int value = model.graph->inputs[input];
  const auto& noted = model.values[static_cast<std::size_t>(value)];
  const std::string quantization = host::quantization_text(noted.quantization);
  return "input " + std::to_string(input) + (noted.name.empty() ? "" : ", '" + noted.name + "'") + ": " +
         host::shape_text(noted.shape) + ' ' + host::type_text(model, value) +
         (quantization.empty() ? "" : ", ") + quantization + ", " +
         grouped(host::bytes_of_value(model, value)) + " bytes a sample";
}

namespace {

/// Numbers of a value in the way that `storage` says, which may be another than its own.
InputSamples values_in(const std::filesystem::path& path, const host::ImportedModel& model, int value,
                       const std::string& what, const SampleOptions& options, const Storage& storage) {
  const Reading reading{path.string(), what + " of '" + model.name + "'", storage,
                        model.values[static_cast<std::size_t>(value)].shape, options};
  const auto sample_bytes = static_cast<std::size_t>(host::value_of(model, value).elements) *
                            static_cast<std::size_t>(bytes_of(storage.type, DType::f32));
  const std::vector<std::uint8_t> file = host::read_file(path);
  const std::string& name = model.values[static_cast<std::size_t>(value)].name;
  const std::string extension = path.extension().string();
  const auto samples = [&](std::vector<std::byte> bytes) {
    return InputSamples{std::move(bytes), sample_bytes};
  };
  if (extension == ".npy") return samples(reading.array(host::read_npy(file, reading.path)));
  if (extension == ".npz") return samples(reading.array(array_of(host::read_npz(file, reading.path), name)));
  if (extension == ".csv") return samples(reading.table(file));
  if (extension == ".wav")
    return samples(frames_of(host::read_wav(file, reading.path),
                             static_cast<std::size_t>(host::value_of(model, value).elements), options.hop,
                             reading.storage.type, reading.path));
  if (extension == ".png" || extension == ".jpg" || extension == ".jpeg") {
    std::string note;
    auto sample = picture_sample(file, reading.path, reading.shape, reading.storage, options.pixels, note);
    if (options.notes) options.notes->push_back(note);
    return samples(std::move(sample));
  }
  return samples(reading.raw(file, sample_bytes));
}

}  // namespace

InputSamples read_values(const std::filesystem::path& path, const host::ImportedModel& model, int value,
                         const std::string& what, const SampleOptions& options) {
  return values_in(path, model, value, what, options, storage_of(model, value));
}

std::vector<float> read_reals(const std::filesystem::path& path, const host::ImportedModel& model, int value,
                              const std::string& what, const SampleOptions& options) {
  const Storage own = storage_of(model, value);
  const std::string extension = path.extension().string();
  bool has_reals = extension == ".csv";
  if (extension == ".npy") has_reals = !is_own_type(host::load_npy(path).type, own);
  if (extension == ".npz") {
    const std::string& name = model.values[static_cast<std::size_t>(value)].name;
    has_reals = !is_own_type(array_of(host::load_npz(path), name).type, own);
  }
  const bool is_raw = extension != ".npy" && extension != ".npz" && extension != ".csv";
  const bool reads_reals = has_reals || (is_raw && options.raw_floats);
  const InputSamples read = values_in(path, model, value, what, options, reads_reals ? Storage{} : own);
  if (!reads_reals) return host::real_numbers(model, value, read.bytes);
  std::vector<float> numbers(read.bytes.size() / sizeof(float));
  if (!numbers.empty()) std::memcpy(numbers.data(), read.bytes.data(), read.bytes.size());
  return numbers;
}

std::vector<InputSamples> read_inputs(const std::vector<std::string>& paths, const host::ImportedModel& model,
                                      const SampleOptions& options) {
  const auto wanted = static_cast<std::size_t>(model.graph->inputs.count);
  if (paths.size() != wanted) {
    std::string text =
        "'" + model.name + "' takes " + std::to_string(wanted) + (wanted == 1 ? " input" : " inputs") +
        ": give a file for each, not " + std::to_string(paths.size()) +
        ": arrays (.npy, .npz), a table (.csv), a picture (.png, .jpg), a recording (.wav), or raw "
        "numbers one after the other";
    for (std::size_t k = 0; k < wanted; ++k) text += "\n  " + input_text(model, static_cast<int>(k));
    throw Error(text);
  }
  std::vector<InputSamples> inputs;
  for (std::size_t k = 0; k < wanted; ++k) {
    inputs.push_back(read_values(paths[k], model, model.graph->inputs[static_cast<int>(k)],
                                 "input " + std::to_string(k), options));
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

void write_results(const std::filesystem::path& path, std::span<const std::byte> bytes,
                   const Storage& storage, const Shape& shape, std::size_t count) {
  host::replace_file(path, [&](const host::ByteSink& write) {
    if (path.extension() == ".npy") {
      const std::string header = npy_header(storage, shape, count);
      if (!write(std::as_bytes(std::span(header)))) return false;
    }
    return write(bytes);
  });
}

}  // namespace etch::tool
