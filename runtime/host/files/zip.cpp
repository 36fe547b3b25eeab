// SPDX-License-Identifier: BSL-1.0
#include <zlib.h>

#include <algorithm>
#include <runtime/host/error.hpp>
#include <runtime/host/files/zip.hpp>
#include <runtime/host/quoted.hpp>
#include <set>

namespace etch::host {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint32_t end_signature = 0x06054b50, entry_signature = 0x02014b50,
                        local_signature = 0x04034b50;
constexpr std::size_t end_bytes = 22, entry_bytes = 46, local_bytes = 30;
constexpr std::size_t longest_comment = 0xffff;
constexpr std::uint32_t in_zip64 = 0xffffffff;

[[noreturn]] void refuse_zip(std::string_view name, const std::string& what) {
  throw Error(std::string(name) + " " + what + "; make or download the archive again");
}

std::uint32_t number(Bytes bytes, std::size_t at, std::size_t width) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value |= std::uint32_t{bytes[at + i]} << (8 * i);
  return value;
}

struct Directory {
  std::size_t position, bytes, count;
};

/// The record at the end of the archive, whose comment must reach to the last byte.
std::size_t find_end(Bytes bytes, std::string_view name) {
  if (bytes.size() < end_bytes) refuse_zip(name, "is too short for a zip archive");
  const std::size_t last = bytes.size() - end_bytes;
  for (std::size_t back = 0; back <= std::min(last, longest_comment); ++back) {
    const std::size_t at = last - back;
    if (number(bytes, at, 4) == end_signature && number(bytes, at + 20, 2) == back) return at;
  }
  refuse_zip(name, "is not a zip archive, or ends in the middle of one");
}

Directory find_directory(Bytes bytes, std::string_view name) {
  const std::size_t end = find_end(bytes, name);
  const std::size_t count = number(bytes, end + 10, 2), size = number(bytes, end + 12, 4),
                    position = number(bytes, end + 16, 4);
  if (number(bytes, end + 4, 4) != 0 || number(bytes, end + 8, 2) != count) {
    refuse_zip(name, "is a part of a zip archive in several files");
  }
  if (count == 0xffff || size == in_zip64 || position == in_zip64) {
    refuse_zip(name, "has more than 65,534 members or 4 GiB, which is not read");
  }
  if (position > end || size != end - position) refuse_zip(name, "has a directory that is not where it says");
  return {position, size, count};
}

void check_flags(std::uint32_t flags, std::uint32_t method, const std::string& member,
                 std::string_view name) {
  constexpr std::uint32_t encrypted = 1 | 1 << 6 | 1 << 13;
  if ((flags & encrypted) != 0)
    refuse_zip(name, "has the encrypted member " + member + ", which cannot be read");
  if (method != 0 && method != Z_DEFLATED) {
    refuse_zip(name, "has the member " + member + " packed by method " + std::to_string(method) +
                         ", known are stored and deflated");
  }
}

void check_sizes(const ZipMember& member, std::string_view name) {
  constexpr std::size_t best_ratio = 1032;  // of deflate: 258 bytes from 2 bits
  const std::string text = in_quotes(member.name);
  if (member.size == in_zip64 || member.packed == in_zip64 || member.position == in_zip64) {
    refuse_zip(name, "has the member " + text + " of more than 4 GiB, which is not read");
  }
  const bool possible =
      member.deflated ? member.size / best_ratio <= member.packed : member.size == member.packed;
  if (!possible) refuse_zip(name, "declares a size of " + text + " that its data cannot have");
}

ZipMember read_entry(Bytes entry, std::string_view name) {
  const std::size_t name_bytes = number(entry, 28, 2);
  ZipMember member;
  member.name.assign(reinterpret_cast<const char*>(entry.data()) + entry_bytes, name_bytes);
  check_flags(number(entry, 8, 2), number(entry, 10, 2), in_quotes(member.name), name);
  member.deflated = number(entry, 10, 2) != 0;
  member.crc = number(entry, 16, 4);
  member.packed = number(entry, 20, 4);
  member.size = number(entry, 24, 4);
  member.position = number(entry, 42, 4);
  check_sizes(member, name);
  return member;
}

