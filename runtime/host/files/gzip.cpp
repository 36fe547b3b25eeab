// SPDX-License-Identifier: BSL-1.0
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>
#include <string>
#include <system_error>

namespace etch::host {
namespace {

[[noreturn]] void refuse_gzip(std::string_view name, const std::string& what) {
  throw Error(std::string(name) + " " + what + "; delete it and get it again");
}

// zlib counts input in 32 bits.
constexpr std::size_t max_input = std::size_t{1} << 30;

class Inflater {
 public:
  Inflater(std::span<const std::uint8_t> bytes, std::string_view name) : rest_(bytes), name_(name) {
    constexpr int only_gzip = 16;
    if (inflateInit2(&stream_, MAX_WBITS + only_gzip) != Z_OK) throw Error("zlib cannot be initialized");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// The next bytes, in `buffer`; none at the end of the data.
  std::span<const std::uint8_t> next(std::span<std::uint8_t> buffer) {
    stream_.next_out = buffer.data();
    stream_.avail_out = static_cast<uInt>(buffer.size());
    while (stream_.avail_out != 0 && !done_) step();
    return buffer.first(buffer.size() - stream_.avail_out);
  }

 private:
  void step() {
    const std::size_t given = std::min(rest_.size(), max_input);
    stream_.next_in = const_cast<Bytef*>(rest_.data());  // zlib only reads it
    stream_.avail_in = static_cast<uInt>(given);
    const int status = inflate(&stream_, Z_NO_FLUSH);
    rest_ = rest_.subspan(given - stream_.avail_in);
    if (status == Z_STREAM_END) {
      finish_member();
    } else if (status == Z_BUF_ERROR || (status == Z_OK && rest_.empty() && stream_.avail_out != 0)) {
      refuse_gzip(name_, "ends in the middle of its gzip data");
    } else if (status == Z_MEM_ERROR) {
      throw Error("there is not enough memory to decompress " + std::string(name_));
    } else if (status != Z_OK) {
      refuse_gzip(name_, reason());
    }
  }

  void finish_member() {
    members_ += 1;
    done_ = rest_.empty();
    if (!done_) inflateReset(&stream_);
  }

  std::string reason() const {
    const std::string detail = stream_.msg != nullptr ? stream_.msg : "no detail";
    if (members_ > 0) return "holds something else after its gzip data (" + detail + ")";
    return "is not valid gzip data (" + detail + ")";
  }

  z_stream stream_{};
  std::span<const std::uint8_t> rest_;
  std::string_view name_;
  int members_ = 0;
  bool done_ = false;
};

}  // namespace

std::vector<std::uint8_t> read_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw Error(path.string() + " is a folder where a file should be; remove or rename it");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw Error("cannot open " + path.string() + " (" + std::generic_category().message(errno) +
                "); check its path and permissions");
  }
  std::vector<std::uint8_t> bytes;
  std::array<char, 65536> buffer;
  while (file) {
    file.read(buffer.data(), buffer.size());
    bytes.insert(bytes.end(), buffer.data(), buffer.data() + file.gcount());
  }
  if (file.bad()) throw Error("cannot read " + path.string() + " to its end; check the disk");
  return bytes;
}

std::vector<std::uint8_t> gunzip(std::span<const std::uint8_t> bytes, std::string_view name,
                                 std::size_t limit) {
  Inflater inflater(bytes, name);
  std::vector<std::uint8_t> result;
  std::array<std::uint8_t, 65536> buffer;
  for (auto part = inflater.next(buffer); !part.empty(); part = inflater.next(buffer)) {
    if (part.size() > limit - result.size()) {
      refuse_gzip(name, "holds more than the " + std::to_string(limit) + " bytes allowed");
    }
    result.insert(result.end(), part.begin(), part.end());
  }
  return result;
}

}  // namespace etch::host
