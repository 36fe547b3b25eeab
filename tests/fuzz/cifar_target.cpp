// SPDX-License-Identifier: BSL-1.0
// CIFAR's records. The first byte chooses the kind.
#include <runtime/host/data/cifar.hpp>
#include <tests/fuzz/fuzz_target.hpp>
#include <tests/fuzz/mutation.hpp>

namespace {

using namespace etch;
using namespace etch::fuzz;

constexpr std::size_t pixels = 3072;

host::CifarKind kind_of(std::uint8_t byte) { return static_cast<host::CifarKind>(byte % 3); }
std::size_t label_bytes(std::uint8_t byte) { return kind_of(byte) == host::CifarKind::cifar10 ? 1 : 2; }

void check(const host::ImageSet& set, std::span<const std::uint8_t> file, std::uint8_t kind) {
  const std::size_t record = label_bytes(kind) + pixels, images = file.size() / record;
  require(set.labels.size() == images && set.images.size() == images * pixels, "each record is an image");
  require(set.image_size() == pixels && set.count() == static_cast<int>(images), "images are 32 x 32 x 3");
  const int classes = kind_of(kind) == host::CifarKind::cifar10         ? 10
                      : kind_of(kind) == host::CifarKind::cifar100_fine ? 100
                                                                        : 20;
  for (const std::uint8_t label : set.labels) require(label < classes, "a label is one of the classes");
  for (std::size_t i = 0; i < images; ++i)
    for (const std::size_t at : {std::size_t{0}, std::size_t{1}, pixels - 1})
      require(set.images[i * pixels + at] == file[i * record + label_bytes(kind) + at % 3 * 1024 + at / 3],
              "planes become channels");
  static_cast<void>(set.dataset());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // A copy of its own size: nothing stands before it.
  const Bytes file(data + 1, data + size);
  has_answer([&] { check(host::read_cifar(file, kind_of(data[0]), "data_batch_1.bin"), file, data[0]); });
  return 0;
}

/// Other labels, and files that are longer or shorter by a record or less.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
  Dice dice(seed);
  if (size == 0 || dice.one_in(4)) return LLVMFuzzerMutate(data, size, most);
  Bytes bytes(data, data + size);
  const std::size_t record = label_bytes(bytes[0]) + pixels, whole = (size - 1) / record;
  switch (dice.below(4)) {
    case 0:
      bytes[0] = static_cast<std::uint8_t>(dice.below(3));
      break;
    case 1:
      bytes.resize(1 + dice.below(4) * record + (dice.one_in(2) ? 0 : dice.below(record)));
      break;
    case 2:
      bytes.resize(1 + whole * record + dice.below(3));
      break;
    default:
      if (whole > 0)
        bytes[1 + dice.below(whole) * record + dice.below(label_bytes(bytes[0]))] =
            static_cast<std::uint8_t>(dice.below(110));
  }
  return put_back(bytes, data, most);
}
