// SPDX-License-Identifier: BSL-1.0
#include <zlib.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>
#include <runtime/host/data/npz.hpp>
#include <runtime/host/files/gzip.hpp>
#include <runtime/host/files/zip.hpp>
#include <string>
#include <tests/unit/error_of.hpp>
#include <tests/unit/zip_writer.hpp>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using etch::host::NpyArray;
using etch::host::NpyType;
using etch::host::read_npy;
using etch::host::read_npz;
using Floats = std::vector<float>;
using Shape = std::vector<std::size_t>;

/// An NPY file of version 1, 2 or 3 with this dictionary and data.
Bytes npy(const std::string& dictionary, const Bytes& data, int version = 1) {
  const std::string header = dictionary + "  \n";
  Bytes bytes{0x93, 'N', 'U', 'M', 'P', 'Y', static_cast<std::uint8_t>(version), 0};
  for (std::size_t i = 0; i < (version == 1 ? 2u : 4u); ++i)
    bytes.push_back(static_cast<std::uint8_t>(header.size() >> (8 * i)));
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

Bytes npy(const std::string& descr, const std::string& shape, const Bytes& data, bool fortran = false) {
  return npy("{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") +
                 ", 'shape': " + shape + ", }",
             data);
}

NpyArray read(const Bytes& bytes) { return read_npy(bytes, "a.npy"); }
std::string npy_error(const Bytes& bytes) {
  return error_of([&] { read(bytes); });
}

template <class T>
Bytes bytes_of(const std::vector<T>& values, bool big_endian = false) {
  Bytes bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  for (std::size_t i = 0; big_endian && i < bytes.size(); i += sizeof(T))
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                 bytes.begin() + static_cast<std::ptrdiff_t>(i + sizeof(T)));
  return bytes;
}

template <class T>
void check_type(const std::string& code, NpyType type, const std::vector<T>& values, const Floats& expected) {
  for (const bool big : {false, true}) {
    const std::string order = sizeof(T) == 1 ? "|" : big ? ">" : "<";
    CAPTURE(order + code);
    const NpyArray array =
        read(npy(order + code, "(" + std::to_string(values.size()) + ",)", bytes_of(values, big)));
    CHECK(array.type == type);
    CHECK(array.shape == Shape{values.size()});
    CHECK(array.floats() == expected);
    CHECK(std::memcmp(array.data.data(), values.data(), array.data.size()) == 0);
  }
}

const Bytes small_npy = npy("|u1", "(2, 3)", {1, 2, 3, 4, 5, 6});

Bytes npz(bool deflate) {
  ZipWriter zip;
  zip.add("x.npy", npy("<f4", "(2,)", bytes_of(Floats{1.5f, -2})), deflate);
  zip.add("y.npy", npy("|u1", "(3,)", {7, 8, 9}), deflate);
  return zip.finish();
}

std::string npz_error(const Bytes& bytes, std::size_t limit = 1 << 20) {
  return error_of([&] { read_npz(bytes, "a.npz", limit); });
}

}  // namespace

