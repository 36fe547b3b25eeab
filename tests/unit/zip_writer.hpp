// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What a directory says instead of the truth.
struct ZipLies {
  std::uint32_t flags = 0;
  std::optional<std::uint32_t> method = std::nullopt, crc = std::nullopt, size = std::nullopt,
                               position = std::nullopt;
};

/// Writes zip archives for tests, right ones and ones whose directory lies.
class ZipWriter {
 public:
  using Bytes = std::vector<std::uint8_t>;

  void add(const std::string& name, const Bytes& contents, bool deflate, const ZipLies& lies = {}) {
    const Bytes packed = deflate ? deflated(contents) : contents;
    const auto crc =
        static_cast<std::uint32_t>(crc32(0, contents.data(), static_cast<uInt>(contents.size())));
    const auto position = static_cast<std::uint32_t>(archive_.size());
    const std::uint32_t method = deflate ? 8 : 0;
    put(archive_, {{0x04034b50, 4}, {20, 2}, {0, 2}, {method, 2}, {0, 4}, {crc, 4}});
    put(archive_, {{size_of(packed), 4}, {size_of(contents), 4}, {size_of(name), 2}, {0, 2}});
    archive_.insert(archive_.end(), name.begin(), name.end());
    archive_.insert(archive_.end(), packed.begin(), packed.end());
    put(directory_, {{0x02014b50, 4}, {20, 2}, {20, 2}, {lies.flags, 2}, {lies.method.value_or(method), 2}});
    put(directory_, {{0, 4}, {lies.crc.value_or(crc), 4}, {size_of(packed), 4}});
    put(directory_, {{lies.size.value_or(size_of(contents)), 4}, {size_of(name), 2}, {0, 2}, {0, 2}, {0, 2}});
    put(directory_, {{0, 2}, {0, 4}, {lies.position.value_or(position), 4}});
    directory_.insert(directory_.end(), name.begin(), name.end());
    ++members_;
  }

  Bytes finish() const {
    Bytes bytes = archive_;
    bytes.insert(bytes.end(), directory_.begin(), directory_.end());
    put(bytes, {{0x06054b50, 4}, {0, 2}, {0, 2}, {members_, 2}, {members_, 2}, {size_of(directory_), 4}});
    put(bytes, {{size_of(archive_), 4}, {0, 2}});
    return bytes;
  }

 private:
  struct Number {
    std::uint32_t value;
    int bytes;
  };

  template <class Sized>
  static std::uint32_t size_of(const Sized& sized) {
    return static_cast<std::uint32_t>(sized.size());
  }
  static void put(Bytes& to, std::initializer_list<Number> numbers) {
    for (const Number& n : numbers)
      for (int i = 0; i < n.bytes; ++i) to.push_back(static_cast<std::uint8_t>(n.value >> (8 * i)));
  }
  static Bytes deflated(const Bytes& contents) {
    Bytes packed(contents.size() + 1000);
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = const_cast<Bytef*>(contents.data());
    stream.avail_in = static_cast<uInt>(contents.size());
    stream.next_out = packed.data();
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
  }

  Bytes archive_, directory_;
  std::uint32_t members_ = 0;
};
