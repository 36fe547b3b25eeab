// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/model_formats.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

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

/// Names between commas, in lines of at most 100 characters.
std::string wrapped(const std::vector<std::string>& names) {
  constexpr std::size_t most = 100;
  std::string text, line = " ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string name = " " + names[i] + (i + 1 < names.size() ? "," : "");
    if (line.size() + name.size() > most) {
      text += line + "\n";
      line = " ";
    }
    line += name;
  }
  return text + line + "\n";
}

/// A line each: the name, and beside it the types.
std::string typed(const Format& format, const std::vector<std::string>& names) {
  std::size_t widest = 0;
  for (const std::string& name : names) widest = std::max(widest, name.size());
  std::string text;
  for (const std::string& name : names)
    text += "  " + name + std::string(widest + 2 - name.size(), ' ') + format.types_of(name) + "\n";
  return text;
}

/// Small letters without spaces.
std::string plain(std::string_view name) {
  std::string text;
  for (const char c : name)
    if (c != ' ') text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool is_called(const Format& format, const std::string& wanted) {
  const std::string asked = plain(wanted);
  return plain(format.name).starts_with(asked) || std::string_view(format.short_name).starts_with(asked);
}

}  // namespace

std::string operators_text(const std::string& wanted) {
  std::string text;
  for (const Format* format : formats) {
    if (!is_called(*format, wanted)) continue;
    text += text.empty() ? "" : "\n";
    if (!format->operators) {
      text += std::string(format->name) + ": everything that Etch writes\n";
      continue;
    }
    const auto names = format->operators();
    const std::string count = std::string(format->name) + ": " + std::to_string(names.size());
    text += format->types_of ? count + ", in the types beside them\n" + typed(*format, names)
                             : count + ", in " + format->types + "\n" + wrapped(names);
  }
  if (text.empty()) throw Error("'" + wanted + "' is no format that is read (" + names_of_formats() + ")");
  return text;
}

ImportedModel read_model(const std::filesystem::path& path, const ImportOptions& options) {
  const std::vector<std::uint8_t> file = read_file(path);
  return read_model(std::as_bytes(std::span(file)), path, options);
}

ImportedModel read_model(std::span<const std::byte> bytes, const std::filesystem::path& path,
                         const ImportOptions& options) {
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
