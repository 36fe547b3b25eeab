// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

/// Writes tensors in the safetensors format, on a device too: no heap, no stdio, no exceptions, 64 bytes of
/// buffer. `<runtime/host/files/safetensors.hpp>` reads what this writes.
namespace etch {

static_assert(std::endian::native == std::endian::little, "safetensors holds little-endian numbers");

/// A tensor to write. `data` must hold exactly the product of `shape` times the size of `dtype`: this is not
/// checked here (it would cost flash), but the reader refuses a file that breaks it.
struct TensorEntry {
  std::string_view name;  ///< UTF-8
  const char* dtype;      ///< "F32", "I32", "I8" or "I64"
  std::span<const int> shape;
  std::span<const std::byte> data;
};

struct MetadataEntry {
  std::string_view key, value;  ///< UTF-8
};

/// The metadata key of the checksum of all tensor data, as 8 hexadecimal digits.
inline constexpr std::string_view safetensors_crc32_key = "etch.crc32";

namespace detail {

constexpr std::uint32_t crc32_shift(std::uint32_t crc, int bits) {
  for (int i = 0; i < bits; ++i) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0U);
  return crc;
}

// One entry for each nibble: 64 bytes of flash, a quarter of the time of a loop over bits.
inline constexpr std::array<std::uint32_t, 16> crc32_nibbles = [] {
  std::array<std::uint32_t, 16> table{};
  for (std::uint32_t i = 0; i < 16; ++i) table[i] = crc32_shift(i, 4);
  return table;
}();

}  // namespace detail

/// The CRC-32 of zlib, PNG and Python's `zlib.crc32`. `previous` is the result for the bytes before `data`.
constexpr std::uint32_t crc32(std::span<const std::byte> data, std::uint32_t previous = 0) {
  std::uint32_t crc = ~previous;
  for (const std::byte byte : data) {
    crc ^= std::to_integer<std::uint32_t>(byte);
    crc = (crc >> 4) ^ detail::crc32_nibbles[crc & 15];
    crc = (crc >> 4) ^ detail::crc32_nibbles[crc & 15];
  }
  return ~crc;
}

/// `value` as 8 hexadecimal digits, as `etch.crc32` holds it.
constexpr std::array<char, 8> hex_digits(std::uint32_t value) {
  std::array<char, 8> digits{};
  for (std::size_t i = 0; i < 8; ++i) digits[i] = "0123456789abcdef"[(value >> (28 - 4 * i)) & 15];
  return digits;
}

namespace detail {

/// Text on its way to a sink. Without a sink it only counts, so that one body of code serves both passes.
template <class Sink>
class SafetensorsText {
 public:
  explicit SafetensorsText(Sink* sink) : sink_(sink) {}

  std::size_t size() const { return size_; }

  void put(char c) {
    ++size_;
    if (sink_ == nullptr) return;
    buffer_[used_++] = static_cast<std::byte>(c);
    if (used_ == buffer_.size()) flush();
  }

  void put(const char* text) {
    while (*text != '\0') put(*text++);
  }

  void put_number(std::size_t value) {
    std::array<char, 20> digits;
    std::size_t first = digits.size();
    do {
      digits[--first] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    while (first < digits.size()) put(digits[first++]);
  }

  void put_string(std::string_view text) {
    put('"');
    for (const char c : text) put_escaped(c);
    put('"');
  }

  /// Hands over what is left; false if the sink refused anything until now.
  bool flush() {
    if (used_ != 0) ok_ = ok_ && (*sink_)(std::span<const std::byte>(buffer_.data(), used_));
    used_ = 0;
    return ok_;
  }

 private:
  void put_escaped(char c) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') put('\\');
    if (code >= 0x20) return put(c);
    put("\\u00");
    put(code < 0x10 ? '0' : '1');
    put("0123456789abcdef"[code & 15]);
  }

  Sink* sink_;
  std::size_t size_ = 0;
  std::size_t used_ = 0;
  bool ok_ = true;
  std::array<std::byte, 64> buffer_;
};

template <class Text>
void put_metadata(Text& text, std::span<const MetadataEntry> metadata, std::uint32_t crc) {
  text.put("{\"__metadata__\":{");
  text.put_string(safetensors_crc32_key);
  text.put(':');
  const std::array<char, 8> digits = hex_digits(crc);
  text.put_string({digits.data(), digits.size()});
  for (const MetadataEntry& entry : metadata) {
    text.put(',');
    text.put_string(entry.key);
    text.put(':');
    text.put_string(entry.value);
  }
  text.put('}');
}

template <class Text>
void put_tensor(Text& text, const TensorEntry& tensor, std::size_t begin) {
  text.put(',');
  text.put_string(tensor.name);
  text.put(":{\"dtype\":\"");
  text.put(tensor.dtype);
  text.put("\",\"shape\":[");
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    if (i != 0) text.put(',');
    text.put_number(static_cast<std::size_t>(tensor.shape[i]));
  }
  text.put("],\"data_offsets\":[");
  text.put_number(begin);
  text.put(',');
  text.put_number(begin + tensor.data.size());
  text.put("]}");
}

template <class Text, class Tensors>
void put_header(Text& text, const Tensors& tensors, std::span<const MetadataEntry> metadata,
                std::uint32_t crc) {
  put_metadata(text, metadata, crc);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const TensorEntry& tensor = tensors[i];
    put_tensor(text, tensor, begin);
    begin += tensor.data.size();
  }
  text.put('}');
}

}  // namespace detail

/// Writes one safetensors file to `sink`, a callable `bool(std::span<const std::byte>)`; false as soon as the
/// sink returns false.
///
/// `tensors` has `size()` and `operator[]`, which gives a `TensorEntry` or a reference to one: a span, an
/// array, or an object that makes each entry when asked, so that a device stores none. It is read twice,
/// and the data must not change meanwhile. The data follow each other without a gap, in the order given: put
/// wide types before narrow ones if others are to map the file. `metadata` gets `etch.crc32` in front.
template <class Sink, class Tensors>
bool write_safetensors(Sink&& sink, const Tensors& tensors, std::span<const MetadataEntry> metadata = {}) {
  std::uint32_t crc = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const TensorEntry& tensor = tensors[i];
    crc = crc32(tensor.data, crc);
  }
  using Text = detail::SafetensorsText<std::remove_reference_t<Sink>>;
  Text counter(nullptr);
  detail::put_header(counter, tensors, metadata, crc);
  const std::size_t header_size = (counter.size() + 7) / 8 * 8;

  Text text(&sink);
  for (int i = 0; i < 8; ++i) text.put(static_cast<char>(std::uint64_t{header_size} >> (8 * i) & 255));
  detail::put_header(text, tensors, metadata, crc);
  while (text.size() < 8 + header_size) text.put(' ');
  if (!text.flush()) return false;

  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const TensorEntry& tensor = tensors[i];
    if (!tensor.data.empty() && !sink(tensor.data)) return false;
  }
  return true;
}

}  // namespace etch
