// SPDX-License-Identifier: BSL-1.0
#include <zlib.h>

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <runtime/host/data/idx.hpp>
#include <runtime/host/files/gzip.hpp>
#include <runtime/host/files/sha256.hpp>
#include <string>
#include <tests/unit/error_of.hpp>
#include <vector>

namespace {

using Bytes = std::vector<std::uint8_t>;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using etch::host::gunzip;
using etch::host::read_idx;

std::string idx_error(const Bytes& bytes) {
  return error_of([&] { read_idx(bytes, "digits.idx"); });
}

std::string gunzip_error(const Bytes& bytes) {
  return error_of([&] { gunzip(bytes, "digits.gz"); });
}

Bytes gzip(const Bytes& bytes) {
  Bytes result(bytes.size() + 1000);
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  stream.next_in = const_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = result.data();
  stream.avail_out = static_cast<uInt>(result.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

/// More than the buffers of the reader hold, and hardly compressible.
Bytes long_data() {
  Bytes bytes;
  std::uint32_t state = 1;
  for (int i = 0; i < 300'000; ++i) {
    state = state * 1664525 + 1013904223;
    bytes.push_back(static_cast<std::uint8_t>(state >> 28));
  }
  return bytes;
}

const Bytes two_by_three{0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 20, 30, 40, 50, 255};

}  // namespace

TEST_CASE("an IDX file gives its shape and data", "[idx]") {
  const auto matrix = read_idx(two_by_three, "digits.idx");
  CHECK(matrix.shape == std::vector<int>{2, 3});
  CHECK(matrix.data == Bytes{10, 20, 30, 40, 50, 255});

  const auto vector = read_idx(Bytes{0, 0, 8, 1, 0, 0, 0, 1, 7}, "digits.idx");
  CHECK(vector.shape == std::vector<int>{1});
  CHECK(vector.data == Bytes{7});
}

TEST_CASE("the sizes of an IDX file are big-endian", "[idx]") {
  Bytes bytes{0, 0, 8, 1, 0, 1, 2, 3};
  bytes.resize(8 + 0x010203, 9);
  CHECK(read_idx(bytes, "digits.idx").shape == std::vector<int>{0x010203});
}

TEST_CASE("an IDX file with a wrong header is refused", "[idx]") {
  CHECK_THAT(idx_error({}), StartsWith("digits.idx is too short"));
  CHECK_THAT(idx_error({0, 0, 8}), StartsWith("digits.idx is too short"));
  CHECK_THAT(idx_error({1, 0, 8, 1, 0, 0, 0, 1, 7}), Contains("is not an IDX file"));
  CHECK_THAT(idx_error({0, 1, 8, 1, 0, 0, 0, 1, 7}), Contains("is not an IDX file"));
  CHECK_THAT(idx_error({0, 0, 0x0d, 1, 0, 0, 0, 1, 0, 0, 0, 0}), Contains("holds floats"));
  CHECK_THAT(idx_error({0, 0, 7, 1, 0, 0, 0, 1, 7}), Contains("an unknown type (7)"));
  CHECK_THAT(idx_error({0, 0, 8, 0, 7}), Contains("without dimensions"));
  CHECK_THAT(idx_error({0, 0, 8, 1, 0, 0, 0, 0}), Contains("empty dimension"));
  CHECK_THAT(idx_error({0, 0, 8, 1, 0x80, 0, 0, 0, 7}), Contains("2147483648, more than an int holds"));
}

TEST_CASE("an IDX file is refused at every length but its own", "[idx]") {
  for (std::size_t size = 0; size < two_by_three.size(); ++size) {
    CAPTURE(size);
    const auto end = two_by_three.begin() + static_cast<std::ptrdiff_t>(size);
    CHECK_THAT(idx_error({two_by_three.begin(), end}), StartsWith("digits.idx"));
  }
  Bytes longer = two_by_three;
  longer.push_back(0);
  CHECK_THAT(idx_error(longer), Contains("has 1 bytes too many (its shape 2x3 needs 6)"));
  longer.resize(longer.size() - 2);
  CHECK_THAT(idx_error(longer), Contains("is truncated") && Contains("2x3") && Contains("the 5 bytes"));
}

TEST_CASE("IDX sizes whose product overflows are refused", "[idx]") {
  // 65536^4 is 2^64: a product of 64 bits would be 0.
  Bytes bytes{0, 0, 8, 4};
  for (int i = 0; i < 4; ++i) bytes.insert(bytes.end(), {0, 1, 0, 0});
  CHECK_THAT(idx_error(bytes), Contains("is truncated"));
  bytes.push_back(1);
  CHECK_THAT(idx_error(bytes), Contains("is truncated"));
}

TEST_CASE("gunzip restores what was compressed", "[gzip]") {
  const Bytes data = long_data();
  CHECK(gunzip(gzip(data), "digits.gz") == data);
  CHECK(gunzip(gzip({}), "digits.gz").empty());
}

TEST_CASE("gunzip joins the members of a file", "[gzip]") {
  Bytes members = gzip({1, 2, 3});
  const Bytes second = gzip({4, 5});
  members.insert(members.end(), second.begin(), second.end());
  CHECK(gunzip(members, "digits.gz") == Bytes{1, 2, 3, 4, 5});
}

TEST_CASE("gunzip refuses truncated data, wherever it ends", "[gzip]") {
  const Bytes whole = gzip({1, 2, 3, 4, 5, 6, 7, 8});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK_THAT(gunzip_error(part), StartsWith("digits.gz ends in the middle"));
  }
  Bytes large = gzip(long_data());
  large.resize(large.size() / 2);
  CHECK_THAT(gunzip_error(large), StartsWith("digits.gz ends in the middle"));
}

TEST_CASE("gunzip refuses corrupt data", "[gzip]") {
  Bytes bytes = gzip(long_data());
  SECTION("another format") { bytes[0] = 'P'; }
  SECTION("a flipped bit in the data") { bytes[bytes.size() / 2] ^= 1; }
  SECTION("a wrong checksum") { bytes[bytes.size() - 6] ^= 1; }
  SECTION("a wrong length") { bytes[bytes.size() - 1] ^= 1; }
  CHECK_THAT(gunzip_error(bytes), StartsWith("digits.gz is not valid gzip data"));
}

TEST_CASE("gunzip refuses anything after the data", "[gzip]") {
  Bytes bytes = gzip({1, 2, 3});
  bytes.insert(bytes.end(), {'m', 'o', 'r', 'e'});
  CHECK_THAT(gunzip_error(bytes), StartsWith("digits.gz holds something else after its gzip data"));
}

TEST_CASE("gunzip stops at its limit", "[gzip]") {
  const Bytes bomb = gzip(Bytes(200'000));
  CHECK(gunzip(bomb, "digits.gz", 200'000).size() == 200'000);
  CHECK_THAT(error_of([&] { gunzip(bomb, "digits.gz", 199'999); }), Contains("more than the 199999 bytes"));
}

TEST_CASE("read_file names what it cannot read", "[gzip]") {
  CHECK_THAT(error_of([] { etch::host::read_file("/nowhere/at/all"); }),
             StartsWith("cannot open /nowhere/at/all (No such file"));
  const auto folder = std::filesystem::temp_directory_path();
  CHECK_THAT(error_of([&] { etch::host::read_file(folder); }), StartsWith(folder.string() + " is a folder"));
}

TEST_CASE("sha256_hex gives the published values", "[sha256]") {
  CHECK(etch::host::sha256_hex({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(etch::host::sha256_hex(Bytes{'a', 'b', 'c'}) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
