// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/model_formats.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>

#include <array>

namespace etch::host {

// Each format is defined in its folder, and named in these two lines.
extern const Format tflite_format, declared_format, keras_format, onnx_format, rtneural_format;

namespace {

/// In the order in which they are tried.
constexpr std::array formats{&tflite_format, &declared_format, &keras_format, &onnx_format, &rtneural_format};

std::string names_of_formats() {
  std::string names;
  for (const Format* format : formats) names += (names.empty() ? "" : ", ") + std::string(format->name);
  return names;
}

/// The format that recognises a file, or null.
const Format* format_of(std::span<const std::byte> file) {
  for (const Format* format : formats)
    if (format->recognises(file)) return format;
  return nullptr;
}

}  // namespace

ImportedModel read_model(const std::filesystem::path& path, const ImportOptions& options) {
  const std::vector<std::uint8_t> file = read_file(path);
  const auto bytes = std::as_bytes(std::span(file));
  const Format* format = format_of(bytes);
  if (!format)
    throw Error("'" + path.string() + "' is not a model that is read (" + names_of_formats() + ")");
  if (!options.shapes.empty() && !format->read_with)
    throw Error("'" + path.string() + "' says itself which shape its inputs have: leave --shape out");
  const bool declared = options.declared && format->read_declared;
  ImportedModel model = declared            ? format->read_declared(bytes, path.string(), options)
                        : format->read_with ? format->read_with(bytes, path.string(), options)
                                            : format->read(bytes, path.string());
  model.name = path.stem().string();
  return model;
}

std::string formats_text() {
  std::string text = "reads " + names_of_formats();
  for (const Format* format : formats) {
    const std::string missing = format->missing ? format->missing() : "";
    if (!missing.empty()) text += "\nwithout " + missing + ", which files of " + format->name + " need";
  }
  return text;
}

}  // namespace etch::host