TEST_CASE("NPY files of every type and byte order are read", "[npy]") {
  check_type<float>("f4", NpyType::float32, {1.5f, -2e30f}, {1.5f, -2e30f});
  check_type<double>("f8", NpyType::float64, {1.5, -2e30}, {1.5f, -2e30f});
  check_type<std::int8_t>("i1", NpyType::int8, {-128, 5}, {-128, 5});
  check_type<std::int16_t>("i2", NpyType::int16, {-300, 5}, {-300, 5});
  check_type<std::int32_t>("i4", NpyType::int32, {-70000, 5}, {-70000, 5});
  check_type<std::int64_t>("i8", NpyType::int64, {-5'000'000'000, 5}, {-5e9f, 5});
  check_type<std::uint8_t>("u1", NpyType::uint8, {200, 5}, {200, 5});
  check_type<std::uint16_t>("u2", NpyType::uint16, {60000, 5}, {60000, 5});
  check_type<std::uint32_t>("u4", NpyType::uint32, {4'000'000'000, 5}, {4e9f, 5});
  check_type<std::uint64_t>("u8", NpyType::uint64, {1ull << 63, 5}, {9.223372036854775808e18f, 5});
  check_type<std::uint8_t>("b1", NpyType::boolean, {1, 0}, {1, 0});
}

TEST_CASE("NPY shapes, orders and versions are read", "[npy]") {
  const Bytes six{1, 2, 3, 4, 5, 6};
  const NpyArray c = read(npy("|u1", "(2, 3)", six)), fortran = read(npy("|u1", "(2, 3)", six, true));
  CHECK(c.shape == Shape{2, 3});
  CHECK(c.floats() == Floats{1, 2, 3, 4, 5, 6});
  CHECK(fortran.shape == Shape{2, 3});
  CHECK(fortran.floats() == Floats{1, 3, 5, 2, 4, 6});
  Bytes cube(24);
  for (unsigned i = 0; i < 24; ++i) cube[i] = static_cast<std::uint8_t>(i);
  const Floats turned = read(npy("|u1", "(2, 3, 4)", cube, true)).floats();
  for (unsigned i = 0; i < 2; ++i)
    for (unsigned j = 0; j < 3; ++j)
      for (unsigned k = 0; k < 4; ++k)
        CHECK(turned[(i * 3 + j) * 4 + k] == static_cast<float>(i + 2 * j + 6 * k));
  CHECK(read(npy("|u1", "()", {9})).size() == 1);
  CHECK(read(npy("<f8", "(0, 5)", {})).floats().empty());
  CHECK(read(npy("<f8", "(0, 4611686018427387904, 9)", {}, true)).size() == 0);
  CHECK(read(npy("{\"shape\":(6L,),'fortran_order':False,'descr':'|u1'}", six)).size() == 6);
  for (const int version : {2, 3})
    CHECK(read(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (6,), }", six, version)).size() == 6);
}

TEST_CASE("an NPY array gives classes and bytes if it holds them", "[npy]") {
  CHECK(read(npy("<i8", "(2,)", bytes_of(std::vector<std::int64_t>{3, 0}))).classes() ==
        std::vector<std::int32_t>{3, 0});
  CHECK(read(npy("<f4", "(1,)", bytes_of(Floats{4}))).classes() == std::vector<std::int32_t>{4});
  const auto error = [](const std::string& descr, const Bytes& data) {
    const NpyArray array = read(npy(descr, "(1,)", data));
    return error_of([&] { array.classes(); });
  };
  CHECK(error("<i8", bytes_of(std::vector<std::int64_t>{1ll << 40})) ==
        "a.npy holds 1099511627776 at index 0, classes are whole numbers from 0 on; save it again with "
        "numpy.save, as numbers");
  CHECK_THAT(error("|i1", {0xff}), StartsWith("a.npy holds -1 at index 0"));
  CHECK_THAT(error("<f4", bytes_of(Floats{0.5f})), StartsWith("a.npy holds 0.5"));
  CHECK_THAT(error("<f4", bytes_of(Floats{NAN})), StartsWith("a.npy holds nan"));
  const NpyArray bytes = read(small_npy);
  CHECK(bytes.bytes()[5] == 6);
  const NpyArray no_bytes = read(npy("|i1", "(1,)", {1}));
  CHECK_THAT(error_of([&] { no_bytes.bytes(); }), Contains("does not hold unsigned bytes"));
}

TEST_CASE("an NPY header that NumPy does not write is refused", "[npy]") {
  const auto dictionary = [](const std::string& text) { return npy_error(npy(text, {1})); };
  CHECK_THAT(npy_error({}), Contains("is not an NPY file"));
  CHECK_THAT(npy_error({0x93, 'N', 'U', 'M', 'P', 'Y', 4, 0, 0, 0}), Contains("is of version 4.0"));
  CHECK_THAT(npy_error({0x93, 'N', 'U', 'M', 'P', 'Y', 1, 1, 0, 0}), Contains("is of version 1.1"));
  CHECK_THAT(npy_error({0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0, 255, 255, 255, 255}),
             Contains("ends within its header"));
  CHECK_THAT(dictionary("{'descr': '|u1', 'fortran_order': False}"), Contains("needs the keys"));
  CHECK_THAT(dictionary("{'descr': '|u1', 'descr': '|u1'}"), Contains("descr stands there twice"));
  CHECK_THAT(dictionary("{'descr': '|u1', 'more': 1}"), Contains("a key that is not"));
  CHECK_THAT(dictionary("{'fortran_order': 1}"), Contains("neither True nor False"));
  CHECK_THAT(dictionary("{'shape': (1)}"), Contains("needs a comma"));
  CHECK_THAT(dictionary("{'shape': (-1,)}"), Contains("an extent of the shape is no size"));
  CHECK_THAT(dictionary("{'shape': (99999999999999999999,)}"), Contains("an extent of the shape is no size"));
  CHECK_THAT(dictionary("{'shape': (1 2)}"), Contains("')' is missing") || Contains("needs a comma"));
  CHECK_THAT(dictionary("{'shape': [1]}"), Contains("'(' is missing"));
  CHECK_THAT(dictionary("{'descr': '|u1"), Contains("a text does not end"));
  CHECK_THAT(dictionary("{'descr': '|u1', 'fortran_order': False, 'shape': (1,)} x"),
             Contains("only spaces"));
  CHECK_THAT(dictionary("import os"), Contains("'{' is missing"));
  std::string deep = "{'shape': (";
  for (int i = 0; i < 65; ++i) deep += "1, ";
  CHECK_THAT(dictionary(deep + ")}"), Contains("more than 64 axes"));
}

TEST_CASE("NPY elements that are no numbers are refused", "[npy]") {
  CHECK_THAT(npy_error(npy("|O", "(1,)", {1})), Contains("Python objects"));
  CHECK_THAT(npy_error(npy("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,), }", {1})),
             Contains("holds records"));
  for (const char* descr : {"<c8", "<U5", "|S3", "<f2", "<M8[ns]", "u1", "|f4", "", "<f16", "<f", "!f4"})
    CHECK_THAT(npy_error(npy(descr, "(1,)", {1})), Contains("holds elements of type"));
  CHECK_THAT(npy_error(npy("|b1", "(1,)", {2})), Contains("neither 0 nor 1"));
}

TEST_CASE("an NPY file whose data is longer or shorter than its shape is refused", "[npy]") {
  CHECK_THAT(npy_error(npy("<f4", "(2,)", Bytes(4))), Contains("is truncated"));
  CHECK_THAT(npy_error(npy("<f4", "(1,)", Bytes(7))),
             Contains("has 7 bytes of data where its shape needs 4"));
  CHECK_THAT(npy_error(npy("|u1", "(0,)", Bytes(1))),
             Contains("has 1 bytes of data where its shape needs 0"));
  for (const char* huge :
       {"(4611686018427387904, 4)", "(4294967296, 4294967296)", "(2, 4611686018427387904)"})
    CHECK_THAT(npy_error(npy("<f8", huge, Bytes(16))), Contains("is truncated"));
  for (std::size_t size = 0; size < small_npy.size(); ++size) {
    CAPTURE(size);
    CHECK_THAT(npy_error({small_npy.begin(), small_npy.begin() + static_cast<std::ptrdiff_t>(size)}),
               StartsWith("a.npy "));
  }
}

TEST_CASE("any damage to an NPY file is read as other numbers or is a clear error", "[npy]") {
  std::mt19937 engine(3);
  for (int round = 0; round < 20'000; ++round) {
    Bytes damaged = small_npy;
    for (unsigned k = 1 + engine() % 3; k > 0; --k)
      damaged[engine() % damaged.size()] = static_cast<std::uint8_t>(engine());
    const std::string error = npy_error(damaged);
    if (!error.empty()) REQUIRE_THAT(error, StartsWith("a.npy "));
  }
}

TEST_CASE("NPZ files give their arrays, stored and deflated", "[npz]") {
  const auto file = read_npz(npz(GENERATE(false, true)), "a.npz");
  CHECK(file.arrays.size() == 2);
  CHECK(file.at("x").floats() == Floats{1.5f, -2});
  CHECK(file.at("y").floats() == Floats{7, 8, 9});
  CHECK(file.at("y").name == "a.npz, array 'y',");
  CHECK(error_of([&] { file.at("z"); }) == "a.npz has no array 'z'; choose one of 'x', 'y'");
}

TEST_CASE("NPZ files with anything but sound NPY files are refused", "[npz]") {
  ZipWriter other, broken, twice;
  other.add("x.txt", {1}, false);
  CHECK_THAT(npz_error(other.finish()), Contains("something else than NPY"));
  broken.add("x.npy", {1}, false);
  CHECK_THAT(npz_error(broken.finish()), StartsWith("a.npz, array 'x', is not an NPY file"));
  twice.add("x.npy", small_npy, false);
  twice.add("x.npy", small_npy, false);
  CHECK_THAT(npz_error(twice.finish()), Contains("has the member 'x.npy' twice"));
  CHECK_THAT(npz_error(npz(true), 100), Contains("bytes, more than the 100 allowed"));
}

TEST_CASE("zip archives that are encrypted, foreign or lie about sizes are refused", "[npz]") {
  const auto error = [](const ZipLies& lies, bool deflate = true) {
    ZipWriter zip;
    zip.add("x.npy", npy("|u1", "(2000,)", Bytes(2000)), deflate, lies);
    return npz_error(zip.finish());
  };
  CHECK(error({}).empty());
  CHECK_THAT(error({.flags = 1}), Contains("has the encrypted member 'x.npy'"));
  CHECK_THAT(error({.method = 12}), Contains("packed by method 12"));
  CHECK_THAT(error({.size = 1'000'000}), Contains("declares a size of 'x.npy' that its data cannot have"));
  CHECK_THAT(error({.size = 0xffffffff}), Contains("more than 4 GiB"));
  CHECK_THAT(error({.size = 2001}), Contains("holds damaged data in the member 'x.npy'"));
  CHECK_THAT(error({.size = 100}), Contains("holds damaged data"));
  CHECK_THAT(error({.size = 100}, false), Contains("that its data cannot have"));
  CHECK_THAT(error({.crc = 5}), Contains("another checksum"));
  CHECK_THAT(error({.position = 1}), Contains("is damaged at the member"));
  CHECK_THAT(error({.position = 0xfffffff0}), Contains("is damaged at the member"));
}

TEST_CASE("an NPZ file is refused at every length but its own", "[npz]") {
  const Bytes whole = npz(true);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    REQUIRE_THAT(npz_error({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}),
                 StartsWith("a.npz "));
  }
  Bytes longer = whole;
  longer.push_back(0);
  CHECK_THAT(npz_error(longer), StartsWith("a.npz is not a zip archive"));
}

TEST_CASE("any damage to an NPZ file is harmless or is a clear error", "[npz]") {
  std::mt19937 engine(4);
  const Bytes whole = npz(true);
  for (int round = 0; round < 20'000; ++round) {
    Bytes damaged = whole;
    for (unsigned k = 1 + engine() % 3; k > 0; --k)
      damaged[engine() % damaged.size()] = static_cast<std::uint8_t>(engine());
    const std::string error = npz_error(damaged);
    if (!error.empty()) REQUIRE_THAT(error, StartsWith("a.npz"));
  }
}

TEST_CASE("files made by others are read", "[npy][npz]") {
  const char* material = std::getenv("ETCH_MATERIAL");
  if (material == nullptr) {
    WARN("skipped: ETCH_MATERIAL does not name a folder with models");
    return;
  }
  const fs::path models = fs::path(material) / "models";
  const NpyArray samples = etch::host::load_npy(models / "mlperf_tiny/ic/perf_samples_idxs.npy");
  CHECK(samples.shape == Shape{200});
  CHECK(samples.classes().size() == 200);
  const Bytes archive = etch::host::read_file(models / "keras/mnist_moonflower.keras");
  int members = 0;
  for (const auto& member : etch::host::list_zip(archive, "a.keras")) {
    CHECK(etch::host::read_zip(archive, member, "a.keras").size() == member.size);
    ++members;
  }
  CHECK(members == 3);
}
