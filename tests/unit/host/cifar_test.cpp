// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <runtime/host/data/cifar.hpp>
#include <string>
#include <tests/unit/error_of.hpp>
#include <tests/unit/temporary_folder.hpp>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using etch::host::CifarKind;
using etch::host::ImageSet;
using etch::host::load_cifar;
using etch::host::read_cifar;

/// A record whose pixel at (row, column) is (row, column, 200 + row % 8).
Bytes record(const Bytes& labels) {
  Bytes bytes = labels;
  for (int plane = 0; plane < 3; ++plane)
    for (int row = 0; row < 32; ++row)
      for (int column = 0; column < 32; ++column)
        bytes.push_back(static_cast<std::uint8_t>(plane == 0 ? row : plane == 1 ? column : 200 + row % 8));
  return bytes;
}

Bytes records(std::initializer_list<Bytes> labels) {
  Bytes bytes;
  for (const Bytes& label : labels) {
    const Bytes one = record(label);
    bytes.insert(bytes.end(), one.begin(), one.end());
  }
  return bytes;
}

void write(const fs::path& path, const Bytes& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  REQUIRE(fs::file_size(path) == bytes.size());
}

std::string cifar_error(const Bytes& bytes, CifarKind kind = CifarKind::cifar10) {
  return error_of([&] { read_cifar(bytes, kind, "batch.bin"); });
}

std::string folder_error(const fs::path& folder, CifarKind kind) {
  return error_of([&] { load_cifar(folder, kind); });
}

}  // namespace

TEST_CASE("CIFAR-10 records become channels-last images", "[cifar]") {
  const ImageSet set = read_cifar(records({{3}, {9}, {0}}), CifarKind::cifar10, "batch.bin");
  CHECK(set.rows == 32);
  CHECK(set.columns == 32);
  CHECK(set.channels == 3);
  CHECK(set.count() == 3);
  CHECK(set.image_size() == 3072);
  CHECK(set.labels == Bytes{3, 9, 0});
  REQUIRE(set.images.size() == 3 * 3072);
  for (const std::size_t image : {0u, 2u})
    for (const std::size_t row : {0u, 7u, 31u})
      for (const std::size_t column : {0u, 30u}) {
        const std::uint8_t* pixel = &set.images[image * 3072 + (row * 32 + column) * 3];
        CHECK(pixel[0] == row);
        CHECK(pixel[1] == column);
        CHECK(pixel[2] == 200 + row % 8);
      }
}

TEST_CASE("CIFAR-100 records have a coarse and a fine label", "[cifar]") {
  const Bytes bytes = records({{19, 99}, {0, 50}});
  CHECK(read_cifar(bytes, CifarKind::cifar100_fine, "train.bin").labels == Bytes{99, 50});
  const ImageSet coarse = read_cifar(bytes, CifarKind::cifar100_coarse, "train.bin");
  CHECK(coarse.labels == Bytes{19, 0});
  CHECK(coarse.images[3072 + 33 * 3] == 1);  // past both labels
}

TEST_CASE("an image set is a dataset of pixels from 0 to 1", "[cifar]") {
  const ImageSet set = read_cifar(records({{3}}), CifarKind::cifar10, "batch.bin");
  const etch::Dataset data = set.dataset();
  std::vector<float> pixels(3072);
  data.x[0].read(0, 3072, pixels.data());
  CHECK(pixels[2] == 200.0f * (1.0f / 255.0f));
  CHECK(data.y[0].at(0) == 3);
}

TEST_CASE("a CIFAR file of any other length is refused", "[cifar]") {
  const Bytes whole = records({{1}, {2}});
  for (std::size_t size = 0; size < whole.size(); size += size < 20 || size > 3050 ? 1 : 101) {
    if (size == 3073) continue;
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    REQUIRE_THAT(cifar_error(part), StartsWith("batch.bin "));
  }
  CHECK(cifar_error({}) == "batch.bin is empty; replace it with an intact binary file of CIFAR-10");
  CHECK_THAT(cifar_error(whole, CifarKind::cifar100_fine),
             Contains("holds 6146 bytes, not a whole number of records of 3074 bytes each"));
}

TEST_CASE("a CIFAR label out of range is refused with its record", "[cifar]") {
  CHECK_THAT(cifar_error(records({{1}, {10}})), Contains("has the label 10 in record 1, labels are 0 to 9"));
  const Bytes hundred = records({{20, 100}});
  CHECK_THAT(cifar_error(hundred, CifarKind::cifar100_fine), Contains("label 100 in record 0"));
  CHECK_THAT(cifar_error(hundred, CifarKind::cifar100_coarse), Contains("label 20 in record 0"));
}

TEST_CASE("CIFAR-10 is read from its six files", "[cifar]") {
  TemporaryFolder folder;
  const fs::path place = GENERATE(false, true) ? folder.path() : folder / "cifar-10-batches-bin";
  for (std::uint8_t i = 1; i <= 5; ++i)
    write(place / ("data_batch_" + std::to_string(i) + ".bin"), records({{i}, {0}}));
  CHECK_THAT(folder_error(folder.path(), CifarKind::cifar10),
             StartsWith(place.string() + " has no test_batch.bin; unpack the binary version of CIFAR-10"));
  write(place / "test_batch.bin", records({{7}}));
  const auto cifar = load_cifar(folder.path());
  CHECK(cifar.train.labels == Bytes{1, 0, 2, 0, 3, 0, 4, 0, 5, 0});
  CHECK(cifar.train.images.size() == 10 * 3072);
  CHECK(cifar.test.labels == Bytes{7});
  write(place / "data_batch_3.bin", record({11}));
  CHECK_THAT(folder_error(folder.path(), CifarKind::cifar10),
             StartsWith((place / "data_batch_3.bin").string() + " has the label 11"));
}

TEST_CASE("CIFAR-100 is read from its two files", "[cifar]") {
  TemporaryFolder folder;
  write(folder / "train.bin", records({{1, 2}, {3, 4}}));
  write(folder / "test.bin", records({{5, 6}}));
  const auto cifar = load_cifar(folder.path(), CifarKind::cifar100_fine);
  CHECK(cifar.train.labels == Bytes{2, 4});
  CHECK(cifar.test.labels == Bytes{6});
}

TEST_CASE("a CIFAR folder that is not there is named", "[cifar]") {
  CHECK_THAT(folder_error("/nowhere/at/all", CifarKind::cifar100_coarse),
             StartsWith("/nowhere/at/all has no train.bin; unpack the binary version of CIFAR-100"));
}

TEST_CASE("the real images of CIFAR-10 are read", "[cifar]") {
  const char* material = std::getenv("ETCH_MATERIAL");
  if (material == nullptr) {
    WARN("skipped: ETCH_MATERIAL does not name a folder with data/cifar10");
    return;
  }
  const fs::path place = fs::path(material) / "data/cifar10";
  const std::vector<fs::path> files{place / "cifar10_train_first1000.bin",
                                    place / "cifar10_test_first1000.bin"};
  const ImageSet set = etch::host::load_cifar_files(files, CifarKind::cifar10);
  CHECK(set.count() == 2000);
  CHECK(Bytes(set.labels.begin(), set.labels.begin() + 5) == Bytes{6, 9, 9, 4, 1});
  CHECK(Bytes(set.labels.begin() + 1000, set.labels.begin() + 1005) == Bytes{3, 8, 8, 0, 6});
  CHECK(Bytes(set.images.begin(), set.images.begin() + 3) == Bytes{59, 62, 63});
}
