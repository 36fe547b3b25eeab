// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <zlib.h>

#include <tests/fuzz/mutation.hpp>

namespace etch::fuzz {

inline bool is_gzip(std::span<const std::uint8_t> file) {
  return file.size() > 1 && file[0] == 0x1f && file[1] == 0x8b;
}

/// The bytes as a gzip file of one member.
inline Bytes gzipped(std::span<const std::uint8_t> contents) {
  Bytes packed(contents.size() + 200);
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = const_cast<Bytef*>(contents.data());  // zlib only reads it
  stream.avail_in = static_cast<uInt>(contents.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

/// The same in two members.
inline Bytes gzipped_twice(std::span<const std::uint8_t> contents) {
  const std::size_t half = contents.size() / 2;
  Bytes packed = gzipped(contents.first(half));
  const Bytes rest = gzipped(contents.subspan(half));
  packed.insert(packed.end(), rest.begin(), rest.end());
  return packed;
}

}  // namespace etch::fuzz