/// The packed bytes of a member, behind a header of its own that must agree.
Bytes packed_bytes(Bytes bytes, const ZipMember& member, std::string_view name) {
  const std::string text = in_quotes(member.name);
  const auto damaged = [&] { refuse_zip(name, "is damaged at the member " + text); };
  if (bytes.size() < local_bytes || member.position > bytes.size() - local_bytes) damaged();
  const Bytes local = bytes.subspan(member.position);
  const std::size_t name_bytes = number(local, 26, 2),
                    start = local_bytes + name_bytes + number(local, 28, 2);
  if (number(local, 0, 4) != local_signature || start > local.size() ||
      member.packed > local.size() - start) {
    damaged();
  }
  const std::string_view local_name(reinterpret_cast<const char*>(local.data()) + local_bytes, name_bytes);
  const bool deflated = number(local, 8, 2) != 0;
  if (local_name != member.name || deflated != member.deflated) damaged();
  return local.subspan(start, member.packed);
}

std::vector<std::uint8_t> inflated(Bytes packed, const ZipMember& member, std::string_view name) {
  std::vector<std::uint8_t> contents(member.size + 1);  // one more, to see data that does not stop
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw Error("zlib cannot be initialized");
  stream.next_in = const_cast<Bytef*>(packed.data());  // zlib only reads it
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = contents.data();
  stream.avail_out = static_cast<uInt>(contents.size());
  const int status = inflate(&stream, Z_FINISH);
  const bool complete = status == Z_STREAM_END && stream.avail_in == 0 && stream.avail_out == 1;
  inflateEnd(&stream);
  if (!complete) refuse_zip(name, "holds damaged data in the member " + in_quotes(member.name));
  contents.resize(member.size);
  return contents;
}

}  // namespace

std::vector<ZipMember> list_zip(Bytes bytes, std::string_view name, std::size_t limit) {
  const Directory directory = find_directory(bytes, name);
  Bytes rest = bytes.subspan(directory.position, directory.bytes);
  std::vector<ZipMember> members;
  std::set<std::string> names;
  std::size_t total = 0;
  for (std::size_t i = 0; i < directory.count; ++i) {
    const bool complete = rest.size() >= entry_bytes && number(rest, 0, 4) == entry_signature;
    const std::size_t length =
        !complete ? 0 : entry_bytes + number(rest, 28, 2) + number(rest, 30, 2) + number(rest, 32, 2);
    if (!complete || length > rest.size()) refuse_zip(name, "has a damaged directory");
    members.push_back(read_entry(rest.first(length), name));
    if (!names.insert(members.back().name).second) {
      refuse_zip(name, "has the member " + in_quotes(members.back().name) + " twice");
    }
    total += members.back().size;
    rest = rest.subspan(length);
  }
  if (!rest.empty()) refuse_zip(name, "has a damaged directory");
  if (total > limit) {
    refuse_zip(name, "holds " + std::to_string(total) + " bytes, more than the " + std::to_string(limit) +
                         " allowed");
  }
  return members;
}

std::vector<std::uint8_t> read_zip(Bytes bytes, const ZipMember& member, std::string_view name) {
  const Bytes packed = packed_bytes(bytes, member, name);
  std::vector<std::uint8_t> contents = member.deflated
                                           ? inflated(packed, member, name)
                                           : std::vector<std::uint8_t>(packed.begin(), packed.end());
  const auto crc = ::crc32(::crc32(0, nullptr, 0), contents.data(), static_cast<uInt>(contents.size()));
  if (crc != member.crc) refuse_zip(name, "holds another checksum for the member " + in_quotes(member.name));
  return contents;
}

}  // namespace etch::host
