// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/data/picture.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <cmath>
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <string>

#ifdef ETCH_HAS_PNG
#include <png.h>
#endif
#ifdef ETCH_HAS_JPEG
#include <jpeglib.h>
#endif

namespace etch::host {

namespace {

constexpr std::int64_t most_pixels = 100'000'000;
constexpr unsigned char png_start[]{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr unsigned char jpeg_start[]{0xff, 0xd8, 0xff};

template <std::size_t N>
bool begins(std::span<const std::uint8_t> bytes, const unsigned char (&start)[N]) {
  return bytes.size() >= N && std::equal(std::begin(start), std::end(start), bytes.begin());
}

[[noreturn]] void refuse(std::string_view name, const std::string& why) {
  throw Error("'" + std::string(name) + "' " + why);
}

[[maybe_unused]] void check_size(std::int64_t rows, std::int64_t columns, std::string_view name) {
  if (rows < 1 || columns < 1 || rows * columns > most_pixels)
    refuse(name, "is a picture of " + std::to_string(columns) + " x " + std::to_string(rows) +
                     " pixels: 1 to 100,000,000 are read");
}

Picture read_png(std::span<const std::uint8_t> bytes, int channels, std::string_view name) {
#ifdef ETCH_HAS_PNG
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0)
    refuse(name, std::string("is no PNG file that can be read: ") + image.message);
  struct Free {
    png_image* image;
    ~Free() { png_image_free(image); }
  } const free{&image};
  check_size(image.height, image.width, name);
  image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  Picture picture{static_cast<int>(image.height), static_cast<int>(image.width), channels, {}};
  picture.pixels.resize(PNG_IMAGE_SIZE(image));
  const png_color black{0, 0, 0};
  if (png_image_finish_read(&image, &black, picture.pixels.data(), 0, nullptr) == 0)
    refuse(name, std::string("is a damaged PNG file: ") + image.message);
  return picture;
#else
  (void)bytes, (void)channels;
  refuse(name, "is a PNG file, and this build of Etch is without libpng");
#endif
}

#ifdef ETCH_HAS_JPEG
/// libjpeg leaves by longjmp: nothing that has a destructor may live where it is called.
struct JpegErrors {
  jpeg_error_mgr manager{};
  std::jmp_buf leave{};
  char message[JMSG_LENGTH_MAX]{};
};

void leave(j_common_ptr info) {
  auto* const errors = reinterpret_cast<JpegErrors*>(info->err);
  info->err->format_message(info, errors->message);
  std::longjmp(errors->leave, 1);
}
void say_nothing(j_common_ptr, int) {}

/// The header, and with `pixels` all rows. False where the file is damaged.
bool decode(jpeg_decompress_struct& info, JpegErrors& errors, std::span<const std::uint8_t> bytes,
            int channels, std::uint8_t* pixels) {
  info.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = leave;
  errors.manager.emit_message = say_nothing;
  if (setjmp(errors.leave) != 0) {
    jpeg_destroy_decompress(&info);
    return false;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, bytes.data(), bytes.size());
  jpeg_read_header(&info, TRUE);
  if (pixels) {
    info.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(&info);
    while (info.output_scanline < info.output_height) {
      JSAMPROW row = pixels + static_cast<std::size_t>(info.output_scanline) * info.output_width *
                                  static_cast<unsigned>(info.output_components);
      jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
  }
  jpeg_destroy_decompress(&info);
  return true;
}
#endif

Picture read_jpeg(std::span<const std::uint8_t> bytes, int channels, std::string_view name) {
#ifdef ETCH_HAS_JPEG
  jpeg_decompress_struct info{};
  JpegErrors errors;
  if (!decode(info, errors, bytes, channels, nullptr))
    refuse(name, std::string("is no JPEG file that can be read: ") + errors.message);
  check_size(info.image_height, info.image_width, name);
  Picture picture{static_cast<int>(info.image_height), static_cast<int>(info.image_width), channels, {}};
  picture.pixels.resize(static_cast<std::size_t>(picture.rows) * static_cast<std::size_t>(picture.columns) *
                        static_cast<std::size_t>(channels));
  if (!decode(info, errors, bytes, channels, picture.pixels.data()))
    refuse(name, std::string("is a damaged JPEG file: ") + errors.message);
  return picture;
#else
  (void)bytes, (void)channels;
  refuse(name, "is a JPEG file, and this build of Etch is without libjpeg");
#endif
}

/// Which pixels of a line make one of the resized line, and with which shares.
struct Taps {
  int first = 0;
  std::vector<double> shares;
};

/// \param from, to lengths of the lines.
std::vector<Taps> taps_of(int from, int to) {
  std::vector<Taps> all;
  const double step = static_cast<double>(from) / to, reach = std::max(step, 1.0);
  for (int i = 0; i < to; ++i) {
    const double middle = (i + 0.5) * step;
    const int first = std::max(0, static_cast<int>(std::floor(middle - reach))),
              last = std::min(from - 1, static_cast<int>(std::ceil(middle + reach)) - 1);
    Taps taps{first, {}};
    double sum = 0;
    for (int k = first; k <= last; ++k) {
      const double far = std::abs(k + 0.5 - middle);
      // Enlarged, the shares of neighbours fall to nothing over one pixel; reduced, what the area covers.
      const double share = step > 1 ? std::clamp(step / 2 + 0.5 - far, 0.0, 1.0) : std::max(0.0, 1 - far);
      taps.shares.push_back(share);
      sum += share;
    }
    for (double& share : taps.shares) share /= sum;
    all.push_back(std::move(taps));
  }
  return all;
}

}  // namespace

bool is_picture(std::span<const std::uint8_t> bytes) {
  return begins(bytes, png_start) || begins(bytes, jpeg_start);
}

Picture read_picture(std::span<const std::uint8_t> bytes, int channels, std::string_view name) {
  if (channels != 1 && channels != 3) throw Error("pictures have 1 or 3 channels");
  if (begins(bytes, png_start)) return read_png(bytes, channels, name);
  if (begins(bytes, jpeg_start)) return read_jpeg(bytes, channels, name);
  refuse(name, "is no PNG or JPEG file");
}

Picture resized(const Picture& picture, int rows, int columns) {
  if (rows == picture.rows && columns == picture.columns) return picture;
  const std::vector<Taps> down = taps_of(picture.rows, rows), across = taps_of(picture.columns, columns);
  const auto channels = static_cast<std::size_t>(picture.channels);
  Picture result{rows, columns, picture.channels, {}};
  for (const Taps& y : down)
    for (const Taps& x : across)
      for (std::size_t c = 0; c < channels; ++c) {
        double sum = 0;
        for (std::size_t j = 0; j < y.shares.size(); ++j)
          for (std::size_t i = 0; i < x.shares.size(); ++i) {
            const std::size_t at =
                (static_cast<std::size_t>(y.first) + j) * static_cast<std::size_t>(picture.columns) +
                static_cast<std::size_t>(x.first) + i;
            sum += y.shares[j] * x.shares[i] * picture.pixels[at * channels + c];
          }
        result.pixels.push_back(static_cast<std::uint8_t>(std::clamp(std::lround(sum), 0L, 255L)));
      }
  return result;
}

std::string_view missing_picture_libraries() {
#if defined(ETCH_HAS_PNG) && defined(ETCH_HAS_JPEG)
  return "";
#elif defined(ETCH_HAS_PNG)
  return "without libjpeg, which pictures in JPEG need";
#elif defined(ETCH_HAS_JPEG)
  return "without libpng, which pictures in PNG need";
#else
  return "without libpng and libjpeg, which pictures need";
#endif
}

}  // namespace etch::host
