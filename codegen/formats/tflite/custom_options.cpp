// SPDX-License-Identifier: BSL-1.0
// FlexBuffers (https://flatbuffers.dev/flatbuffers_internals.html): a value is told by its width in bytes and
// a packed type, and the root's stand at the end. Offsets count back from where they stand.
#include <codegen/formats/tflite/custom_options.hpp>

#include <string_view>

namespace etch::host::tflite {

namespace {

constexpr unsigned kind_int = 1, kind_uint = 2, kind_indirect_int = 6, kind_indirect_uint = 7, kind_map = 9,
                   kind_bool = 26;

/// Numbers by their place, which can be any: what does not lie within the bytes is not there.
class FlexReader {
 public:
  explicit FlexReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::optional<std::uint64_t> number(std::uint64_t at, std::uint64_t width) const {
    if (width != 1 && width != 2 && width != 4 && width != 8) return {};
    if (at > bytes_.size() || width > bytes_.size() - at) return {};
    std::uint64_t value = 0;
    for (std::uint64_t i = width; i-- > 0;)
      value = value << 8 | std::to_integer<std::uint64_t>(bytes_[at + i]);
    return value;
  }
  /// The same with a sign.
  std::optional<std::int64_t> signed_number(std::uint64_t at, std::uint64_t width) const {
    const auto value = number(at, width);
    if (!value) return {};
    const std::uint64_t unused = 64 - 8 * width;
    return static_cast<std::int64_t>(*value << unused) >> unused;
  }
  /// The place that the offset at a place leads to.
  std::optional<std::uint64_t> followed(std::uint64_t at, std::uint64_t width) const {
    const auto offset = number(at, width);
    return offset && *offset <= at ? std::optional(at - *offset) : std::nullopt;
  }
  bool is_text(std::uint64_t at, std::string_view text) const {
    if (at > bytes_.size() || text.size() >= bytes_.size() - at) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
      if (std::to_integer<char>(bytes_[at + i]) != text[i]) return false;
    return bytes_[at + text.size()] == std::byte{0};
  }
  std::uint64_t size() const { return bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
};

/// A number or flag that stands at a place of a map, or where the offset there leads.
std::optional<std::int64_t> integer(const FlexReader& in, std::uint64_t at, std::uint64_t width,
                                    unsigned packed) {
  const unsigned kind = packed >> 2;
  if (kind == kind_indirect_int || kind == kind_indirect_uint) {
    const auto place = in.followed(at, width);
    return place ? integer(in, *place, std::uint64_t{1} << (packed & 3),
                           (kind == kind_indirect_int ? kind_int : kind_uint) << 2)
                 : std::nullopt;
  }
  if (kind == kind_int) return in.signed_number(at, width);
  if (kind != kind_uint && kind != kind_bool) return {};
  const auto value = in.number(at, width);
  return value && *value <= INT64_MAX ? std::optional(static_cast<std::int64_t>(*value)) : std::nullopt;
}

/// Where the root of the bytes, a map, begins, and the width of what it holds.
struct Map {
  std::uint64_t at = 0, width = 1, count = 0, keys = 0, key_width = 1;
};

std::optional<Map> root_map(const FlexReader& in) {
  if (in.size() < 3) return {};
  const std::uint64_t root_width = *in.number(in.size() - 1, 1), packed = *in.number(in.size() - 2, 1);
  if (packed >> 2 != kind_map || root_width > in.size() - 2) return {};
  const auto at = in.followed(in.size() - 2 - root_width, root_width);
  Map map{at.value_or(0), std::uint64_t{1} << (packed & 3)};
  if (map.at < 3 * map.width) return {};
  const auto count = in.number(map.at - map.width, map.width),
             key_width = in.number(map.at - 2 * map.width, map.width),
             keys = in.followed(map.at - 3 * map.width, map.width);
  if (!count || !key_width || !keys || *count > in.size()) return {};
  map.count = *count;
  map.keys = *keys;
  map.key_width = *key_width;
  return map;
}

}  // namespace

std::optional<std::int32_t> custom_option(std::span<const std::byte> bytes, const std::string& name) {
  const FlexReader in(bytes);
  const auto map = root_map(in);
  for (std::uint64_t i = 0; map && i < map->count; ++i) {
    const auto key = in.followed(map->keys + i * map->key_width, map->key_width);
    if (!key || !in.is_text(*key, name)) continue;
    const auto packed = in.number(map->at + map->count * map->width + i, 1);
    if (!packed) return {};
    const auto value = integer(in, map->at + i * map->width, map->width, static_cast<unsigned>(*packed));
    if (!value || *value < INT32_MIN || *value > INT32_MAX) return {};
    return static_cast<std::int32_t>(*value);
  }
  return {};
}

}  // namespace etch::host::tflite
