// SPDX-License-Identifier: BSL-1.0
#include <codegen/report/model_text.hpp>
#include <codegen/report/text_table.hpp>
#include <codegen/tool/pictures.hpp>
#include <runtime/host/data/picture.hpp>
#include <runtime/host/error.hpp>

#include <charconv>
#include <cmath>

namespace etch::tool {

namespace {

/// All that an input of int8 can hold.
PixelRange range_of(const Storage& storage) {
  const double lowest = storage.is_unsigned ? 0 : -128,
               scale = static_cast<double>(storage.quantization.scale);
  const auto real = [&](double stored) {
    return static_cast<float>(scale * (stored - storage.quantization.zero_point));
  };
  return {real(lowest), real(lowest + 255)};
}

std::string range_text(const PixelRange& range) {
  return host::short_number(static_cast<double>(range.darkest)) + " to " +
         host::short_number(static_cast<double>(range.brightest));
}

}  // namespace

PixelRange pixel_range(const std::string& text) {
  const std::size_t dots = text.find("..");
  PixelRange range;
  const auto read = [](const char* from, const char* to, float& number) {
    const auto found = std::from_chars(from, to, number);
    return found.ec == std::errc() && found.ptr == to && std::isfinite(number);
  };
  const char *const begin = text.data(), *const end = begin + text.size();
  if (dots == std::string::npos || !read(begin, begin + dots, range.darkest) ||
      !read(begin + dots + 2, end, range.brightest) || range.darkest == range.brightest)
    throw Error("--pixels takes what black and white become, such as 0..1, -1..1 or 0..255, not '" + text +
                "'");
  return range;
}

std::vector<std::byte> picture_sample(std::span<const std::uint8_t> file, const std::string& name,
                                      const Shape& shape, const Storage& storage,
                                      const std::optional<PixelRange>& range, std::string& note) {
  const int channels = shape.rank == 3 ? shape[2] : shape.rank == 2 ? 1 : 0;
  if (channels != 1 && channels != 3)
    throw Error("'" + name + "' is a picture, for inputs of rows x columns x 1 or 3 channels: this one is " +
                host::shape_text(shape));
  const bool is_byte = storage.type == ElementType::i8 && storage.quantization.scale != 0;
  if (!range && !is_byte)
    throw Error("'" + name +
                "' is a picture, and the model does not say what its pixels become: say it, by " +
                "--pixels 0..1, -1..1 or 0..255");
  const host::Picture read = host::read_picture(file, channels, name);
  const host::Picture picture = host::resized(read, shape[0], shape[1]);
  const PixelRange to = range ? *range : range_of(storage);
  std::vector<float> real;
  for (const std::uint8_t pixel : picture.pixels)
    real.push_back(to.darkest + (to.brightest - to.darkest) * static_cast<float>(pixel) / 255);
  note = "'" + name + "': " + std::to_string(read.columns) + " x " + std::to_string(read.rows) + " pixels";
  if (read.rows != picture.rows || read.columns != picture.columns)
    note += ", stretched to " + std::to_string(picture.columns) + " x " + std::to_string(picture.rows);
  note += ", from black to white " + range_text(to) + (range ? "" : ", as the model's input has them");
  return as_stored(real, storage);
}

}  // namespace etch::tool
