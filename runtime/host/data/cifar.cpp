// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <runtime/host/data/cifar.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/file_exists.hpp>
#include <runtime/host/files/gzip.hpp>
#include <string>
#include <vector>

namespace etch::host {
namespace {

namespace fs = std::filesystem;

constexpr int side = 32;
constexpr int channels = 3;
constexpr std::size_t plane = std::size_t{side} * side;
constexpr std::size_t pixels = plane * channels;

/// What differs between the formats.
struct Format {
  const char* name;
  std::size_t label_bytes, label_at;
  int classes;
  const char* folder;  ///< what the published archive unpacks to
  std::vector<const char*> train_files, test_files;

  std::size_t record() const { return label_bytes + pixels; }
};

Format format_of(CifarKind kind) {
  if (kind == CifarKind::cifar10) {
    return {
        "CIFAR-10",
        1,
        0,
        10,
        "cifar-10-batches-bin",
        {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
        {"test_batch.bin"}};
  }
  const bool fine = kind == CifarKind::cifar100_fine;
  return {"CIFAR-100",   2,           fine ? std::size_t{1} : 0, fine ? 100 : 20, "cifar-100-binary",
          {"train.bin"}, {"test.bin"}};
}

[[noreturn]] void fail(std::string_view name, const std::string& what, const Format& format) {
  throw Error(std::string(name) + " " + what + "; replace it with an intact binary file of " + format.name);
}

void check_length(std::size_t size, const Format& format, std::string_view name) {
  const std::string record = std::to_string(format.record()) + " bytes each";
  if (size == 0) fail(name, "is empty", format);
  if (size % format.record() != 0) {
    fail(name, "holds " + std::to_string(size) + " bytes, not a whole number of records of " + record,
         format);
  }
}

void append_channels_last(std::span<const std::uint8_t> planes, std::vector<std::uint8_t>& to) {
  for (std::size_t i = 0; i < plane; ++i) {
    for (std::size_t c = 0; c < channels; ++c) to.push_back(planes[c * plane + i]);
  }
}

std::vector<fs::path> in_folder(const fs::path& folder, const std::vector<const char*>& names) {
  std::vector<fs::path> paths;
  for (const char* name : names) paths.push_back(folder / name);
  return paths;
}

/// The folder itself, or the one in it that the published archive makes.
fs::path folder_with_files(const fs::path& folder, const Format& format) {
  if (!file_exists(folder / format.test_files[0]) && file_exists(folder / format.folder)) {
    return folder / format.folder;
  }
  return folder;
}

void append(ImageSet& set, const ImageSet& more) {
  set.images.insert(set.images.end(), more.images.begin(), more.images.end());
  set.labels.insert(set.labels.end(), more.labels.begin(), more.labels.end());
}

}  // namespace

ImageSet read_cifar(std::span<const std::uint8_t> bytes, CifarKind kind, std::string_view name) {
  const Format format = format_of(kind);
  check_length(bytes.size(), format, name);
  const std::size_t count = bytes.size() / format.record();
  ImageSet set{side, side, {}, {}, channels};
  set.images.reserve(count * pixels);
  set.labels.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto record = bytes.subspan(i * format.record(), format.record());
    const int label = record[format.label_at];
    if (label >= format.classes) {
      fail(name,
           "has the label " + std::to_string(label) + " in record " + std::to_string(i) +
               ", labels are 0 to " + std::to_string(format.classes - 1),
           format);
    }
    set.labels.push_back(static_cast<std::uint8_t>(label));
    append_channels_last(record.subspan(format.label_bytes), set.images);
  }
  return set;
}

ImageSet load_cifar_files(std::span<const fs::path> files, CifarKind kind) {
  ImageSet set{side, side, {}, {}, channels};
  for (const fs::path& file : files) append(set, read_cifar(read_file(file), kind, file.string()));
  return set;
}

Cifar load_cifar(const fs::path& folder, CifarKind kind) {
  const Format format = format_of(kind);
  const fs::path place = folder_with_files(folder, format);
  const auto train = in_folder(place, format.train_files), test = in_folder(place, format.test_files);
  for (const auto* files : {&train, &test}) {
    const auto missing = std::find_if_not(files->begin(), files->end(), file_exists);
    if (missing != files->end()) {
      throw Error(place.string() + " has no " + missing->filename().string() +
                  "; unpack the binary version of " + format.name +
                  " (https://www.cs.toronto.edu/~kriz/cifar.html) there");
    }
  }
  return {load_cifar_files(train, kind), load_cifar_files(test, kind)};
}

}  // namespace etch::host
